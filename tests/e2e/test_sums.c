/*
 * --sums, whose output the real sha256sum(1) is to accept, and -c, which
 * takes what that prints.
 */

#include <sys/stat.h>

#include <stdbool.h>
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
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static struct program client, tool;
static struct server server;

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A port that nobody listens on. */
static uint16_t
nobody(void)
{
	uint16_t port;

	close(wire_listen(&port));
	return port;
}

/* sha256sum in a folder of the scratch folder: its exit code. */
static int
run_tool(const char *folder, const char *const *args)
{
	program_start(&tool,
	    &(struct program_options){.path = "/usr/bin/sha256sum",
		.args = args,
		.cwd = folder});
	return program_wait(&tool, WAIT_LIMIT);
}

static const char *const odd[] = {
    "plain",
    "with space",
    " leading",
    "trailing ",
    "new\nline",
    "re\rturn",
    "back\\slash",
    "\\n",
    "\\",
    "*star",
    "-dash",
    "\377\376",
    "\303\244",
    "\033[31m",
    "a  b",
    "#comment",
};

static void
serve_odd(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		snprintf(name, sizeof(name), "served/%s", odd[i]);
		scratch_fill(name, 1000 + i, i);
		snprintf(name, sizeof(name), "served/t/%s/%s", odd[i], odd[i]);
		tree_fill(name, 1000 + i, 100 + i);
	}
	scratch_fill("served/empty", 0, 1);
	scratch_fill("served/large", 20000000, 1);
	server_start(&server, NULL);
}

