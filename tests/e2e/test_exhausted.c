/*
 * A server without free descriptors: idle connections are evicted. If none is
 * idle, it refuses new ones at once, uses no CPU while it waits, and serves
 * again when a descriptor is free.
 */

#include <sys/resource.h>

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

static const char *const options[] = {"--max-per-address", "100", NULL};

enum {
	EXHAUSTED_FILE = 16 * 1024 * 1024, /* bytes */
	EXHAUSTED_ROUNDS = 10,
};

/* Starts a server with the descriptors that it needs for itself and two more.
 */
static void
allow_ten_descriptors(void)
{
	struct rlimit limit = {10, 10};

	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Starts a server whose last descriptors a held download uses. */
static int
start_exhausted(struct server *server)
{
	int fd;

	scratch_text("served/ok", "fine");
	scratch_fill("served/f", EXHAUSTED_FILE, 1);
	server_start_after(server, options, allow_ten_descriptors);
	fd = talk_begin_download(server->port, "f");
	/* Wait until the server has failed to get another descriptor. */
	ck_assert(server_await_sleep(server));
	return fd;
}

static bool
is_served_on(void *argument)
{
	const int *fd = argument;

	talk_ask(*fd, PROTOCOL_OP_GET, "ok");
	return talk_read_status(*fd) == PROTOCOL_OK;
}

static void
expect_refused(const struct server *server)
{
	int fd = wire_connect(server->port);

	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
}

/* Regression: a busy loop around accept(2) that fails with EMFILE. */
START_TEST(refused_at_once_without_cpu_time)
{
	int fd, second, i;
	struct server server;
	unsigned cpu;

	fd = start_exhausted(&server);
	cpu = server_cpu_ms(&server);
	for (i = 0; i < 50; i++)
		expect_refused(&server);
	ck_assert_uint_lt(server_cpu_ms(&server) - cpu, 250);
	/* The server reopens its spare descriptor before anybody uses it. */
	ck_assert(server_await_sleep(&server));
	/* The download ends, and a second file can be opened. */
	talk_finish_download(fd, "f");
	talk_expect_file(fd, "ok");
	second = wire_connect(server.port);
	ck_assert(server_await_sleep(&server));
	talk_ask(second, PROTOCOL_OP_GET, "ok");
	ck_assert_int_eq(talk_read_refusal(second), PROTOCOL_BUSY);
	/* A connection that ends frees a descriptor for a file. */
	close(fd);
	ck_assert(wait_until(is_served_on, &second, WAIT_LIMIT));
	close(second);
	server_stop(&server);
}
END_TEST

/* Regression: without free descriptors every new connection was refused
 * although all others were idle. */
START_TEST(idle_connections_are_evicted)
{
	struct server server;
	int first, second, fd;
	unsigned round;

	scratch_text("served/ok", "fine");
	server_start_after(&server, options, allow_ten_descriptors);
	for (round = 0; round < EXHAUSTED_ROUNDS; round++) {
		first = wire_connect(server.port);
		/* Connections of the last round may still be ending. */
		ck_assert(wait_until(is_served_on, &first, WAIT_LIMIT));
		ck_assert(server_await_sleep(&server));
		second = wire_connect(server.port);
		talk_ask(second, PROTOCOL_OP_GET, "missing");
		ck_assert_int_ne(talk_read_status(second), PROTOCOL_OK);
		ck_assert(server_await_sleep(&server));
		fd = wire_connect(server.port);
		/* Both are evicted, though one would be enough. */
		ck_assert(wait_until(is_served_on, &fd, WAIT_LIMIT));
		close(fd);
		close(first);
		close(second);
	}
	server_stop(&server);
}
END_TEST

/* Adds up the lines "N connection(s) refused". Returns the number of these
 * lines. */
static unsigned
count_complaints(struct program *program, unsigned long *refused)
{
	const char *text = program_err(program), *at, *number;
	unsigned lines = 0;

	*refused = 0;
	for (at = text; (at = strstr(at, " connection")) != NULL; at++) {
		if (strstr(at, "refused") == NULL ||
		    strstr(at, "refused") > at + strlen(" connections "))
			continue;
		for (number = at; number > text && number[-1] != ' ';)
			number--;
		*refused += strtoul(number, NULL, 10);
		lines++;
	}
	return lines;
}

struct wanted {
	struct program *program;
	unsigned long refused;
};

static bool
are_logged(void *argument)
{
	struct wanted *wanted = argument;
	unsigned long refused;

	(void)count_complaints(wanted->program, &refused);
	return refused >= wanted->refused;
}

/* Regression: accept(2) fails with EMFILE also if no client waits; each such
 * failure was counted as a refusal, and retried 256 times. */
START_TEST(only_real_refusals_are_logged)
{
	int64_t deadline = clock_now() + WAIT_LIMIT;
	unsigned long logged, made = 0;
	struct wanted wanted;
	struct server server;
	int fd = start_exhausted(&server);

	count_complaints(&server.program, &logged);
	ck_assert_msg(logged == 0, "%lu refused, while nobody was", logged);
	do {
		expect_refused(&server);
		made++;
		ck_assert(clock_now() < deadline);
	} while (count_complaints(&server.program, &logged) < 2);
	/* The last refusals are logged without a further connection. */
	wanted = (struct wanted){&server.program, made};
	wait_until(are_logged, &wanted, WAIT_LIMIT);
	count_complaints(&server.program, &logged);
	ck_assert_msg(logged == made, "%lu refused, of %lu", logged, made);
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
exhausted_suite(void)
{
	Suite *suite = suite_create("exhausted");
	TCase *tcase;

	tcase = harness_case(suite, "descriptors", 60);
	tcase_add_test(tcase, refused_at_once_without_cpu_time);
	tcase_add_test(tcase, idle_connections_are_evicted);
	tcase_add_test(tcase, only_real_refusals_are_logged);
	return suite;
}
