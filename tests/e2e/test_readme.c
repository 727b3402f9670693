/*
 * The Python client in the README, exactly as printed there, with a real
 * server: the statements of the README about it are true.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	README_SIZE = 256 * 1024, /* maximum in bytes */
	README_LINES = 15,	  /* maximum number of lines of the client */
};

static struct program python;
static struct server server;

/* Writes the only Python block of the README to "client.py". */
static void
extract_client(void)
{
	static const char opening[] = "\n```python\n", closing[] = "\n```\n";
	static char text[README_SIZE];
	char *begin, *end;
	FILE *file = fopen("README.md", "r");
	size_t len;

	/* Tests run in the top folder. */
	ck_assert_msg(file != NULL, "there is no README.md in this folder");
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	ck_assert_uint_lt(len, sizeof(text) - 1);
	text[len] = '\0';
	begin = strstr(text, opening);
	ck_assert_msg(begin != NULL, "the README has no block of Python");
	begin += strlen(opening);
	ck_assert_ptr_null(strstr(begin, opening));
	end = strstr(begin, closing);
	ck_assert_ptr_nonnull(end);
	end[1] = '\0';
	/* The README calls it short. */
	ck_assert_uint_le(program_lines(begin), README_LINES);
	scratch_text("client.py", begin);
}

/* Runs it. Returns its exit code; 127 without python3. */
static int
run_client(const char *name)
{
	char path[SCRATCH_PATH], port[8];

	snprintf(port, sizeof(port), "%u", server.port);
	program_start(&python,
	    &(struct program_options){.path = "/usr/bin/env",
		.args = HERE_LIST("python3", scratch_path(path, "client.py"),
		    "127.0.0.1", port, name),
		.cwd = "here"});
	return program_wait(&python, WAIT_LIMIT);
}

static const struct {
	const char *name; /* requested name */
	const char *here; /* written file */
	uint64_t size;
} files[] = {
    {"text", "newtext", 100},
    {"binary", "newbinary", 3000000},
    {"empty", "newempty", 0},
    {"gr\303\274n", "newgr\303\274n", 5000},
    {"folder/inside", "newinside", 70000},
};

START_TEST(the_client_of_the_readme)
{
	char got[64], wanted[64];
	size_t i;
	int code;

	extract_client();
	scratch_mkdir("served/folder");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(files); i++) {
		snprintf(got, sizeof(got), "here/%s", files[i].here);
		snprintf(wanted, sizeof(wanted), "served/%s", files[i].name);
		scratch_fill(wanted, files[i].size, i + 1);
		code = run_client(files[i].name);
		if (code == 127) {
			harness_skip("the_client_of_the_readme",
			    "there is no python3");
			break;
		}
		ck_assert_msg(code == 0, "%s: exit %d:\n%s", files[i].name,
		    code, program_err(&python));
		sum_expect_files(got, wanted);
	}
	server_stop(&server);
}
END_TEST

/* An error is reported with the server's message, and no file is written. */
START_TEST(the_client_of_the_readme_refused)
{
	int code;

	extract_client();
	server_start(&server, NULL);
	code = run_client("missing");
	server_stop(&server);
	if (code == 127) {
		harness_skip("the_client_of_the_readme_refused",
		    "there is no python3");
		return;
	}
	ck_assert_int_eq(code, 1);
	ck_assert_str_eq(program_err(&python), "error 1: no such file\n");
	here_expect_names("here", "missing", HERE_LIST(NULL));
}
END_TEST

Suite *
readme_suite(void)
{
	Suite *suite = suite_create("readme");
	TCase *tcase;

	tcase = harness_case(suite, "client", 60);
	tcase_add_test(tcase, the_client_of_the_readme);
	tcase_add_test(tcase, the_client_of_the_readme_refused);
	return suite;
}
