/*
 * fileget -u: files that are here already are not requested again, as the
 * server's log shows.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

static struct program client;
static struct server server;

/* Returns the number of lines of the server's log that contain this. */
static unsigned
count_logged(const char *text)
{
	char *log, *at;
	unsigned n = 0;
	size_t len;

	/* The last line may be written after the client has ended. */
	ck_assert(server_await_sleep(&server));
	log = scratch_read(server.program.err_name, &len);
	ck_assert_ptr_nonnull(log);
	for (at = log; (at = strstr(at, text)) != NULL; at++)
		n++;
	free(log);
	return n;
}

#define FETCHES count_logged("\"verb\":\"FETCH\"")

static void
serve(void)
{
	server_start(&server, HERE_LIST("--log-format", "json"));
}

START_TEST(unchanged_files_are_not_fetched)
{
	unsigned before, n = HARNESS_SLOW ? 1000 : 10000;

	tree_fill_many("served/t", n - 100);
	tree_fill_many("served/t/sub", 100);
	serve();
	here_get(&client, server.port, 0, "first", HERE_LIST("-rq", "t"));
	tree_expect_same("here/newt", "served/t", "first");
	before = FETCHES;
	ck_assert_uint_eq(before, n);
	here_get(&client, server.port, 0, "second", HERE_LIST("-ru", "t"));
	ck_assert_uint_eq(FETCHES, before);
	tree_expect_same("here/newt", "served/t", "second");
	here_get(&client, server.port, 0, "with -j",
	    HERE_LIST("-ru", "-j4", "t"));
	ck_assert_uint_eq(FETCHES, before);
	server_stop(&server);
}
END_TEST

static void
change_nothing(void)
{
}

static void
change_size(void)
{
	scratch_append("served/t/f", "more");
	scratch_age("served/t/f");
}

static void
change_time(void)
{
	tree_dress("served/t/f", 0644, 1600000000123456790);
}

static void
change_both(void)
{
	scratch_fill("served/t/f", 5, 9);
}

static void
change_time_here(void)
{
	tree_dress("here/newt/f", 0644, 1600000000123456790);
}

static void
remove_here(void)
{
	scratch_remove("here/newt/f");
}

/* Makes a link to a file with the same bytes, which does not count as the file.
 */
static void
link_here(void)
{
	scratch_rename("here/newt/f", "outside/f");
	scratch_symlink("../../outside/f", "here/newt/f");
}

static void
folder_here(void)
{
	scratch_remove("here/newt/f");
	scratch_mkdir("here/newt/f");
}

static void
folder_there(void)
{
	scratch_remove("served/t/f");
	scratch_mkdir("served/t/f");
	scratch_text("served/t/f/g", "g");
}

static void
file_here(void)
{
	ck_assert_int_eq(unlinkat(scratch_fd(), "here/newt/sub", AT_REMOVEDIR),
	    0);
	scratch_text("here/newt/sub", "a file");
}

static const struct {
	const char *row;
	void (*change)(void);
	int code;
	unsigned fetched;
	const char *told; /* message, or NULL */
} changes[] = {
    {"nothing", change_nothing, 0, 0, NULL},
    {"another size", change_size, 0, 1, NULL},
    {"another time", change_time, 0, 1, NULL},
    {"both", change_both, 0, 1, NULL},
    {"another time here", change_time_here, 0, 1, NULL},
    {"not here", remove_here, 0, 1, NULL},
    {"a link here", link_here, 0, 1, NULL},
    {"a folder here", folder_here, 10, 1, "t/f: f is a folder here"},
    {"a folder there", folder_there, 10, 0, "t/f: "},
    {"a file for a folder here", file_here, 10, 0, "t/sub: "},
};

START_TEST(changed_files_are_fetched)
{
	unsigned before;

	scratch_mkdir("served/t");
	tree_make_way("served/t/sub/");
	scratch_fill("served/t/f", 1000, 1);
	scratch_age("served/t/f");
	scratch_fill("served/t/g", 1000, 2);
	serve();
	here_get(&client, server.port, 0, "first", HERE_LIST("-r", "t"));
	before = FETCHES;
	changes[_i].change();
	here_get(&client, server.port, changes[_i].code, changes[_i].row,
	    HERE_LIST("-ru", "t"));
	ck_assert_msg(FETCHES - before == changes[_i].fetched,
	    "%u were fetched", FETCHES - before);
	if (changes[_i].code == 0)
		tree_expect_same("here/newt", "served/t", changes[_i].row);
	if (changes[_i].told != NULL)
		ck_assert_msg(strstr(program_err(&client), changes[_i].told) !=
			NULL,
		    "%s", program_err(&client));
	server_stop(&server);
}
END_TEST

