/*
 * The limits of one client's use of places, time and descriptors. Limits that a
 * test waits for are one second; no test fails because the machine is slow.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum {
	LIMITS_FILE = 16 * 1024 * 1024
};

/* Makes "f", large enough to be held, and the small "ok". */
static void
start(struct server *server, const char *const *options)
{
	scratch_fill("served/f", LIMITS_FILE, 1);
	scratch_text("served/ok", "fine");
	server_start(server, options);
}

static bool
is_served(void *argument)
{
	const struct server *server = argument;

	return talk_status_of(server->port, PROTOCOL_OP_GET, "ok", 2) ==
	    PROTOCOL_OK;
}

/* Expects that a newcomer gets BUSY, with or without a request, and then the
 * end. */
static void
expect_busy(uint16_t port, const struct wire_options *options)
{
	int fd, round;

	fd = wire_connect_with(port, options);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
	for (round = 0; round < 20; round++) {
		fd = wire_connect_with(port, options);
		/* The server may have refused and closed it already. */
		(void)!send(fd, "\0\0\0\2ok", 6, MSG_NOSIGNAL);
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
		close(fd);
	}
}

START_TEST(busy_when_all_places_are_at_work)
{
	struct server server;
	int first, second;

	start(&server,
	    OPTIONS("--max-connections", "2", "--max-per-address", "100"));
	first = talk_begin_download(server.port, "f");
	second = talk_begin_download(server.port, "f");
	expect_busy(server.port, &(struct wire_options){.to = NULL});
	talk_finish_download(first, "f");
	talk_expect_file(first, "ok");
	wire_reset(first);
	ck_assert(wait_until(is_served, &server, WAIT_LIMIT));
	talk_finish_download(second, "f");
	close(second);
	server_stop(&server);
}
END_TEST

START_TEST(the_longest_idle_is_evicted)
{
	struct server server;
	int working, idle[3], newcomer;
	size_t i;

	start(&server,
	    OPTIONS("--max-connections", "4", "--max-per-address", "100"));
	working = talk_begin_download(server.port, "f");
	for (i = 0; i < HARNESS_ROWS(idle); i++) {
		idle[i] = wire_connect(server.port);
		talk_expect_file(idle[i], "ok");
		ck_assert(server_await_sleep(&server));
	}
	/* Now the first has been idle for less time than the second. */
	talk_expect_file(idle[0], "ok");
	ck_assert(server_await_sleep(&server));

	newcomer = wire_connect(server.port);
	talk_expect_file(newcomer, "ok");
	wire_expect_end(idle[1], WIRE_ORDERLY);
	talk_expect_file(idle[0], "ok");
	talk_expect_file(idle[2], "ok");
	talk_finish_download(working, "f");
	talk_expect_file(working, "ok");
	close(working);
	for (i = 0; i < HARNESS_ROWS(idle); i++)
		close(idle[i]);
	close(newcomer);
	server_stop(&server);
}
END_TEST

START_TEST(one_address_has_its_share)
{
	const struct wire_options other = {.from = "127.0.0.2"};
	struct server server;
	int fds[4];

	start(&server,
	    OPTIONS("--max-connections", "100", "--max-per-address", "2"));
	fds[0] = wire_connect(server.port);
	fds[1] = wire_connect(server.port);
	talk_expect_file(fds[0], "ok");
	talk_expect_file(fds[1], "ok");
	expect_busy(server.port, &(struct wire_options){.to = NULL});
	fds[2] = wire_connect_with(server.port, &other);
	fds[3] = wire_connect_with(server.port, &other);
	talk_expect_file(fds[2], "ok");
	talk_expect_file(fds[3], "ok");
	expect_busy(server.port, &other);
	close(fds[0]);
	ck_assert(wait_until(is_served, &server, WAIT_LIMIT));
	talk_expect_file(fds[1], "ok");
	close(fds[1]);
	close(fds[2]);
	close(fds[3]);
	server_stop(&server);
}
END_TEST

START_TEST(idle_connections_end)
{
	struct server server;
	int silent, used;
	int64_t began;

	start(&server, OPTIONS("--timeout", "1"));
	began = clock_now();
	silent = wire_connect(server.port);
	used = wire_connect(server.port);
	talk_expect_file(used, "ok");
	wire_expect_end(silent, WIRE_ORDERLY);
	wire_expect_end(used, WIRE_ORDERLY);
	ck_assert_int_ge(clock_now() - began, CLOCK_SEC);
	close(silent);
	close(used);
	server_stop(&server);
}
END_TEST

/* Sends a byte each time nothing has come for a while, until the server ends
 * the connection. */
