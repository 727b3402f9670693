/* fileget --dry-run: tells what a run would do, with its exit code, and changes
 * nothing here. */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/tree.h"

static struct server server;
static struct program client;

static void
start(void)
{
	tree_fill("served/t/new", 1000, 1);
	tree_fill("served/t/same", 1001, 2);
	tree_fill("served/t/changed", 1002, 3);
	tree_fill("served/t/d/e/deep", 1003, 4);
	tree_make_way("served/t/none/");
	server_start(&server, NULL);
}

static void
expect_said(const char *text)
{
	ck_assert_msg(strstr(program_err(&client), text) != NULL, "%s",
	    program_err(&client));
}

/* Nothing is here: no folder is made. */
START_TEST(a_new_tree)
{
	start();
	here_get(&client, server.port, 0, "new",
	    HERE_LIST("-r", "--dry-run", "t"));
	here_expect_names("here", "new", HERE_LIST(NULL));
	expect_said("would fetch t/new -> newt/new  1.0 KiB\n");
	expect_said("would fetch t/d/e/deep -> newt/d/e/deep  1.0 KiB\n");
	expect_said("fileget: dry run: 4 files (3.9 KiB) would be fetched\n");
	here_get(&client, server.port, 0, "quiet",
	    HERE_LIST("-rq", "--dry-run", "t"));
	ck_assert_str_eq(program_err(&client), "");
	server_stop(&server);
}
END_TEST

/* The dry run changes neither times nor names; the run after it does what the
 * dry run has said. */
START_TEST(a_mirror)
{
	static const char *const options[] = {"-j1", "-j4", "--no-sandbox"};
	struct stat before, after;

	start();
	here_get(&client, server.port, 0, "before", HERE_LIST("-r", "t"));
	tree_fill("here/newt/old", 10, 1);
	tree_fill("here/newt/d/gone/x", 11, 2);
	scratch_remove("here/newt/new");
	scratch_append("served/t/changed", "more");
	tree_dress("here/newt", 0700, 5);
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newt", &before, 0), 0);
	here_get(&client, server.port, 0, "dry",
	    HERE_LIST("-ru", options[_i], "--delete", "--dry-run", "--json",
		"t"));
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newt", &after, 0), 0);
	ck_assert_int_eq(memcmp(&before.st_ctim, &after.st_ctim,
			     sizeof(after.st_ctim)),
	    0);
	ck_assert(scratch_exists("here/newt/old"));
	ck_assert(scratch_exists("here/newt/d/gone/x"));
	ck_assert(!scratch_exists("here/newt/new"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/old\",\"output\":\"newt/old\","
	    "\"status\":\"would_remove\",\"exit\":0}\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/d/gone\",\"output\":\"newt/d/gone\","
	    "\"status\":\"would_remove\",\"exit\":0}\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/new\",\"output\":\"newt/new\","
	    "\"status\":\"would_fetch\",\"exit\":0,\"size\":1000}\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/same\",\"output\":\"newt/same\","
	    "\"status\":\"skipped\",\"exit\":0}\n"));
	ck_assert_uint_eq(program_lines(program_out(&client)), 7);
	expect_said("dry run: 2 files (2.0 KiB) would be fetched, "
		    "2 unchanged, 3 removed\n");
	here_get(&client, server.port, 0, "run",
	    HERE_LIST("-ru", options[_i], "--delete", "t"));
	expect_said(", 3 removed\n");
	expect_said("\n2 files, ");
	tree_expect_same("here/newt", "served/t", "run");
	server_stop(&server);
}
END_TEST

