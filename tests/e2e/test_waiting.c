/*
 * --wait: a name that does not exist yet is requested again on the same
 * connection, and delays no other name.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

static struct program client;
static struct server server;

/* Renames a complete file into place while it is waited for, as a program that
 * has finished it does. */
static void
appear(const char *as)
{
	tree_fill("served/ready/f", 100000, 1);
	tree_fill("served/ready/sub/g", 1000, 2);
	if (strcmp(as, "served/late") == 0)
		scratch_rename("served/ready/f", as);
	else
		scratch_rename("served/ready", as);
}

static const struct {
	const char *row;
	const char *const args[8];
	const char *name;
	const char *got;
} appearing[] = {
    {"a file", {"--wait", "600", "late", NULL}, "served/late", "here/newlate"},
    {"verbose", {"-v", "--wait", "600", "late", NULL}, "served/late",
	"here/newlate"},
    {"-u", {"-u", "--wait", "600", "late", NULL}, "served/late",
	"here/newlate"},
    {"-j", {"-j4", "--wait", "600", "late", NULL}, "served/late",
	"here/newlate"},
    {"-r, a file", {"-r", "--wait", "600", "late", NULL}, "served/late",
	"here/newlate"},
    {"-r, a folder", {"-r", "--wait", "600", "tree", NULL}, "served/tree",
	"here/newtree"},
    {"-ru, a folder", {"-ru", "-j4", "--wait", "600", "tree", NULL},
	"served/tree", "here/newtree"},
};

START_TEST(the_file_appears)
{
	bool is_folder = strcmp(appearing[_i].name, "served/tree") == 0;

	server_start(&server, HERE_LIST("-v"));
	client_start(&client, server.port, appearing[_i].args, NULL);
	program_await_err(&client, "waiting for it");
	program_await_err(&server.program, "#1.1 ");
	/* It was requested a second time. */
	program_await_err(&server.program, is_folder ? "#1.3 " : "#1.2 ");
	appear(appearing[_i].name);
	here_expect_exit(&client, 0, appearing[_i].row);
	if (is_folder)
		tree_expect_same(appearing[_i].got, appearing[_i].name,
		    appearing[_i].row);
	else
		sum_expect_files(appearing[_i].got, appearing[_i].name);
	/* Reported once, and on one connection. */
	ck_assert_ptr_null(
	    strstr(strstr(program_err(&client), "waiting for") + 11,
		"waiting for"));
	server_stop(&server);
	if (strstr(appearing[_i].row, "-j") == NULL &&
	    strstr(appearing[_i].row, "-ru") == NULL)
		ck_assert_ptr_null(
		    strstr(program_err(&server.program), "#2.1 "));
}
END_TEST

/* The other files are fetched meanwhile. */
START_TEST(others_are_not_held_up)
{
	tree_fill_many("served/t", 100);
	scratch_fill("served/a", 1000, 1);
	scratch_fill("served/b", 1000, 2);
	server_start(&server, HERE_LIST("-v"));
	client_start(&client, server.port,
	    HERE_LIST("-r", "--wait", "600", "a", "late", "t", "later", "b"),
	    NULL);
	scratch_await_size("here/newa", 1000);
	scratch_await_size("here/newb", 1000);
	scratch_await_size("here/newt/f99", 1);
	ck_assert(!program_ended(&client));
	scratch_fill("served/other", 5000, 3);
	scratch_rename("served/other", "served/late");
	scratch_await_size("here/newlate", 5000);
	ck_assert(!program_ended(&client));
	scratch_fill("served/other", 5000, 4);
	scratch_rename("served/other", "served/later");
	here_expect_exit(&client, 0, "all");
	tree_expect_same("here/newt", "served/t", "t");
	sum_expect_files("here/newlate", "served/late");
	sum_expect_files("here/newlater", "served/later");
	server_stop(&server);
	ck_assert_ptr_null(strstr(program_err(&server.program), "#2.1 "));
}
END_TEST

