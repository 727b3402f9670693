/*
 * --settle: a file is fetched only when it has not changed for a while.
 */

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

static struct program client;
static struct server server;

static void
append(void)
{
	if (scratch_exists("served/f"))
		scratch_append("served/f", "one more line\n");
	else
		scratch_text("served/f", "the first line\n");
}

/* Rewrites the file with the same size. */
static void
rewrite(void)
{
	static uint64_t seed;

	scratch_fill("served/f", 1000, ++seed);
}

/* Replaces the file by one with the same size and mtime. */
static void
replace(void)
{
	static uint64_t seed;

	scratch_fill("served/new", 1000, ++seed);
	scratch_age("served/new");
	scratch_rename("served/new", "served/f");
}

/* Starts a process that does this every 0.4 s, so many times. */
static pid_t
start_writer(void (*write_once)(void), int times)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; times != 0; times--) {
		write_once();
		clock_sleep(400 * CLOCK_MS);
	}
	_exit(0);
}

static void
end_writer(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static const struct {
	const char *row;
	void (*write_once)(void);
	const char *const args[8];
	const char *got; /* the received file; NULL: standard output */
	bool exists;	 /* exists from the start */
} rows[] = {
    {"appears", append, {"--wait=600", "--settle=1", "f", NULL}, "here/newf",
	false},
    {"is there", append, {"--settle=1", "f", NULL}, "here/newf", true},
    {"-u", append, {"-u", "--wait=600", "--settle=1", "f", NULL}, "here/newf",
	false},
    {"-j", append, {"-j4", "--wait=600", "--settle=1", "f", NULL}, "here/newf",
	false},
    {"-i", append, {"-i", "names", "--wait=600", "--settle=1", NULL},
	"here/newf", false},
    {"-o -", append, {"-o-", "--wait=600", "--settle=1", "f", NULL}, NULL,
	false},
    {"--no-verify", append,
	{"--no-verify", "--wait=600", "--settle=1", "f", NULL}, "here/newf",
	false},
    {"a pattern", append, {"--settle=1", "f*", NULL}, "here/newf", true},
    {"rewritten", rewrite, {"--wait=600", "--settle=1", "f", NULL}, "here/newf",
	false},
    {"replaced", replace, {"--wait=600", "--settle=1", "f", NULL}, "here/newf",
	false},
};

START_TEST(fetched_when_settled)
{
	char out[64];
	pid_t pid;

	scratch_text("here/names", "f\n");
	if (rows[_i].exists)
		scratch_text("served/f", "the first line\n");
	server_start(&server, HERE_LIST("--log-format", "json"));
	client_start(&client, server.port, rows[_i].args, NULL);
	if (!rows[_i].exists)
		program_await_err(&client, "waiting for it");
	pid = start_writer(rows[_i].write_once, 6);
	here_expect_exit(&client, 0, rows[_i].row);
	end_writer(pid);
	snprintf(out, sizeof(out), "%s",
	    rows[_i].got == NULL ? client.out_name : rows[_i].got);
	sum_expect_files(out, "served/f");
	server_stop(&server);
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").n, 1);
}
END_TEST

/* A file that never settles within --wait is not fetched; others are. */
START_TEST(never_settles)
{
	const char *const *args = _i == 0 ?
	    HERE_LIST("--wait=2", "--settle=1", "f", "a") :
	    HERE_LIST("-j3", "--wait=2", "--settle=1", "a", "f");
	pid_t pid;

	scratch_fill("served/a", 1000, 1);
	append();
	server_start(&server, NULL);
	pid = start_writer(append, 1000);
	here_get(&client, server.port, 9, "never", args);
	end_writer(pid);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "still being written to after 2 s"));
	here_expect_names("here", "never", HERE_LIST("newa"));
	sum_expect_files("here/newa", "served/a");
	server_stop(&server);
}
END_TEST

/* A file that changes when half of it is fetched is not published. */
START_TEST(changes_while_fetched)
{
	scratch_fill("served/f", 3000000, 1);
	server_start(&server,
	    HERE_LIST("--log-format", "json", "--limit-rate", "2M"));
	client_start(&client, server.port,
	    _i == 0	? HERE_LIST("-v", "--settle=1", "f") :
		_i == 1 ? HERE_LIST("-v", "--settle=1", "--no-verify", "f") :
			  HERE_LIST("-v", "--settle=1", "-j2", "f"),
	    NULL);
	program_await_err(&client, "waiting until");
	clock_sleep(1700 * CLOCK_MS);
	append();
	here_expect_exit(&client, 0, "once more");
	server_stop(&server);
	sum_expect_files("here/newf", "served/f");
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").n, 2);
}
END_TEST

START_TEST(a_folder_does_not_settle)
{
	scratch_mkdir("served/d");
	server_start(&server, NULL);
	here_get(&client, server.port, 5, "a folder",
	    HERE_LIST("--settle=600", "d"));
	server_stop(&server);
}
END_TEST

START_TEST(settling_is_interrupted)
{
	pid_t pid;

	append();
	server_start(&server, NULL);
	pid = start_writer(append, 1000);
	client_start(&client, server.port,
	    _i == 0 ? HERE_LIST("--settle=5", "f") :
		      HERE_LIST("-j4", "--settle=5", "f"),
	    NULL);
	program_await_err(&client, "waiting until");
	program_signal(&client, _i == 0 ? SIGINT : SIGTERM);
	here_expect_exit(&client, 130, "interrupted");
	end_writer(pid);
	here_expect_names("here", "interrupted", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

START_TEST(server_restarted_while_settling)
{
	char port[8];

	scratch_fill("served/f", 1000, 1);
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("--settle=2", "f"), NULL);
	program_await_err(&client, "waiting until");
	snprintf(port, sizeof(port), "%u", server.port);
	server_stop(&server);
	server_start(&server, HERE_LIST("-p", port));
	here_expect_exit(&client, 0, "restarted");
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* A file that is the same here is not fetched; one that has to settle takes
 * that time. */
START_TEST(time_it_takes)
{
	int64_t began = clock_now();

	scratch_fill("served/f", 1000, 1);
	server_start(&server, HERE_LIST("--log-format", "json"));
	here_get(&client, server.port, 0, "first",
	    HERE_LIST("-u", "--settle=1", "f"));
	ck_assert_int_ge(clock_now() - began, CLOCK_SEC);
	here_get(&client, server.port, 0, "again",
	    HERE_LIST("-u", "--settle=1", "f"));
	server_stop(&server);
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").n, 1);
}
END_TEST

Suite *
settling_suite(void)
{
	Suite *suite = suite_create("settling");
	TCase *tcase;

	tcase = harness_case(suite, "settling", 60);
	tcase_add_loop_test(tcase, fetched_when_settled, 0,
	    (int)HARNESS_ROWS(rows));
	tcase_add_loop_test(tcase, never_settles, 0, 2);
	tcase_add_loop_test(tcase, changes_while_fetched, 0, 3);
	tcase_add_loop_test(tcase, settling_is_interrupted, 0, 2);
	tcase_add_test(tcase, server_restarted_while_settling);
	tcase_add_test(tcase, time_it_takes);
	tcase_add_test(tcase, a_folder_does_not_settle);
	return suite;
}
