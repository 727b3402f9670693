/*
 * A server that has run out of descriptors: it refuses at once, costs
 * nothing while it waits, and serves again when it can.
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

/* What the server needs for itself, and two more. */
static void
allow_ten_descriptors(void)
{
	struct rlimit limit = {10, 10};

	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A server of which two connections take the last descriptors. */
static void
start_exhausted(struct server *server, int *first, int *second)
{
	scratch_text("served/ok", "fine");
	server_start_after(server, options, allow_ten_descriptors);
	*first = wire_connect(server->port);
	talk_expect_file(*first, "ok");
	*second = wire_connect(server->port);
	/* Until it has looked for one more. */
	ck_assert(server_await_sleep(server));
	talk_ask(*second, PROTOCOL_GET, "missing");
	talk_read_refusal(*second);
	ck_assert(server_await_sleep(server));
}

static void
expect_refused(const struct server *server)
{
	int fd = wire_connect(server->port);

	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
}

/* Regression: a loop around accept(2) that fails with EMFILE for ever. */
START_TEST(refused_at_once_and_for_nothing)
{
	int first, second, i;
	struct server server;
	unsigned cpu, descriptors;

	start_exhausted(&server, &first, &second);
	talk_ask(second, PROTOCOL_GET, "ok");
	ck_assert_int_eq(talk_read_refusal(second), PROTOCOL_BUSY);
	cpu = server_cpu_ms(&server);
	for (i = 0; i < 50; i++)
		expect_refused(&server);
	/* Nothing happens, and that costs nothing. */
	ck_assert(!wait_ready(first, POLLIN, CLOCK_SEC / 2));
	ck_assert_uint_lt(server_cpu_ms(&server) - cpu, 250);
	/* One that leaves makes room for a file, or for another one. */
	ck_assert(server_await_sleep(&server));
	descriptors = server_descriptors(&server);
	close(second);
	ck_assert(server_await_descriptors(&server, descriptors - 1));
	talk_expect_file(first, "ok");
	second = wire_connect(server.port);
	ck_assert(server_await_sleep(&server));
	talk_ask(second, PROTOCOL_GET, "missing");
	ck_assert_int_eq(talk_read_refusal(second), PROTOCOL_BUSY);
	close(first);
	close(second);
	server_stop(&server);
}
END_TEST

/* Adds up the lines "N connection(s) refused"; how many lines there are. */
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

/* Regression: accept(2) says EMFILE also when nobody is there to accept, and
 * each of those was counted, and tried again 256 times. */
START_TEST(only_real_refusals_are_logged)
{
	int64_t deadline = clock_now() + WAIT_LIMIT;
	unsigned long logged, made = 0;
	struct wanted wanted;
	int first, second;
	struct server server;

	start_exhausted(&server, &first, &second);
	count_complaints(&server.program, &logged);
	ck_assert_msg(logged == 0, "%lu refused, while nobody was", logged);
	do {
		expect_refused(&server);
		made++;
		ck_assert(clock_now() < deadline);
	} while (count_complaints(&server.program, &logged) < 2);
	/* The last ones, too, though nobody comes any more. */
	wanted = (struct wanted){&server.program, made};
	wait_until(are_logged, &wanted, WAIT_LIMIT);
	count_complaints(&server.program, &logged);
	ck_assert_msg(logged == made, "%lu refused, of %lu", logged, made);
	close(first);
	close(second);
	server_stop(&server);
}
END_TEST

Suite *
exhausted_suite(void)
{
	Suite *suite = suite_create("exhausted");
	TCase *tcase;

	tcase = harness_case(suite, "descriptors", 60);
	tcase_add_test(tcase, refused_at_once_and_for_nothing);
	tcase_add_test(tcase, only_real_refusals_are_logged);
	return suite;
}