static const struct {
	const char *row;
	const char *const args[8];
} missing[] = {
    {"a file", {"--wait", "1", "late", NULL}},
    {"one of several", {"--wait", "1", "late", "a", NULL}},
    {"-r", {"-r", "--wait", "1", "late", "a", NULL}},
    {"-u", {"-u", "--wait", "2", "a", "late", NULL}},
    {"-j", {"-j3", "--wait", "1", "a", "late", "later", NULL}},
    {"not at all", {"--wait", "0", "late", "a", NULL}},
};

START_TEST(time_runs_out)
{
	int64_t began = clock_now();

	scratch_fill("served/a", 1000, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 4, missing[_i].row, missing[_i].args);
	if (missing[_i].args[1][0] != '0' && missing[_i].args[2][0] != '0')
		ck_assert_int_ge(clock_now() - began, CLOCK_SEC);
	ck_assert_ptr_nonnull(strstr(program_err(&client), "NOT_FOUND"));
	if (strcmp(missing[_i].row, "a file") != 0)
		sum_expect_files("here/newa", "served/a");
	server_stop(&server);
}
END_TEST

/* Only a missing name is waited for. */
START_TEST(refused_at_once)
{
	scratch_mkdir("served/d");
	scratch_text("served/.hidden", "hidden");
	server_start(&server, NULL);
	here_get(&client, server.port, 5, "a folder",
	    HERE_LIST("--wait", "600", "d"));
	here_get(&client, server.port, 5, "hidden",
	    HERE_LIST("--wait", "600", ".hidden"));
	here_get(&client, server.port, 2, "a bad name",
	    HERE_LIST("--wait", "600", "../x"));
	server_stop(&server);
}
END_TEST

START_TEST(interrupted)
{
	const char *const *args = _i == 0 ? HERE_LIST("--wait", "600", "late") :
	    _i == 1 ? HERE_LIST("-r", "--wait", "600", "late") :
		      HERE_LIST("-j4", "--wait", "600", "late");

	server_start(&server, NULL);
	client_start(&client, server.port, args, NULL);
	program_await_err(&client, "waiting for it");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	here_expect_names("here", "interrupted", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* The server is restarted before the file appears. */
START_TEST(server_restarted_meanwhile)
{
	char port[8];

	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("--wait", "600", "late"),
	    NULL);
	program_await_err(&client, "waiting for it");
	snprintf(port, sizeof(port), "%u", server.port);
	server_stop(&server);
	tree_fill("served/late", 1000, 1);
	server_start(&server, HERE_LIST("-p", port));
	here_expect_exit(&client, 0, "restarted");
	sum_expect_files("here/newlate", "served/late");
	server_stop(&server);
}
END_TEST

/* Regression: during the wait no connection counted, so one refused attempt
 * ended the run. */
START_TEST(server_away_meanwhile)
{
	char port[8];

	server_start(&server, NULL);
	client_start(&client, server.port,
	    HERE_LIST("--wait", "600", "--retry=9", "late"), NULL);
	program_await_err(&client, "waiting for it");
	snprintf(port, sizeof(port), "%u", server.port);
	server_stop(&server);
	program_await_err(&client, "trying again");
	tree_fill("served/late", 1000, 1);
	server_start(&server, HERE_LIST("-p", port));
	here_expect_exit(&client, 0, "away");
	sum_expect_files("here/newlate", "served/late");
	server_stop(&server);
}
END_TEST

Suite *
waiting_suite(void)
{
	Suite *suite = suite_create("waiting");
	TCase *tcase;

	tcase = harness_case(suite, "appears", 90);
	tcase_add_loop_test(tcase, the_file_appears, 0,
	    (int)HARNESS_ROWS(appearing));
	tcase_add_test(tcase, others_are_not_held_up);
	tcase_add_test(tcase, server_restarted_meanwhile);
	tcase_add_test(tcase, server_away_meanwhile);
	tcase = harness_case(suite, "does not", 90);
	tcase_add_loop_test(tcase, time_runs_out, 0,
	    (int)HARNESS_ROWS(missing));
	tcase_add_test(tcase, refused_at_once);
	tcase_add_loop_test(tcase, interrupted, 0, 3);
	return suite;
}
