/*
 * A reader of standard output that stops reading: a signal still ends fileget,
 * whatever it writes and over however many connections.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

static struct program client;
static struct server server;
static int ends[2]; /* of a pipe */

/* Runs in the child, in the folder "here": makes the pipe standard output. */
static void
use_pipe(void)
{
	int fd = open("pipe", O_WRONLY);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(126);
	close(fd);
}

static void
make_pipe(void)
{
	ck_assert_int_eq(mkfifoat(scratch_fd(), "here/pipe", 0600), 0);
	ends[0] = openat(scratch_fd(), "here/pipe",
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(ends[0], 0);
	ends[1] = openat(scratch_fd(), "here/pipe", O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(ends[1], 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_RDONLY), 0);
}

static const struct {
	const char *row;
	const char *const args[8];
} rows[] = {
    {"-o -", {"-o-", "f", NULL}},
    {"-j -o -", {"-j2", "-o-", "f", NULL}},
    {"-o - --no-verify", {"-o-", "--no-verify", "f", NULL}},
    {"--json", {"--json", "-r", "t", NULL}},
    {"-j --json", {"-j4", "--json", "-r", "t", NULL}},
    {"--sums", {"--sums", "-r", "t", NULL}},
    {"-j --sums", {"-j4", "--sums", "-r", "t", NULL}},
    {"-l", {"-l", "t", NULL}},
    {"-lr --json", {"-lr", "--json", "t", NULL}},
};

static bool
is_full(void *argument)
{
	(void)argument;
	return !wait_ready(ends[1], POLLOUT, 0);
}

static void
run(size_t row, int signal)
{
	here_start_after(&client, server.port, rows[row].args, use_pipe);
	ck_assert_msg(wait_until(is_full, NULL, WAIT_LIMIT), "%s",
	    rows[row].row);
	/* By now fileget is blocked on the full pipe. */
	clock_sleep(100 * CLOCK_MS);
	program_signal(&client, signal);
	here_expect_exit(&client, 130, rows[row].row);
}

START_TEST(a_reader_that_has_stopped)
{
	scratch_fill("served/f", 3000000, 1);
	tree_fill_many("served/t", 3000);
	server_start(&server, NULL);
	make_pipe();
	/* A line that does not fit is not written in part, so the page is not
	 * full. */
	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
	run((size_t)_i / 2, _i % 2 == 0 ? SIGTERM : SIGINT);
	server_stop(&server);
}
END_TEST

/* A slow reader gets everything. */
START_TEST(a_reader_that_is_slow)
{
	static char got[3000001];
	struct sum have, wanted;
	size_t len = 0;
	ssize_t n;

	scratch_fill("served/f", 3000000, 1);
	server_start(&server, NULL);
	make_pipe();
	here_start_after(&client, server.port, HERE_LIST("-j2", "-o-", "f"),
	    use_pipe);
	ck_assert(wait_ready(ends[0], POLLIN, WAIT_LIMIT));
	close(ends[1]);
	while ((n = read(ends[0], got + len, 30000)) > 0) {
		len += (size_t)n;
		ck_assert_uint_le(len, 3000000);
		clock_sleep(CLOCK_MS);
	}
	here_expect_exit(&client, 0, "slow");
	sum_of(&have, got, len);
	sum_file(&wanted, "served/f", 0, UINT64_MAX);
	sum_expect(&have, &wanted, "slow");
	server_stop(&server);
}
END_TEST

Suite *
stuck_suite(void)
{
	Suite *suite = suite_create("stuck");
	TCase *tcase;

	tcase = harness_case(suite, "stuck", 60);
	tcase_add_loop_test(tcase, a_reader_that_has_stopped, 0,
	    2 * (int)HARNESS_ROWS(rows));
	tcase_add_test(tcase, a_reader_that_is_slow);
	return suite;
}
