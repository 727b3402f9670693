/*
 * workers, with real sessions over loopback sockets: who gets a place, who is
 * evicted, and the stop. A "busy" connection has received one reply and sent
 * part of the next request.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"
#include "server/workers.h"
#include "tests/unit/unit.h"

enum {
	PLACES = 3
};

static const uint8_t request[] = "\0\0\0\4file";
static const uint8_t reply[] = "\0\0\0\0\0\0\0\7content";

#define REQUEST (sizeof(request) - 1)
#define REPLY	(sizeof(reply) - 1)

static struct session_shared shared;
static struct workers *workers;

/* Opens workers with max places, and one more for an evicted connection. */
static void
open_workers(unsigned max, unsigned per_address)
{
	struct workers_plan plan = {.max = max,
	    .leaving = 1,
	    .per_address = per_address,
	    .prefix = 64};

	workers = workers_new(&shared, &plan);
	ck_assert_ptr_nonnull(workers);
	ck_assert_uint_eq(plan.max, max);
}

static void
setup(void)
{
	char folder[UNIT_PATH];

	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(root_open(&shared.verbs.root, folder, false, true), 0);
	access_rules_init(&shared.verbs.rules, &shared.verbs.root);
	shared.request_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	work_slots_init(&shared.verbs.slots, 1);
	open_workers(PLACES, PLACES);
}

/* Ends all connections that a test has left. */
static void
teardown(void)
{
	unit_wait(workers_drain(workers), POLLIN);
	ck_assert_int_eq(workers_free(workers), 0);
	root_close(&shared.verbs.root);
}

/* Returns a client's socket; sets *theirs to the server's end. */
static int
open_pair(int *theirs, struct net_address *address)
{
	socklen_t len = sizeof(*address);
	int pair[2];

	unit_tcp_pair(pair);
	memset(address, 0, sizeof(*address));
	ck_assert_int_eq(getpeername(pair[1], &address->any, &len), 0);
	*theirs = pair[1];
	return pair[0];
}

/* Connects a client that gets a worker. */
static int
join(void)
{
	struct net_address address;
	int theirs, fd = open_pair(&theirs, &address);

	ck_assert_msg(workers_hand_over(workers, theirs, &address) == 0, "%s",
	    strerror(errno));
	return fd;
}

/* Connects as soon as a connection can be evicted. */
static int
join_when_idle(void)
{
	struct net_address address;
	int theirs, fd = open_pair(&theirs, &address);

	while (workers_hand_over(workers, theirs, &address) != 0) {
		ck_assert_int_eq(errno, EBUSY);
		sched_yield();
	}
	return fd;
}

/* Connects and expects a refusal with this errno. */
static void
join_refused(int code)
{
	struct net_address address;
	int theirs, fd = open_pair(&theirs, &address);

	ck_assert_int_eq(workers_hand_over(workers, theirs, &address), -1);
	ck_assert_int_eq(errno, code);
	/* The caller still owns the socket. */
	ck_assert_int_eq(close(theirs), 0);
	close(fd);
}

static void
expect_reply(int fd)
{
	uint8_t got[REPLY];
	int code;

	ck_assert_uint_eq(unit_receive(fd, got, REPLY, &code), REPLY);
	ck_assert_mem_eq(got, reply, REPLY);
}

static void
ask(int fd)
{
	unit_send(fd, request, REQUEST);
	expect_reply(fd);
}

/* Makes a connection busy: its bytes are few enough to arrive at once. */
static void
make_busy(int fd)
{
	uint8_t bytes[REQUEST + 2];

	memcpy(bytes, request, REQUEST);
	memcpy(bytes + REQUEST, request, 2);
	unit_send(fd, bytes, sizeof(bytes));
	expect_reply(fd);
}

static void
finish_busy(int fd)
{
	unit_send(fd, request + 2, REQUEST - 2);
	expect_reply(fd);
}

static void
expect_end(int fd)
{
	uint8_t got[1];
	int code;

	ck_assert_uint_eq(unit_receive(fd, got, 1, &code), 0);
	ck_assert_int_eq(code, 0);
	close(fd);
}

START_TEST(test_serves)
{
	int fds[PLACES], i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < PLACES; i++)
			fds[i] = join();
		/* Connections come and go in any order. */
		for (i = PLACES - 1; i >= 0; i--)
			ask(fds[i]);
		for (i = 0; i < PLACES; i++) {
			unit_send(fds[i], request, REQUEST);
			unit_send(fds[i], request, REQUEST);
		}
		for (i = 0; i < PLACES; i++) {
			shutdown(fds[i], SHUT_WR);
			expect_reply(fds[i]);
			expect_reply(fds[i]);
			expect_end(fds[i]);
		}
		/* A place is free when its thread says so. */
		unit_wait(workers_drain(workers), POLLIN);
		ck_assert_int_eq(workers_free(workers), 0);
		open_workers(PLACES, PLACES);
	}
}
END_TEST