/* Names without -r ask STAT. */
START_TEST(single_files)
{
	scratch_fill("served/f", 1000, 1);
	scratch_age("served/f");
	scratch_fill("served/g", 1000, 2);
	serve();
	here_get(&client, server.port, 0, "first", HERE_LIST("-u", "f", "g"));
	ck_assert_uint_eq(FETCHES, 2);
	here_get(&client, server.port, 0, "second", HERE_LIST("-u", "f", "g"));
	ck_assert_uint_eq(FETCHES, 2);
	ck_assert_ptr_nonnull(strstr(program_err(&client), "0 files"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "2 unchanged"));
	scratch_append("served/f", "more");
	here_get(&client, server.port, 0, "third",
	    HERE_LIST("-u", "-j4", "f", "g"));
	ck_assert_uint_eq(FETCHES, 3);
	sum_expect_files("here/newf", "served/f");
	/* Regression: with -r the name of a file was refused once the file was
	 * here. */
	here_get(&client, server.port, 0, "-ru", HERE_LIST("-ru", "f"));
	ck_assert_uint_eq(FETCHES, 3);
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 unchanged"));
	scratch_append("served/f", "more");
	here_get(&client, server.port, 0, "-ru", HERE_LIST("-ru", "f"));
	ck_assert_uint_eq(FETCHES, 4);
	sum_expect_files("here/newf", "served/f");
	here_get(&client, server.port, 0, "-o",
	    HERE_LIST("-u", "-o", "x", "f"));
	here_get(&client, server.port, 0, "-o",
	    HERE_LIST("-u", "-o", "x", "f"));
	ck_assert_uint_eq(FETCHES, 5);
	here_get(&client, server.port, 4, "missing",
	    HERE_LIST("-u", "missing", "f"));
	scratch_mkdir("served/d");
	here_get(&client, server.port, 5, "a folder", HERE_LIST("-u", "d"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "-r fetches it"));
	server_stop(&server);
}
END_TEST

/* -n with existing files, and --max-size: each skipped file is reported, the
 * others arrive, and skipped files are not sent. */
START_TEST(not_replaced)
{
	unsigned before;

	tree_fill_many("served/t", 50);
	tree_fill("served/t/large", 3000000, 1);
	serve();
	here_get(&client, server.port, 10, "--max-size",
	    HERE_LIST("-r", "--max-size=1M", "t"));
	ck_assert_uint_eq(scratch_count("here/newt"), 50);
	ck_assert_ptr_nonnull(strstr(program_err(&client), "50 files"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 failed"));
	ck_assert_uint_eq(FETCHES, 50);
	scratch_text("here/newt/f7", "mine");
	scratch_text("here/newt/large", "mine");
	scratch_remove("here/newt/f9");
	before = FETCHES;
	here_get(&client, server.port, 10, "-n", HERE_LIST("-rn", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 file, "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "50 failed"));
	sum_expect_files("here/newt/f9", "served/t/f9");
	ck_assert_uint_eq(FETCHES - before, 1);
	here_expect_names("here", "-n", HERE_LIST("newt"));
	ck_assert_uint_eq(tree_count_ending("here", ".part"), 0);
	/* Both options: a file that is the same is skipped, and the others are
	 * reported. */
	here_get(&client, server.port, 10, "-nu", HERE_LIST("-rnu", "t"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "49 unchanged, 2 failed"));
	server_stop(&server);
}
END_TEST

Suite *
updates_suite(void)
{
	Suite *suite = suite_create("updates");
	TCase *tcase;

	tcase = harness_case(suite, "unchanged", 180);
	tcase_add_test(tcase, unchanged_files_are_not_fetched);
	tcase = harness_case(suite, "changed", 60);
	tcase_add_loop_test(tcase, changed_files_are_fetched, 0,
	    (int)HARNESS_ROWS(changes));
	tcase_add_test(tcase, single_files);
	tcase_add_test(tcase, not_replaced);
	return suite;
}