static void
drip(int fd, int64_t deadline)
{
	while (!wait_ready(fd, POLLIN, CLOCK_SEC / 20)) {
		ck_assert_msg(clock_now() < deadline,
		    "who sends a byte now and then lives for ever");
		(void)!send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

START_TEST(dripping_requests_end)
{
	static const uint8_t name[] = {PROTOCOL_OP_GET, 0, 0x0f, 0xff};
	static const uint8_t other[] = {99, 0, 0xff, 0xff};
	int64_t began = clock_now();
	struct server server;
	int fd;

	start(&server, OPTIONS("--request-timeout", "1"));
	fd = wire_connect(server.port);
	wire_send(fd, name, sizeof(name));
	drip(fd, began + WAIT_LIMIT);
	wire_drain(fd, NULL);
	close(fd);
	/* The payload of an unsupported request counts too. */
	fd = wire_connect(server.port);
	wire_send(fd, other, sizeof(other));
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_UNSUPPORTED);
	drip(fd, clock_now() + WAIT_LIMIT);
	wire_drain(fd, NULL);
	close(fd);
	ck_assert_int_ge(clock_now() - began, 2 * CLOCK_SEC);
	server_stop(&server);
}
END_TEST

START_TEST(stalled_clients_beside_a_working_one)
{
	struct server server;
	int silent, half, full, working, i;

	/* The half request outlasts the downloads on a slow machine too. */
	start(&server, OPTIONS("--request-timeout", "100"));
	silent = wire_connect(server.port);
	half = wire_connect(server.port);
	wire_send(half, "\0\0\0\2o", 5);
	full = talk_begin_download(server.port, "f");
	working = wire_connect(server.port);
	for (i = 0; i < 5; i++)
		talk_expect_range(working, "f", (uint64_t)i, PROTOCOL_TO_END);
	/* None of them has lost anything. */
	talk_expect_file(silent, "ok");
	wire_send(half, "k", 1);
	ck_assert_int_eq(talk_read_status(half), PROTOCOL_OK);
	talk_finish_download(full, "f");
	close(silent);
	close(half);
	close(full);
	close(working);
	server_stop(&server);
}
END_TEST

enum {
	CROWD = 100,
	CROWD_FILE = 2 * 1024 * 1024,
	CROWD_BLOCK = 65536
};

struct member {
	int fd;
	uint64_t left;
	SHA2_CTX context;
};

/* Reads a block from each client that has one, in turn, until all have
 * everything. */
static void
receive_in_turn(struct member *crowd)
{
	static uint8_t block[CROWD_BLOCK];
	unsigned i, unfinished = CROWD;
	ssize_t n;

	while (unfinished > 0)
		for (i = 0; i < CROWD; i++) {
			if (crowd[i].left == 0)
				continue;
			ck_assert(wait_ready(crowd[i].fd, POLLIN, WAIT_LIMIT));
			n = recv(crowd[i].fd, block,
			    crowd[i].left < CROWD_BLOCK ? crowd[i].left :
							  CROWD_BLOCK,
			    0);
			ck_assert_msg(n > 0, "client %u: %s", i,
			    n == 0 ? "the end" : strerror(errno));
			SHA256Update(&crowd[i].context, block, (size_t)n);
			crowd[i].left -= (uint64_t)n;
			unfinished -= crowd[i].left == 0;
		}
}

START_TEST(a_hundred_clients_at_once)
{
	static struct member crowd[CROWD];
	unsigned descriptors, threads, i;
	struct sum got, wanted;
	struct server server;

	scratch_fill("served/f", CROWD_FILE, 1);
	sum_file(&wanted, "served/f", 0, CROWD_FILE);
	server_start(&server, NULL);
	descriptors = server_descriptors(&server);
	threads = server_base_threads(&server);
	for (i = 0; i < CROWD; i++) {
		crowd[i].fd = talk_begin_download(server.port, "f");
		crowd[i].left = CROWD_FILE;
		SHA256Init(&crowd[i].context);
	}
	ck_assert_uint_ge(server_threads(&server), threads + CROWD);
	receive_in_turn(crowd);
	for (i = 0; i < CROWD; i++) {
		SHA256Final(got.bytes, &crowd[i].context);
		sum_expect(&got, &wanted, "one of a hundred");
		close(crowd[i].fd);
	}
	/* All descriptors are free again. */
	ck_assert(server_await_descriptors(&server, descriptors));
	ck_assert(server_await_threads(&server, threads));
	server_stop(&server);
}
END_TEST

Suite *
limits_suite(void)
{
	Suite *suite = suite_create("limits");
	TCase *tcase;

	tcase = harness_case(suite, "places", 60);
	tcase_add_test(tcase, busy_when_all_places_are_at_work);
	tcase_add_test(tcase, the_longest_idle_is_evicted);
	tcase_add_test(tcase, one_address_has_its_share);
	tcase = harness_case(suite, "time", 120);
	tcase_add_test(tcase, idle_connections_end);
	tcase_add_test(tcase, dripping_requests_end);
	tcase_add_test(tcase, stalled_clients_beside_a_working_one);
	tcase = harness_case(suite, "crowd", 120);
	tcase_add_test(tcase, a_hundred_clients_at_once);
	return suite;
}