static const struct {
	const char *row;
	const char *const args[8];
	unsigned n;
} printed[] = {
    {"files", {"--sums", "plain", "empty", "large", "back\\slash", NULL}, 4},
    {"-q", {"--sums", "-q", "plain", NULL}, 1},
    {"-k", {"--sums", "-k", "*star", "-dash", NULL}, 2},
    {"-P", {"--sums", "-P", "sub", "new\nline", "plain", NULL}, 2},
    {"-o", {"--sums", "-o", "x y", "plain", NULL}, 1},
    {"pieces", {"--sums", "-j4", "large", "plain", NULL}, 2},
    {"unverified", {"--sums", "--no-verify", "large", "plain", NULL}, 2},
    {"a tree", {"--sums", "-r", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -P", {"--sums", "-r", "-P", "sub", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -o", {"--sums", "-r", "-o", "x", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -o .", {"--sums", "-r", "-o", ".", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -o there", {"--sums", "-r", "-o", "sub", "t", NULL},
	HARNESS_ROWS(odd)},
    {"a tree, -j", {"--sums", "-r", "-j4", "t", NULL}, HARNESS_ROWS(odd)},
};

START_TEST(accepted_by_sha256sum)
{
	const char *args[10];
	size_t n, len;
	char *text;

	serve_odd();
	scratch_mkdir("here/sub");
	/* "-dash" is a name here. */
	for (n = 0; printed[_i].args[n] != NULL; n++)
		args[n] = printed[_i].args[n];
	args[n] = NULL;
	if (strcmp(printed[_i].row, "-k") == 0) {
		args[2] = "--";
		args[3] = "*star";
		args[4] = "-dash";
		args[5] = NULL;
	}
	here_get(&client, server.port, 0, printed[_i].row, args);
	text = scratch_read(client.out_name, &len);
	ck_assert_uint_eq(program_lines(text), printed[_i].n);
	scratch_write("here/sums", text, len);
	free(text);
	ck_assert_msg(run_tool("here",
			  HERE_LIST("-c", "--strict", "--quiet", "sums")) == 0,
	    "%s: %s%s", printed[_i].row, program_out(&tool),
	    program_err(&tool));
	server_stop(&server);
}
END_TEST

/* What sha256sum prints of the served files, in each of its ways. */
static const struct {
	const char *row;
	const char *option;
	bool dotted; /* "./name" */
} formats[] = {
    {"text", "--text", false},
    {"binary", "--binary", false},
    {"dotted", "--text", true},
};

static void
print_served(const char *option, bool dotted)
{
	static char names[HARNESS_ROWS(odd)][32];
	const char *args[HARNESS_ROWS(odd) + 3];
	size_t i, n = 0, len;
	char *text;

	args[n++] = option;
	args[n++] = "--";
	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		snprintf(names[i], sizeof(names[i]), "%s%s", dotted ? "./" : "",
		    odd[i]);
		args[n++] = names[i];
	}
	args[n] = NULL;
	ck_assert_int_eq(run_tool("served", args), 0);
	text = scratch_read(tool.out_name, &len);
	scratch_write("here/sums", text, len);
	free(text);
}

START_TEST(what_sha256sum_prints_is_taken)
{
	char got[64], served[64];
	size_t i;

	serve_odd();
	print_served(formats[_i].option, formats[_i].dotted);
	here_get(&client, server.port, 0, formats[_i].row,
	    HERE_LIST("-k", "-c", "sums"));
	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		snprintf(got, sizeof(got), "here/%s", odd[i]);
		snprintf(served, sizeof(served), "served/%s", odd[i]);
		sum_expect_files(got, served);
	}
	server_stop(&server);
	/* All is right: no server is needed. */
	here_get(&client, nobody(), 0, "again", HERE_LIST("-k", "-c", "sums"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "0 files"));
	/* One is not: just that is asked for. */
	scratch_append("here/plain", "x");
	here_get(&client, nobody(), 3, "one wrong",
	    HERE_LIST("-k", "-c", "sums"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 failed"));
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "one wrong, mended",
	    HERE_LIST("-k", "-c", "sums"));
	sum_expect_files("here/plain", "served/plain");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 file "));
	server_stop(&server);
}
END_TEST

START_TEST(wrong_sum)
{
	serve_odd();
	print_served("--text", false);
	scratch_append("served/plain", "x");
	scratch_text("here/newplain", "old");
	here_get(&client, server.port, 8, "wrong", HERE_LIST("-c", "sums"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "plain: its SHA-256"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 failed"));
	/* The older one stands, all others are there, and nothing else. */
	ck_assert_uint_eq(scratch_count("here"), HARNESS_ROWS(odd) + 1);
	scratch_remove("here/newplain");
	here_get(&client, server.port, 8, "with -j",
	    HERE_LIST("-j4", "-c", "sums"));
	ck_assert_uint_eq(scratch_count("here"), HARNESS_ROWS(odd));
	/* A link to a file with the right sum is not that file. */
	scratch_remove("served/plain");
	scratch_fill("served/plain", 1000, 0);
	scratch_symlink("../served/plain", "here/newplain");
	here_get(&client, server.port, 0, "a link", HERE_LIST("-c", "sums"));
	sum_expect_files("here/newplain", "served/plain");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 file "));
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	const char *text;
	size_t len; /* 0: all of it */
	const char *told;
} malformed[] = {
    {"words", "nonsense\n", 0, "line 1"},
    {"an empty line", SUM "  a\n\n", 0, "line 2"},
    {"no name", SUM "  \n", 0, "line 1"},
    {"one blank", SUM " a\n", 0, "line 1"},
    {"a tab", SUM "\t a\n", 0, "line 1"},
    {"a digit too few", "123\n", 0, "line 1"},
    {"a digit too many", SUM "0  a\n", 0, "line 1"},
    {"no digit", SUM "  a\n" SUM "  b\nx" SUM "  c\n", 0, "line 3"},
    {"unknown escape", "\\" SUM "  a\\x\n", 0, "line 1"},
    {"half an escape", "\\" SUM "  a\\\n", 0, "line 1"},
    {"a NUL", SUM "  a\0b\n", 64 + 6, "line 1"},
    {"a NUL in the sum", SUM "  a\n012\0", 64 + 4 + 4, "line 2"},
    {"half a mark", "\357\273" SUM "  a\n", 0, "line 1"},
    {"two marks", "\357\273\277\357\273\277" SUM "  a\n", 0, "line 1"},
    {"a mark in line 2", SUM "  a\n\357\273\277" SUM "  b\n", 0, "line 2"},
    {"a mark and an empty line", "\357\273\277\n" SUM "  b\n", 0, "line 1"},
    {"a mark and a NUL", "\357\273\277\0\n", 5, "line 1"},
    {"MD5", "d41d8cd98f00b204e9800998ecf8427e  a\n", 0, "line 1"},
};

START_TEST(malformed_lines)
{
	size_t i;

	for (i = 0; i < HARNESS_ROWS(malformed); i++) {
		scratch_write("here/sums", malformed[i].text,
		    malformed[i].len == 0 ? strlen(malformed[i].text) :
					    malformed[i].len);
		here_get(&client, nobody(), 2, malformed[i].row,
		    HERE_LIST("-c", "sums"));
		ck_assert_msg(strstr(program_err(&client), malformed[i].told) !=
			NULL,
		    "%s: %s", malformed[i].row, program_err(&client));
		here_expect_names("here", malformed[i].row, HERE_LIST("sums"));
	}
	here_get(&client, nobody(), 2, "no such file",
	    HERE_LIST("-c", "missing"));
	scratch_text("here/sums", "");
	here_get(&client, nobody(), 0, "no line", HERE_LIST("-c", "sums"));
}
END_TEST

/* What Windows puts around the lines of a file. */
static const struct {
	const char *row;
	const char *before, *end;
} marks[] = {
    {"a mark", "\357\273\277", "\n"},
    {"a mark and returns", "\357\273\277", "\r\n"},
    {"returns", "", "\r\n"},
};

START_TEST(written_on_windows)
{
	char text[512], sum[65], escaped[65];

	scratch_fill("served/a", 1000, 1);
	scratch_fill("served/back\\slash", 1000, 2);
	ck_assert_int_eq(run_tool("served", HERE_LIST("a")), 0);
	strlcpy(sum, program_out(&tool), sizeof(sum));
	ck_assert_int_eq(run_tool("served", HERE_LIST("back\\slash")), 0);
	strlcpy(escaped, program_out(&tool) + 1, sizeof(escaped));
	/* The escaped one first: the mark is before its backslash. */
	snprintf(text, sizeof(text), "%s\\%s  back\\\\slash%s%s  a%s",
	    marks[_i].before, escaped, marks[_i].end, sum, marks[_i].end);
	scratch_text("here/sums", text);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, marks[_i].row,
	    HERE_LIST("-k", "-c", "sums"));
	sum_expect_files("here/a", "served/a");
	sum_expect_files("here/back\\slash", "served/back\\slash");
	here_expect_names("here", marks[_i].row,
	    HERE_LIST("sums", "a", "back\\slash"));
	server_stop(&server);
	scratch_text("here/sums", marks[_i].before);
	here_get(&client, nobody(), 0, "no line", HERE_LIST("-c", "sums"));
}
END_TEST

/* Names that no server may be asked for do not hold up the others. */
START_TEST(names_outside)
{
	char text[512];
	size_t len;
	char *out;

	scratch_fill("served/a", 1000, 1);
	ck_assert_int_eq(run_tool("served", HERE_LIST("a")), 0);
	out = scratch_read(tool.out_name, &len);
	snprintf(text, sizeof(text),
	    SUM "  ../x\r\n" SUM "  /etc/passwd\n" SUM "  a/../b\n%s" SUM
		" *./../y\n",
	    out);
	free(out);
	scratch_text("here/sums", text);
	server_start(&server, NULL);
	here_get(&client, server.port, 2, "outside", HERE_LIST("-c", "sums"));
	sum_expect_files("here/newa", "served/a");
	here_expect_names("here", "outside", HERE_LIST("sums", "newa"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "4 failed"));
	server_stop(&server);
}
END_TEST

Suite *
sums_suite(void)
{
	Suite *suite = suite_create("sums");
	TCase *tcase;

	tcase = harness_case(suite, "printed", 60);
	tcase_add_loop_test(tcase, accepted_by_sha256sum, 0,
	    (int)HARNESS_ROWS(printed));
	tcase = harness_case(suite, "required", 60);
	tcase_add_loop_test(tcase, what_sha256sum_prints_is_taken, 0,
	    (int)HARNESS_ROWS(formats));
	tcase_add_loop_test(tcase, written_on_windows, 0,
	    (int)HARNESS_ROWS(marks));
	tcase_add_test(tcase, wrong_sum);
	tcase_add_test(tcase, malformed_lines);
	tcase_add_test(tcase, names_outside);
	return suite;
}
