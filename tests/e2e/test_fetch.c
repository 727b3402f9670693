/*
 * Files arrive as served: each size, many names, and each option that selects
 * names or the way to fetch them.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/stream.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

#define KIB ((uint64_t)1024)
#define MIB ((uint64_t)1024 * 1024)

static const struct {
	const char *row;
	uint64_t size;
} sizes[] = {
    {"empty", 0},
    {"one", 1},
    {"32KiB-1", 32 * KIB - 1},
    {"32KiB", 32 * KIB},
    {"32KiB+1", 32 * KIB + 1},
    {"small-1", STREAM_IN / 2 - 1},
    {"small", STREAM_IN / 2},
    {"small+1", STREAM_IN / 2 + 1},
    {"STREAM_OUT-1", STREAM_OUT - 1},
    {"STREAM_OUT", STREAM_OUT},
    {"STREAM_OUT+1", STREAM_OUT + 1},
    {"STREAM_IN-1", STREAM_IN - 1},
    {"STREAM_IN", STREAM_IN},
    {"STREAM_IN+1", STREAM_IN + 1},
    {"SINK_BUFFER-1", 256 * KIB - 1},
    {"SINK_BUFFER", 256 * KIB},
    {"SINK_BUFFER+1", 256 * KIB + 1},
    {"1MiB-1", MIB - 1},
    {"1MiB", MIB},
    {"1MiB+1", MIB + 1},
    {"64MiB", 64 * MIB},
};

/* Serves the files of the rows; compares here/new<row> with each. */
static void
expect_all_sizes(const char *how)
{
	char got[64], wanted[64];
	size_t i;

	for (i = 0; i < HARNESS_ROWS(sizes); i++) {
		snprintf(got, sizeof(got), "here/new%s", sizes[i].row);
		snprintf(wanted, sizeof(wanted), "served/%s", sizes[i].row);
		sum_expect_files(got, wanted);
		scratch_remove(got);
	}
	here_expect_names("here", how, HERE_LIST(NULL));
}

static const struct {
	const char *row;
	const char *const args[2]; /* arguments before the names */
} hows[] = {
    {"verified", {"--retry=0", NULL}},
    {"not verified", {"--no-verify", NULL}},
    {"on disk", {"--fsync", NULL}},
};

/* All names in one run, and each in a run of its own. */
START_TEST(every_size_arrives)
{
	const char *args[HARNESS_ROWS(sizes) + 2];
	struct server server;
	struct program client;
	char name[64];
	size_t how, i;

	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(sizes); i++) {
		snprintf(name, sizeof(name), "served/%s", sizes[i].row);
		scratch_fill(name, sizes[i].size, i + 1);
		args[i + 1] = sizes[i].row;
	}
	args[i + 1] = NULL;
	for (how = 0; how < HARNESS_ROWS(hows); how++) {
		args[0] = hows[how].args[0];
		here_get(&client, server.port, 0, hows[how].row, args);
		expect_all_sizes(hows[how].row);
	}
	for (i = 0; i < HARNESS_ROWS(sizes); i++)
		here_get(&client, server.port, 0, sizes[i].row,
		    HERE_LIST(sizes[i].row));
	expect_all_sizes("one by one");
	server_stop(&server);
}
END_TEST

/* A failed name does not stop the others; the first failure determines the exit
 * code. */
START_TEST(failures_between)
{
	struct server server;
	struct program client;

	scratch_fill("served/a", 100000, 1);
	scratch_fill("served/b", 10, 2);
	scratch_mkdir("served/folder");
	scratch_fill("served/folder/c", 5000, 3);
	server_start(&server, NULL);
	here_get(&client, server.port, 4, "not found first",
	    HERE_LIST("a", "missing", "folder", "b", "folder/c"));
	sum_expect_files("here/newa", "served/a");
	sum_expect_files("here/newb", "served/b");
	sum_expect_files("here/newc", "served/folder/c");
	here_expect_names("here", "three of five",
	    HERE_LIST("newa", "newb", "newc"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "missing: "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "folder: "));
	here_get(&client, server.port, 5, "a folder first",
	    HERE_LIST("folder", "a", "missing"));
	/* An invalid name fails before any request. */
	here_get(&client, server.port, 2, "a bad name",
	    HERE_LIST("missing", "a", "../x"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "missing: "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "../x: "));
	server_stop(&server);
}
END_TEST

