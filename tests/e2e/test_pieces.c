/*
 * Large files fetched in pieces over several connections from real servers:
 * files of different sizes, and each option that matters.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

/* Twelve pieces, the last one shorter. */
#define SIZE (PIECES_ONE * 12 - 12345)

#define LOGGED HERE_LIST("--log-format", "json")

static struct program client;

/* ---- sizes and options -------------------------------------------------- */

static const struct {
	const char *row;
	uint64_t size;
	unsigned fetches;
} sizes[] = {
    {"not in pieces", PIECES_LEAST - 1, 1},
    {"the least", PIECES_LEAST, 8},
    {"one byte more", PIECES_LEAST + 1, 9},
    {"one byte less than ten", 10 * PIECES_ONE - 1, 10},
    {"200 MiB", 25 * PIECES_ONE, 25},
};

START_TEST(of_every_size)
{
	struct pieces_sent sent;
	struct server server;

	pieces_serve(&server, sizes[_i].size, LOGGED);
	here_get(&client, server.port, 0, sizes[_i].row, HERE_LIST("-j4", "f"));
	server_stop(&server);
	pieces_expect_file(sizes[_i].row, "newf");
	sent = pieces_sent(&server, "FETCH");
	if (sizes[_i].fetches == 1) {
		ck_assert_uint_eq(sent.n, 1);
		ck_assert_uint_eq(sent.bytes, sizes[_i].size + PIECES_AROUND);
		return;
	}
	/* On a slow machine a connection that brings nothing is replaced, and
	 * its pieces are fetched again. */
	ck_assert_uint_ge(sent.n, sizes[_i].fetches);
	ck_assert_uint_ge(sent.bytes,
	    sizes[_i].size + sizes[_i].fetches * (uint64_t)PIECES_AROUND);
}
END_TEST

static const struct {
	const char *row;
	const char *args[3];
	int code;
	const char *name; /* local name */
	bool has_old;	  /* newf exists before */
	const char *said;
} withs[] = {
    {"-j 1", {"-j1"}, 0, "newf", true, "verified"},
    {"-j 64", {"-j64"}, 0, "newf", true, "verified"},
    {"--no-verify", {"--no-verify"}, 0, "newf", true, "not verified"},
    {"--fsync", {"--fsync"}, 0, "newf", false, "verified"},
    {"-k", {"-k"}, 0, "f", false, "verified"},
    {"-o", {"-o", "other"}, 0, "other", false, "-> other"},
    {"--no-resume", {"--no-resume"}, 0, "newf", true, "verified"},
    {"-n", {"-n"}, 10, "newf", true, "is not replaced"},
    {"-n, none there", {"-n"}, 0, "newf", false, "verified"},
    {"--max-size", {"--max-size=64M"}, 10, "newf", true, "--max-size"},
    {"a large --max-size", {"--max-size=96M"}, 0, "newf", true, "verified"},
    {"a wrong --sha256",
	{"--sha256",
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000000"},
	8, "newf", true, "SHA-256"},
};

START_TEST(with_every_option)
{
	const char *args[6] = {"-j4"};
	struct server server;
	size_t i;

	pieces_serve(&server, SIZE, NULL);
	if (withs[_i].has_old)
		scratch_text("here/newf", "older");
	for (i = 0; withs[_i].args[i] != NULL; i++)
		args[i + 1] = withs[_i].args[i];
	args[i + 1] = "f";
	here_get(&client, server.port, withs[_i].code, withs[_i].row, args);
	ck_assert_ptr_nonnull(strstr(program_err(&client), withs[_i].said));
	if (withs[_i].code != 0)
		sum_of(&pieces_served, "older", 5);
	pieces_expect_file(withs[_i].row, withs[_i].name);
	server_stop(&server);
}
END_TEST

/* Sums are those of the assembled file. */
START_TEST(with_sums)
{
	char hex[2 * SHA256_DIGEST_LENGTH + 1], line[128];
	struct server server;
	size_t i;

	pieces_serve(&server, SIZE, NULL);
	for (i = 0; i < sizeof(pieces_served.bytes); i++)
		snprintf(hex + 2 * i, 3, "%02x", pieces_served.bytes[i]);
	here_get(&client, server.port, 0, "--sums, --sha256",
	    HERE_LIST("-j4", "--sums", "--sha256", hex, "f"));
	snprintf(line, sizeof(line), "%s  newf\n", hex);
	ck_assert_str_eq(program_out(&client), line);
	pieces_expect_file("--sums", "newf");
	/* -c uses the server's name: the file is fetched, and then skipped. */
	scratch_remove("here/newf");
	snprintf(line, sizeof(line), "%s  f\n", hex);
	scratch_text("outside/sums", line);
	here_get(&client, server.port, 0, "-c",
	    HERE_LIST("-j4", "-c", "../outside/sums"));
	pieces_expect_file("-c", "newf");
	here_get(&client, server.port, 0, "-c again",
	    HERE_LIST("-j4", "-v", "-c", "../outside/sums"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "the same already"));
	server_stop(&server);
}
END_TEST

START_TEST(to_standard_output)
{
	struct pieces_sent sent;
	struct server server;

	pieces_serve(&server, SIZE, LOGGED);
	here_get(&client, server.port, 0, "-o -", HERE_LIST("-j4", "-o-", "f"));
	server_stop(&server);
	here_expect_names("here", "-o -", HERE_LIST(NULL));
	scratch_rename(client.out_name, "here/newf");
	pieces_expect_file("-o -", "newf");
	sent = pieces_sent(&server, "FETCH");
	ck_assert_uint_eq(sent.n, 1);
}
END_TEST

/* A file with the same size and mtime is the same. */
START_TEST(updated)
{
	struct pieces_sent sent;
	struct server server;

	pieces_serve(&server, SIZE, LOGGED);
	here_get(&client, server.port, 0, "-u", HERE_LIST("-j4", "-u", "f"));
	here_get(&client, server.port, 0, "-u", HERE_LIST("-j4", "-u", "f"));
	server_stop(&server);
	pieces_expect_file("-u", "newf");
	sent = pieces_sent(&server, "FETCH");
	ck_assert_uint_eq(sent.n, 12);
}
END_TEST

/* ---- no room ------------------------------------------------------------ */

static void
limit_size(void)
{
	struct rlimit limit = {50 << 20, 50 << 20};

	setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(larger_than_a_file_may_be)
{
	struct server server;

	pieces_serve(&server, SIZE, NULL);
	scratch_text("here/newf", "older");
	here_start_after(&client, server.port, HERE_LIST("-j4", "f"),
	    limit_size);
	here_expect_exit(&client, 10, "50 MiB");
	sum_of(&pieces_served, "older", 5);
	pieces_expect_file("50 MiB", "newf");
	server_stop(&server);
}
END_TEST

Suite *
pieces_suite(void)
{
	Suite *suite = suite_create("pieces");
	TCase *tcase;

	tcase = harness_case(suite, "whole", 120);
	tcase_add_loop_test(tcase, of_every_size, 0, (int)HARNESS_ROWS(sizes));
	tcase_add_loop_test(tcase, with_every_option, 0,
	    (int)HARNESS_ROWS(withs));
	tcase_add_test(tcase, with_sums);
	tcase_add_test(tcase, to_standard_output);
	tcase_add_test(tcase, updated);
	tcase_add_test(tcase, larger_than_a_file_may_be);
	return suite;
}