START_TEST(test_all_busy)
{
	int fds[PLACES], i;

	/* One address may have more connections than there are places. */
	ck_assert_int_eq(workers_free(workers), 0);
	open_workers(PLACES, 100);
	for (i = 0; i < PLACES; i++) {
		fds[i] = join();
		make_busy(fds[i]);
	}
	join_refused(EBUSY);
	join_refused(EBUSY);
	/* No connection was disturbed. */
	for (i = 0; i < PLACES; i++)
		finish_busy(fds[i]);
	for (i = 0; i < PLACES; i++)
		close(fds[i]);
}
END_TEST

START_TEST(test_evicts_idle)
{
	int busy[PLACES - 1], idle, fresh, i;

	ck_assert_int_eq(workers_free(workers), 0);
	open_workers(PLACES, 100);
	for (i = 0; i < PLACES - 1; i++) {
		busy[i] = join();
		make_busy(busy[i]);
	}
	/* A reply leaves before the connection counts as idle. */
	idle = join();
	ask(idle);
	fresh = join_when_idle();
	expect_end(idle);
	make_busy(fresh);
	join_refused(EBUSY);
	for (i = 0; i < PLACES - 1; i++) {
		finish_busy(busy[i]);
		close(busy[i]);
	}
	finish_busy(fresh);
	close(fresh);
}
END_TEST

START_TEST(test_limit_of_one_address)
{
	struct net_address elsewhere;
	int fds[PLACES], theirs, other, i;

	ck_assert_int_eq(workers_free(workers), 0);
	open_workers(100, PLACES);
	for (i = 0; i < PLACES; i++)
		fds[i] = join();
	join_refused(EUSERS);
	/* An idle connection of the same address is not evicted for it. */
	for (i = 0; i < PLACES; i++)
		ask(fds[i]);
	/* Another address is accepted. */
	other = open_pair(&theirs, &elsewhere);
	elsewhere.in.sin_addr.s_addr ^= htonl(2);
	ck_assert_int_eq(workers_hand_over(workers, theirs, &elsewhere), 0);
	ask(other);
	close(other);
	for (i = 0; i < PLACES; i++)
		close(fds[i]);
}
END_TEST

/* A place can be taken again when its thread has finished. */
START_TEST(test_place_is_free_again)
{
	struct net_address address;
	int fds[PLACES], theirs, fd, i;

	for (i = 0; i < PLACES; i++) {
		fds[i] = join();
		make_busy(fds[i]);
	}
	close(fds[0]);
	fd = open_pair(&theirs, &address);
	while (workers_hand_over(workers, theirs, &address) != 0) {
		ck_assert(errno == EUSERS || errno == EBUSY);
		sched_yield();
	}
	ask(fd);
	close(fd);
	for (i = 1; i < PLACES; i++)
		close(fds[i]);
}
END_TEST

START_TEST(test_drain)
{
	int idle, busy, empty_fd;
	struct pollfd empty;

	idle = join();
	ask(idle);
	busy = join();
	make_busy(busy);
	empty_fd = workers_drain(workers);
	ck_assert_uint_ge(workers_answering(workers), 1);
	expect_end(idle);
	empty.fd = empty_fd;
	empty.events = POLLIN;
	ck_assert_int_eq(poll(&empty, 1, 0), 0);
	/* An evicted connection answers what it has received, then ends. */
	finish_busy(busy);
	expect_end(busy);
	unit_wait(empty_fd, POLLIN);
}
END_TEST

START_TEST(test_drain_of_none)
{
	struct pollfd empty = {.fd = workers_drain(workers), .events = POLLIN};

	ck_assert_int_eq(poll(&empty, 1, 0), 1);
}
END_TEST

START_TEST(test_cut)
{
	int busy = join(), empty_fd, code;
	uint8_t got[1];

	make_busy(busy);
	empty_fd = workers_drain(workers);
	/* workers_free waits for a thread that is held up, but not for ever. */
	ck_assert_int_eq(workers_free(workers), -1);
	workers_cut(workers);
	unit_wait(empty_fd, POLLIN);
	ck_assert_uint_eq(unit_receive(busy, got, 1, &code), 0);
	close(busy);
}
END_TEST

static int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(test_descriptors_are_closed)
{
	int before, fd, i;

	ck_assert_int_eq(workers_free(workers), 0);
	before = count_descriptors();
	open_workers(100, 100);
	for (i = 0; i < 20; i++) {
		fd = join();
		ask(fd);
		close(fd);
	}
	unit_wait(workers_drain(workers), POLLIN);
	ck_assert_int_eq(workers_free(workers), 0);
	ck_assert_int_eq(count_descriptors(), before);
	open_workers(PLACES, PLACES);
}
END_TEST

Suite *
workers_suite(void)
{
	Suite *suite = suite_create("workers");
	TCase *tcase = unit_case(suite, "workers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_serves);
	tcase_add_test(tcase, test_all_busy);
	tcase_add_test(tcase, test_evicts_idle);
	tcase_add_test(tcase, test_limit_of_one_address);
	tcase_add_test(tcase, test_place_is_free_again);
	tcase_add_test(tcase, test_drain);
	tcase_add_test(tcase, test_drain_of_none);
	tcase_add_test(tcase, test_cut);
	tcase_add_test(tcase, test_descriptors_are_closed);
	return suite;
}
