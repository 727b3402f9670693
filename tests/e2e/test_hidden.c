/*
 * A folder fetched with -r into a home folder must not replace .bashrc or
 * .ssh/authorized_keys: names below it that begin with a dot are skipped,
 * counted and reported, unless --hidden is given. A hidden name given as an
 * operand is fetched.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

#define THREE                                                             \
	"fileget: 3 names that begin with a dot were left out; --hidden " \
	"fetches them\n"
#define ONE                                                              \
	"fileget: 1 name that begins with a dot was left out; --hidden " \
	"fetches it\n"

static struct server server;
static struct program client;

static void
start(void)
{
	static const char *const names[] = {"served/t/.bashrc",
	    "served/t/.ssh/authorized_keys", "served/t/.ssh/config",
	    "served/t/sub/..x", "served/t/sub/g", "served/t/f",
	    "served/.config/a", "served/.config/.b"};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(names); i++)
		tree_fill(names[i], 100, i + 1);
	server_start(&server, HERE_LIST("--hidden"));
}

static void
expect_text(const char *name, const char *expected)
{
	size_t len;
	char *text = scratch_read(name, &len);

	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, expected);
	free(text);
}

/* Ways to fetch the folder that skip hidden names. */
static const struct {
	const char *row;
	const char *const args[6];
} ways[] = {
    {"-r", {"-r", "t", NULL}},
    {"-r -j", {"-r", "-j4", "t", NULL}},
    {"-r -u", {"-ru", "t", NULL}},
    {"-r -n", {"-rn", "t", NULL}},
    {"a pattern", {"-r", "[t]*", NULL}},
};

START_TEST(left_out)
{
	const char *err;

	start();
	tree_fill("here/newt/.ssh/other", 10, 9);
	scratch_text("here/newt/.bashrc", "mine");
	here_get(&client, server.port, 0, ways[_i].row, ways[_i].args);
	expect_text("here/newt/.bashrc", "mine");
	here_expect_names("here/newt", ways[_i].row,
	    HERE_LIST(".bashrc", ".ssh", "f", "sub"));
	here_expect_names("here/newt/.ssh", ways[_i].row, HERE_LIST("other"));
	here_expect_names("here/newt/sub", ways[_i].row, HERE_LIST("g"));
	err = program_err(&client);
	ck_assert_msg(strstr(err, THREE) != NULL, "%s", err);
	ck_assert_msg(strstr(err, ", 3 skipped\n") != NULL, "%s", err);
	server_stop(&server);
}
END_TEST

START_TEST(asked_for)
{
	start();
	scratch_mkdir("here/newt");
	scratch_text("here/newt/.bashrc", "mine");
	here_get(&client, server.port, 0, "--hidden",
	    HERE_LIST("-r", "--hidden", "t"));
	tree_expect_same("here/newt", "served/t", "--hidden");
	ck_assert_ptr_null(strstr(program_err(&client), "left out"));
	server_stop(&server);
}
END_TEST

/* A hidden folder given by name is fetched; hidden names in it are skipped. */
START_TEST(named)
{
	start();
	here_get(&client, server.port, 0, "a folder",
	    HERE_LIST("-rk", ".config"));
	here_expect_names("here/.config", "a folder", HERE_LIST("a"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), ONE));
	here_get(&client, server.port, 0, "by a pattern",
	    HERE_LIST("-r", ".c*"));
	here_expect_names("here/new.config", "by a pattern", HERE_LIST("a"));
	here_get(&client, server.port, 0, "files",
	    HERE_LIST("-r", "t/.bashrc", "t/.ssh/config", ".config/.b"));
	sum_expect_files("here/new.bashrc", "served/t/.bashrc");
	sum_expect_files("here/newconfig", "served/t/.ssh/config");
	sum_expect_files("here/new.b", "served/.config/.b");
	ck_assert_ptr_null(strstr(program_err(&client), "left out"));
	server_stop(&server);
}
END_TEST

START_TEST(named_in_a_list)
{
	start();
	scratch_text("here/names", "t/.bashrc\n.config/.b\n");
	here_get(&client, server.port, 0, "a list", HERE_LIST("-i", "names"));
	sum_expect_files("here/new.bashrc", "served/t/.bashrc");
	sum_expect_files("here/new.b", "served/.config/.b");
	server_stop(&server);
}
END_TEST

START_TEST(skipped_in_json)
{
	const char *out;

	start();
	here_get(&client, server.port, 0, "JSON",
	    HERE_LIST("-r", "--json", "t"));
	out = program_out(&client);
	ck_assert_uint_eq(program_lines(out), 5);
	ck_assert_msg(strstr(out,
			  "{\"name\":\"t/.ssh\",\"output\":null,"
			  "\"status\":\"skipped\",\"exit\":0}\n") != NULL,
	    "%s", out);
	here_get(&client, server.port, 0, "-q", HERE_LIST("-rq", "t"));
	ck_assert_str_eq(program_err(&client), "");
	here_get(&client, server.port, 0, "-v", HERE_LIST("-rv", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "t/sub/..x: "));
	server_stop(&server);
}
END_TEST

/* At the prompt each line counts for itself. */
START_TEST(reported_at_the_prompt)
{
	const char *found;

	start();
	client_start_with_input(&client, server.port, HERE_LIST("-r"), NULL);
	program_say(&client, "t\n.config\nt/f\n");
	program_hang_up(&client);
	here_expect_exit(&client, 0, "prompt");
	found = strstr(program_err(&client), THREE);
	ck_assert_ptr_nonnull(found);
	found = strstr(found, ONE);
	ck_assert_ptr_nonnull(found);
	ck_assert_ptr_null(strstr(found + strlen(ONE), "left out"));
	server_stop(&server);
}
END_TEST

START_TEST(listed_all_the_same)
{
	start();
	here_get(&client, server.port, 0, "-lr", HERE_LIST("-lr", "t"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "authorized_keys"));
	server_stop(&server);
}
END_TEST

/* A server without --hidden cannot be told from one without such names, but for
 * its refusals. */
START_TEST(a_server_without_hidden)
{
	tree_fill("served/t/.bashrc", 100, 1);
	tree_fill("served/t/f", 100, 2);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "without",
	    HERE_LIST("-r", "--hidden", "t"));
	ck_assert_msg(strstr(program_err(&client),
			  "it was started without --hidden\n") != NULL,
	    "%s", program_err(&client));
	server_stop(&server);
	server_start(&server, HERE_LIST("--hidden"));
	here_get(&client, server.port, 0, "with",
	    HERE_LIST("-r", "--hidden", "t"));
	ck_assert_ptr_null(
	    strstr(program_err(&client), "started without --hidden"));
	sum_expect_files("here/newt/.bashrc", "served/t/.bashrc");
	server_stop(&server);
}
END_TEST

Suite *
hidden_suite(void)
{
	Suite *suite = suite_create("hidden");
	TCase *tcase = harness_case(suite, "hidden", 60);

	tcase_add_loop_test(tcase, left_out, 0, HARNESS_ROWS(ways));
	tcase_add_test(tcase, asked_for);
	tcase_add_test(tcase, named);
	tcase_add_test(tcase, named_in_a_list);
	tcase_add_test(tcase, skipped_in_json);
	tcase_add_test(tcase, reported_at_the_prompt);
	tcase_add_test(tcase, listed_all_the_same);
	tcase_add_test(tcase, a_server_without_hidden);
	return suite;
}
