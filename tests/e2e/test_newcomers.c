/*
 * Newcomers when all places are taken, and the connections evicted for them:
 * each evicted client is told, and none loses bytes of a reply.
 */

#include <sys/socket.h>

#include <signal.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define PLACES(n)                                                           \
	((const char *const[]){"--max-connections", n, "--max-per-address", \
	    "1000", NULL})

enum {
	NEWCOMERS = 16,		 /* at one time, for 4 places */
	NEWCOMERS_ROUNDS = 100,	 /* half of them each way */
	NEWCOMERS_HELD = 200000, /* bytes that a socket buffer holds */
};

static void
start(struct server *server, const char *const *options)
{
	scratch_text("served/ok", "fine");
	scratch_fill("served/held", NEWCOMERS_HELD, 1);
	server_start(server, options);
}

/* The server may have refused and closed the connection already. */
static void
ask_ok(int fd)
{
	(void)!send(fd, "\0\0\0\2ok", 6, MSG_NOSIGNAL);
}

/* Expects the file, or BUSY with its message; a bare end or reset fails.
 * Returns whether the file was served. */
static bool
read_answer(int fd)
{
	enum protocol_status status;
	char body[PROTOCOL_MESSAGE_MAX];
	uint64_t length;

	status = talk_read_reply(fd, &length);
	ck_assert_uint_le(length, sizeof(body));
	wire_read(fd, body, (size_t)length);
	if (status == PROTOCOL_BUSY)
		return false;
	ck_assert_int_eq(status, PROTOCOL_OK);
	ck_assert_uint_eq(length, 4);
	ck_assert_mem_eq(body, "fine", 4);
	return true;
}

/* Regression: a connection that had just been made counted as idle and was
 * evicted for the next without a reply, before its request was read. */
START_TEST(many_newcomers_at_once)
{
	unsigned served = 0, round, i;
	struct server server;
	int fds[NEWCOMERS];

	start(&server, PLACES("4"));
	for (round = 0; round < NEWCOMERS_ROUNDS; round++) {
		for (i = 0; i < NEWCOMERS; i++) {
			fds[i] = wire_connect(server.port);
			if (round % 2 == 0)
				ask_ok(fds[i]);
		}
		for (i = 0; i < NEWCOMERS && round % 2 != 0; i++)
			ask_ok(fds[i]);
		for (i = 0; i < NEWCOMERS; i++)
			served += read_answer(fds[i]);
		for (i = 0; i < NEWCOMERS; i++)
			close(fds[i]);
	}
	/* The first one found an empty server. */
	ck_assert_uint_gt(served, 0);
	server_stop(&server);
}
END_TEST

static bool
is_served(void *argument)
{
	const struct server *server = argument;

	return talk_status_of(server->port, PROTOCOL_OP_GET, "ok", 2) ==
	    PROTOCOL_OK;
}

/* Regression: a client that had connected and sent nothing was evicted at once,
 * without a reply, for the next one. */
START_TEST(a_silent_newcomer_is_evicted)
{
	int64_t began = clock_now();
	struct server server;
	int silent, second;

	start(&server, PLACES("2"));
	silent = wire_connect(server.port);
	ck_assert(server_await_sleep(&server));
	second = wire_connect(server.port);
	ck_assert(wait_until(is_served, &server, WAIT_LIMIT));
	/* It keeps its place for a second. */
	ck_assert_int_ge(clock_now() - began, CLOCK_SEC);
	ck_assert_int_eq(talk_read_refusal(silent), PROTOCOL_BUSY);
	wire_expect_end(silent, WIRE_ORDERLY);
	/* The one that was silent longest was evicted, and no other. */
	talk_expect_file(second, "ok");
	close(silent);
	close(second);
	server_stop(&server);
}
END_TEST

