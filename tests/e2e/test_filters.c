/* --include and --exclude with a real server: the same names for -r and -lr. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/tree.h"

static struct server server;
static struct program client;

enum {
	FILTERS_ARGS = 16,
};

static void
start(void)
{
	tree_fill("served/t/a.jpg", 10, 1);
	tree_fill("served/t/a.txt", 11, 2);
	tree_fill("served/t/.dot", 12, 3);
	tree_fill("served/t/d/b.jpg", 13, 4);
	tree_fill("served/t/d/b.txt", 14, 5);
	tree_fill("served/t/d/t/c.jpg", 15, 6);
	tree_fill("served/t/cache/x", 16, 7);
	tree_fill("served/t/d/cache/y", 17, 8);
	tree_fill("served/t/e/cache", 18, 9);
	tree_fill("served/t/odd/\377\376", 19, 10);
	server_start(&server, HERE_LIST("--hidden"));
}

#define ALL_BUT_CACHE "a.jpg a.txt d d/b.jpg d/b.txt d/t d/t/c.jpg e "

/* Rules, and the names below t in the order of their bytes, each followed by a
 * blank; without "odd". */
static const struct {
	const char *row, *rules[7], *names;
} rows[] = {
    {"by last component", {"--exclude", "*.txt"},
	"a.jpg cache cache/x d d/b.jpg d/cache d/cache/y d/t d/t/c.jpg e "
	"e/cache "},
    {"folders only", {"--exclude", "cache/"}, ALL_BUT_CACHE "e/cache "},
    {"any kind", {"--exclude", "cache"}, ALL_BUT_CACHE},
    {"at the top", {"--exclude", "/cache"},
	"a.jpg a.txt d d/b.jpg d/b.txt d/cache d/cache/y d/t d/t/c.jpg e "
	"e/cache "},
    {"some files", {"--include", "*/", "--include", "*.jpg", "--exclude", "*"},
	"a.jpg cache d d/b.jpg d/cache d/t d/t/c.jpg e "},
    {"their order matters", {"--exclude", "*", "--include", "*.jpg"}, ""},
    {"a path", {"--exclude", "d/*.txt", "--exclude", "cache"},
	"a.jpg a.txt d d/b.jpg d/t d/t/c.jpg e "},
    {"NAME is never compared", {"--exclude", "/t", "--exclude", "cache"},
	ALL_BUT_CACHE},
    {"what is in a folder", {"--exclude", "/d/**", "--exclude", "cache"},
	"a.jpg a.txt d e "},
    {"nothing below an excluded folder",
	{"--include", "y", "--exclude", "cache/", "--exclude", "e"},
	"a.jpg a.txt d d/b.jpg d/b.txt d/t d/t/c.jpg "},
    {"no dot without --hidden", {"--include", ".*", "--exclude", "*"}, ""},
};

/* Collects the names that find(1) would print for here/newt. */
static void
expect_here(const char *row, const char *names)
{
	char path[SCRATCH_PATH], name[256];
	unsigned n = 0;
	size_t len;

	for (; *names != '\0'; names += len + 1, n++) {
		len = strcspn(names, " ");
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		snprintf(path, sizeof(path), "here/newt/%s", name);
		ck_assert_msg(scratch_exists(path), "%s: no %s", row, name);
	}
	ck_assert_msg(tree_count("here/newt") == n, "%s: %u names, not %u: %s",
	    row, tree_count("here/newt"), n, program_err(&client));
}

/* The last column of each line of -lr, which has no blank. */
static void
expect_listed(const char *row, const char *names)
{
	const char *line = program_out(&client), *end, *name;
	char got[1024] = "";

	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		for (name = end; name[-1] != ' '; name--)
			continue;
		strncat(got, name, (size_t)(end - name));
		strlcat(got, " ", sizeof(got));
	}
	ck_assert_msg(strcmp(got, names) == 0, "%s: %s", row, got);
}

START_TEST(trees_and_listings_agree)
{
	const char *args[FILTERS_ARGS] = {"-r", "t", "--exclude", "/odd"};
	int i;

	for (i = 0; i < 6 && rows[_i].rules[i] != NULL; i++)
		args[4 + i] = rows[_i].rules[i];
	start();
	here_get(&client, server.port, 0, rows[_i].row, args);
	expect_here(rows[_i].row, rows[_i].names);
	args[0] = "-lr";
	/* The server has such names, and a listing shows them. */
	if (strcmp(rows[_i].names, "") != 0) {
		args[4 + i] = "--exclude";
		args[5 + i] = ".dot";
		here_get(&client, server.port, 0, rows[_i].row, args);
		expect_listed(rows[_i].row, rows[_i].names);
	}
	server_stop(&server);
}
END_TEST

/* An excluded folder is not asked for: the server's log shows no LIST of it. */
START_TEST(excluded_folders_are_not_listed)
{
	start();
	here_get(&client, server.port, 0, "-r",
	    HERE_LIST("-rv", "--exclude", "cache/", "t"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "t/d/cache: excluded\n"));
	here_get(&client, server.port, 0, "-lr",
	    HERE_LIST("-lr", "--exclude", "cache/", "t"));
	server_stop(&server);
	ck_assert_ptr_null(strstr(server_log(&server), "t/d/cache"));
	ck_assert_ptr_nonnull(strstr(server_log(&server), "LIST"));
}
END_TEST

/* Bytes that are no text in any locale. */
START_TEST(names_are_bytes)
{
	start();
	here_get(&client, server.port, 0, "one byte each",
	    HERE_LIST("-r", "t", "--include", "/odd", "--include", "??",
		"--exclude", "*"));
	ck_assert_uint_eq(tree_count("here/newt"), 2);
	here_get(&client, server.port, 0, "a set",
	    HERE_LIST("-r", "t", "-o", "x", "--include", "/odd", "--exclude",
		"[\375-\377]*", "--exclude", "/*"));
	ck_assert_uint_eq(tree_count("here/x"), 1);
	server_stop(&server);
}
END_TEST

/* Each NAME has a top of its own; the top itself may be the whole share. */
START_TEST(several_names)
{
	start();
	here_get(&client, server.port, 0, "two",
	    HERE_LIST("-r", "t/d", "t/e", "--exclude", "/cache"));
	here_expect_names("here/newd", "d", HERE_LIST("b.jpg", "b.txt", "t"));
	here_expect_names("here/newe", "e", HERE_LIST(NULL));
	here_get(&client, server.port, 0, "all",
	    HERE_LIST("-r", ".", "--include", "/t", "--include", "/t/e/**",
		"--include", "/t/e", "--exclude", "**"));
	ck_assert(scratch_exists("here/new127.0.0.1/t/e/cache"));
	ck_assert_uint_eq(tree_count("here/new127.0.0.1"), 3);
	server_stop(&server);
}
END_TEST

Suite *
filters_suite(void)
{
	Suite *suite = suite_create("filters");
	TCase *tcase = harness_case(suite, "filters", 60);

	tcase_add_loop_test(tcase, trees_and_listings_agree, 0,
	    HARNESS_ROWS(rows));
	tcase_add_test(tcase, excluded_folders_are_not_listed);
	tcase_add_test(tcase, names_are_bytes);
	tcase_add_test(tcase, several_names);
	return suite;
}