/* Named files: the exit codes of a run. */
static const struct {
	const char *row, *args[8];
	int code;
	const char *said;
} names[] = {
    {"a file", {"--dry-run", "t/new"}, 0,
	"would fetch t/new -> newnew  1.0 KiB\n"},
    {"-k, -P", {"--dry-run", "-k", "-P", "p", "t/new"}, 0,
	"would fetch t/new -> p/new  1.0 KiB\n"},
    {"-o", {"--dry-run", "-o", "x", "t/new"}, 0,
	"would fetch t/new -> x  1.0 KiB\n"},
    {"-o -", {"--dry-run", "-o", "-", "t/new"}, 0,
	"would fetch t/new -> -  1.0 KiB\n"},
    {"several", {"--dry-run", "t/new", "t/same"}, 0, "would fetch t/same"},
    {"-j", {"--dry-run", "-j4", "t/new", "t/same"}, 0, "would fetch t/same"},
    {"missing", {"--dry-run", "t/missing", "t/new"}, 4, "would fetch t/new"},
    {"a folder", {"--dry-run", "t"}, 5, "t: it is not a regular file"},
    {"too large", {"--dry-run", "--max-size", "999", "t/new"}, 10, "t/new: "},
    {"-n", {"--dry-run", "-nk", "-P", "p", "t/changed"}, 10,
	"changed exists and is not replaced (-n)"},
    {"-r, -n", {"-r", "--dry-run", "-nk", "-P", "p", "t"}, 10,
	"changed exists and is not replaced (-n)"},
    {"-r, a link here", {"-r", "--dry-run", "-kP", "r", "t"}, 10,
	"t/d: it is a link here, and not followed"},
    {"-r, a folder in the way", {"-r", "--dry-run", "-kP", "q", "t"}, 10,
	"new is a folder here"},
    {"-r, --max-size", {"-r", "--dry-run", "--max-size", "1002", "t"}, 10,
	"would fetch t/new"},
    {"-u", {"--dry-run", "-uk", "-P", "p/t", "t/same"}, 0, "1 unchanged"},
    {"a pattern", {"--dry-run", "t/[ns]*"}, 0, "would fetch t/same"},
    {"-r, a file", {"-r", "--dry-run", "t/new"}, 0,
	"would fetch t/new -> newnew  1.0 KiB\n"},
    {"-r, missing", {"-r", "--dry-run", "missing"}, 4, "missing: "},
};

START_TEST(named_files)
{
	const char *args[9] = {NULL};
	unsigned n;

	memcpy(args, names[_i].args, sizeof(names[_i].args));
	start();
	tree_fill("here/p/changed", 10, 1);
	tree_fill("here/p/t/changed", 10, 1);
	tree_make_way("here/q/t/new/");
	tree_make_way("here/r/t/");
	scratch_symlink("..", "here/r/t/d");
	here_get(&client, server.port, 0, "same",
	    HERE_LIST("-k", "-P", "p/t", "t/same"));
	n = tree_count("here");
	here_get(&client, server.port, names[_i].code, names[_i].row, args);
	expect_said(names[_i].said);
	ck_assert_uint_eq(tree_count("here"), n);
	server_stop(&server);
}
END_TEST

/* A file of sums, with its folders. */
START_TEST(names_of_sums)
{
	static const char sums[] =
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	    "  d/e/deep\n";

	start();
	scratch_text("here/SUMS", sums);
	here_get(&client, server.port, 0, "--base",
	    HERE_LIST("-c", "SUMS", "--base", "t", "--dry-run"));
	expect_said("would fetch t/d/e/deep -> d/e/deep  1.0 KiB\n");
	here_expect_names("here", "--base", HERE_LIST("SUMS"));
	server_stop(&server);
}
END_TEST

/* Nothing may be removed: neither run does. */
START_TEST(an_empty_share)
{
	scratch_mkdir("served/t");
	tree_fill("here/newt/a", 10, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "empty",
	    HERE_LIST("-r", "--dry-run", "--delete", "t"));
	expect_said("the server lists nothing in it");
	server_stop(&server);
}
END_TEST

Suite *
dry_run_suite(void)
{
	Suite *suite = suite_create("dry_run");
	TCase *tcase = harness_case(suite, "dry_run", 60);

	tcase_add_test(tcase, a_new_tree);
	tcase_add_loop_test(tcase, a_mirror, 0, 3);
	tcase_add_loop_test(tcase, named_files, 0, HARNESS_ROWS(names));
	tcase_add_test(tcase, names_of_sums);
	tcase_add_test(tcase, an_empty_share);
	return suite;
}