enum {
	MANY = HARNESS_SLOW ? 2000 : 10000
};

/* Serves many small files, and writes their names into "here/names". */
static void
make_many(char separator)
{
	size_t size = (size_t)MANY * 16, len = 0;
	char name[32], *names = malloc(size);
	int i;

	ck_assert_ptr_nonnull(names);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "served/f%d", i);
		scratch_fill(name, (uint64_t)(i % 100) * 41, (uint64_t)i);
		len += (size_t)snprintf(names + len, size - len, "f%d%c", i,
		    separator);
	}
	scratch_write("here/names", names, len);
	free(names);
}

static void
expect_many(void)
{
	char got[32], wanted[32];
	int i;

	for (i = 0; i < MANY; i++) {
		snprintf(got, sizeof(got), "here/newf%d", i);
		snprintf(wanted, sizeof(wanted), "served/f%d", i);
		sum_expect_files(got, wanted);
		scratch_remove(got);
	}
	here_expect_names("here", "many", HERE_LIST("names"));
}

START_TEST(names_from_a_file)
{
	struct server server;
	struct program client;

	server_start(&server, HERE_LIST("-q"));
	make_many('\n');
	here_get(&client, server.port, 0, "-i", HERE_LIST("-q", "-i", "names"));
	expect_many();
	make_many('\0');
	here_get(&client, server.port, 0, "-0 -i",
	    HERE_LIST("-q", "-0", "-i", "names"));
	expect_many();
	server_stop(&server);
}
END_TEST

/* Names from standard input and from an operand: empty lines, a name that
 * fails, a last line without a newline, and names as find(1) prints them.
 * Regression: the carriage return of a Windows line, and the byte order mark,
 * were taken as part of the name. */
static const char *const lists[] = {
    "a\n\nmissing\nb",
    "a\r\n\r\nmissing\r\nb\r\n",
    "\357\273\277a\r\nmissing\r\nb\r\n",
    "./a\n./missing\n./b\n",
};

START_TEST(names_from_standard_input)
{
	struct server server;
	struct program client;

	scratch_fill("served/a", 1000, 1);
	scratch_fill("served/b", 2000, 2);
	scratch_fill("served/c", 3000, 3);
	server_start(&server, NULL);
	client_start_with_input(&client, server.port, HERE_LIST("-i", "-", "c"),
	    NULL);
	program_say(&client, lists[_i]);
	program_hang_up(&client);
	here_expect_exit(&client, 4, "-i -");
	sum_expect_files("here/newa", "served/a");
	sum_expect_files("here/newb", "served/b");
	sum_expect_files("here/newc", "served/c");
	here_expect_names("here", "-i -", HERE_LIST("newa", "newb", "newc"));
	server_stop(&server);
}
END_TEST

/* An invalid name from a file fails alone. */
START_TEST(invalid_names)
{
	static const char names[] = "a\0x\ny\0../up\0b";
	struct server server;
	struct program client;

	scratch_fill("served/a", 1000, 1);
	scratch_fill("served/b", 2000, 2);
	scratch_fill("served/x\ny", 3000, 3);
	scratch_write("here/names", names, sizeof(names));
	server_start(&server, NULL);
	here_get(&client, server.port, 2, "-0 -i",
	    HERE_LIST("-0i", "names", "a"));
	/* "a" comes twice: the second would overwrite the first. */
	here_expect_names("here", "-0",
	    HERE_LIST("names", "newa", "newb", "newx\ny"));
	sum_expect_files("here/newa", "served/a");
	sum_expect_files("here/newb", "served/b");
	sum_expect_files("here/newx\ny", "served/x\ny");
	here_get(&client, server.port, 2, "no such list",
	    HERE_LIST("-i", "missing", "a"));
	server_stop(&server);
}
END_TEST