/* Makes a connection whose whole reply is in buffers: it counts as idle. */
static int
hold_reply(struct server *server)
{
	int fd = wire_connect_with(server->port,
	    &(struct wire_options){.receive_buffer = 4096});

	talk_ask(fd, PROTOCOL_OP_GET, "held");
	program_await_err(&server->program, " GET held OK 200000/200000 ");
	return fd;
}

/* Receives the announced reply; a later request may have a reply too. */
static void
expect_reply(int fd)
{
	struct sum got, wanted;
	uint64_t length;

	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, NEWCOMERS_HELD);
	wire_read_sum(fd, length, &got, NULL);
	sum_file(&wanted, "served/held", 0, UINT64_MAX);
	sum_expect(&got, &wanted, "the reply in flight");
	close(fd);
}

static void
evict(struct server *server)
{
	ck_assert(wait_until(is_served, server, WAIT_LIMIT));
}

static void
stop(struct server *server)
{
	program_signal(&server->program, SIGTERM);
	ck_assert(server_await_stopping(server));
}

static const struct {
	const char *row;
	void (*end)(struct server *);
	unsigned before; /* requests sent after the reply, before the end */
	unsigned after;
} ends[] = {
    {"evicted, asked before", evict, 1, 0},
    {"evicted, asked after", evict, 0, 1},
    {"evicted, asked all the time", evict, 100, 1000},
    {"stopped, asked before", stop, 1, 0},
    {"stopped, asked after", stop, 0, 1},
    {"stopped, asked all the time", stop, 100, 1000},
};

/* Regression: a request that arrived after the last read of requests was unread
 * when the connection was closed. The kernel then sent a reset, which cut the
 * reply in transit. */
START_TEST(a_reply_in_flight_arrives)
{
	struct server server;
	unsigned i;
	int fd;

	start(&server, PLACES("1"));
	fd = hold_reply(&server);
	for (i = 0; i < ends[_i].before; i++)
		ask_ok(fd);
	ends[_i].end(&server);
	for (i = 0; i < ends[_i].after; i++)
		ask_ok(fd);
	expect_reply(fd);
	if (ends[_i].end == evict)
		program_signal(&server.program, SIGTERM);
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), 0);
}
END_TEST

/* Regression: a client that had begun a request kept its place for all of
 * --request-timeout; a few bytes from each of many clients kept all newcomers
 * out. */
START_TEST(half_a_request_is_evicted)
{
	int64_t began = clock_now();
	struct server server;
	int first, second;

	start(&server, PLACES("2"));
	first = wire_connect(server.port);
	wire_send(first, "\0\0", 2);
	ck_assert(server_await_sleep(&server));
	second = wire_connect(server.port);
	talk_expect_file(second, "ok");
	wire_send(second, "\0\0\0\2o", 5);
	/* The server waits for the rest of a request, not for a new one. */
	ck_assert(server_await_sleep(&server));
	ck_assert(wait_until(is_served, &server, WAIT_LIMIT));
	/* It keeps its place for a second. */
	ck_assert_int_ge(clock_now() - began, CLOCK_SEC);
	ck_assert_int_lt(clock_now() - began, 9 * CLOCK_SEC);
	ck_assert_int_eq(talk_read_refusal(first), PROTOCOL_BUSY);
	wire_expect_end(first, WIRE_ORDERLY);
	/* One place was enough: the second may continue. */
	wire_send(second, "k", 1);
	wire_read(second, (char[12]){0}, 12);
	close(first);
	close(second);
	server_stop(&server);
}
END_TEST

Suite *
newcomers_suite(void)
{
	Suite *suite = suite_create("newcomers");
	TCase *tcase;

	tcase = harness_case(suite, "newcomers", 60);
	tcase_add_test(tcase, many_newcomers_at_once);
	tcase_add_test(tcase, a_silent_newcomer_is_evicted);
	tcase_add_test(tcase, half_a_request_is_evicted);
	tcase = harness_case(suite, "in flight", 60);
	tcase_add_loop_test(tcase, a_reply_in_flight_arrives, 0,
	    HARNESS_ROWS(ends));
	return suite;
}