/* If two names have the same local name, the second is refused. */
START_TEST(the_same_file_twice)
{
	struct server server;
	struct program client;

	scratch_mkdir("served/x");
	scratch_mkdir("served/y");
	scratch_fill("served/x/f", 1000, 1);
	scratch_fill("served/y/f", 1000, 2);
	server_start(&server, NULL);
	here_get(&client, server.port, 2, "x/f y/f",
	    HERE_LIST("x/f", "y/f", "x/f"));
	sum_expect_files("here/newf", "served/x/f");
	here_expect_names("here", "x/f y/f", HERE_LIST("newf"));
	server_stop(&server);
}
END_TEST

/* Two processes fetch the same file at the same time: both succeed, and the
 * file is complete. */
START_TEST(the_same_file_by_two_processes)
{
	struct program clients[2];
	struct server server;
	int round;

	scratch_fill("served/f", 8 * MIB, 1);
	server_start(&server, NULL);
	for (round = 0; round < 5; round++) {
		client_start(&clients[0], server.port, HERE_LIST("f"), NULL);
		client_start(&clients[1], server.port, HERE_LIST("f"), NULL);
		here_expect_exit(&clients[0], 0, "the first");
		here_expect_exit(&clients[1], 0, "the second");
		sum_expect_files("here/newf", "served/f");
		here_expect_names("here", "both", HERE_LIST("newf"));
	}
	server_stop(&server);
}
END_TEST

/* Names are bytes; control characters are escaped. */
static const char *const strange[] = {
    "\033[2J\033]0;owned\007",
    "\001\002\037\177",
    "tab\tcr\rnewline\nend",
    "\377\376 no UTF-8 \300\257",
    "C1 \302\23331m \302\205",
    "gr\303\274n \342\202\254 \360\237\230\200",
    "turned \342\200\256 txt.exe",
    "-rf",
    " ",
    "back\\slash",
    "%s%n",
};

START_TEST(strange_names)
{
	char got[128], wanted[128];
	struct program client;
	struct server server;
	size_t i;

	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(strange); i++) {
		snprintf(wanted, sizeof(wanted), "served/%s", strange[i]);
		scratch_fill(wanted, 1000 + i, i);
		snprintf(got, sizeof(got), "here/new%s", strange[i]);
		here_get(&client, server.port, 0, strange[i],
		    HERE_LIST("-v", "--", strange[i]));
		sum_expect_files(got, wanted);
		here_expect_harmless(program_err(&client), strange[i]);
		/* A line at the start and one at the end. */
		ck_assert_uint_eq(program_lines(program_err(&client)), 2);
		scratch_remove(wanted);
		here_get(&client, server.port, 4, strange[i],
		    HERE_LIST("--", strange[i]));
		here_expect_harmless(program_err(&client), strange[i]);
	}
	ck_assert_uint_eq(scratch_count("here"), HARNESS_ROWS(strange));
	server_stop(&server);
}
END_TEST

Suite *
fetch_suite(void)
{
	Suite *suite = suite_create("fetch");
	TCase *tcase;

	tcase = harness_case(suite, "sizes", 120);
	tcase_add_test(tcase, every_size_arrives);
	tcase = harness_case(suite, "names", 120);
	tcase_add_test(tcase, failures_between);
	tcase_add_test(tcase, names_from_a_file);
	tcase_add_loop_test(tcase, names_from_standard_input, 0,
	    (int)HARNESS_ROWS(lists));
	tcase_add_test(tcase, invalid_names);
	tcase_add_test(tcase, the_same_file_twice);
	tcase_add_test(tcase, the_same_file_by_two_processes);
	tcase_add_test(tcase, strange_names);
	return suite;
}
