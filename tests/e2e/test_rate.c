/*
 * --limit-rate of both programs. The tests check minimum times, so that no
 * machine is too slow; without a limit the transfers are far too fast.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define MIB ((uint64_t)1024 * 1024)

static struct program client;
static struct server server;

/* Checks that n bytes since then are at most 5 % above the rate. */
static void
expect_limited(const char *what, int64_t began, uint64_t bytes, uint64_t rate)
{
	double took = (double)(clock_now() - began) / CLOCK_SEC;
	double least = 0.95 * (double)bytes / (double)rate;

	ck_assert_msg(took >= least, "%s: %.3f s instead of %.3f", what, took,
	    least);
}

/* Each way in which the bytes of a file can travel. */
static const struct {
	const char *row;
	uint64_t size;
	const char *got;
	const char *const args[4]; /* arguments before the limit */
} ways[] = {
    {"verified", 6 * MIB, "here/newf", {"f"}},
    {"not verified", 2 * MIB, "here/newf", {"f", "--no-verify"}},
    {"the last of two limits", 2 * MIB, "here/newf",
	{"f", "--limit-rate", "9T"}},
    {"standard output", 2 * MIB, NULL, {"f", "-o-"}},
};

START_TEST(the_client_keeps_the_limit)
{
	const char *args[8];
	int64_t began;
	size_t i, n;

	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(ways); i++) {
		scratch_fill("served/f", ways[i].size, i + 1);
		for (n = 0; n < 4 && ways[i].args[n] != NULL; n++)
			args[n] = ways[i].args[n];
		args[n++] = "--limit-rate";
		args[n++] = "2M";
		args[n] = NULL;
		began = clock_now();
		here_get(&client, server.port, 0, ways[i].row, args);
		expect_limited(ways[i].row, began, ways[i].size, 2 * MIB);
		sum_expect_files(ways[i].got == NULL ? client.out_name :
						       ways[i].got,
		    "served/f");
	}
	server_stop(&server);
}
END_TEST

enum {
	BATCH = 200,
	BATCH_FILE = 4096,
};

START_TEST(many_small_files_are_limited_together)
{
	char names[BATCH * 8], name[32], got[32];
	int64_t began;
	size_t len = 0;
	int i;

	server_start(&server, NULL);
	for (i = 0; i < BATCH; i++) {
		snprintf(name, sizeof(name), "served/%d", i);
		scratch_fill(name, BATCH_FILE, (uint64_t)i);
		len += (size_t)snprintf(names + len, sizeof(names) - len,
		    "%d\n", i);
	}
	scratch_write("here/names", names, len);
	began = clock_now();
	here_get(&client, server.port, 0, "a batch",
	    HERE_LIST("-i", "names", "--limit-rate=400k"));
	expect_limited("a batch", began, (uint64_t)BATCH * BATCH_FILE,
	    400 * 1024);
	for (i = 0; i < BATCH; i++) {
		snprintf(name, sizeof(name), "served/%d", i);
		snprintf(got, sizeof(got), "here/new%d", i);
		sum_expect_files(got, name);
	}
	server_stop(&server);
}
END_TEST

/* Takes three times as long as the limit of a stall. */
START_TEST(a_slow_rate_is_no_stall)
{
	int64_t began;

	scratch_fill("served/f", 60 * 1024, 1);
	server_start(&server, NULL);
	began = clock_now();
	here_get(&client, server.port, 0, "slow",
	    HERE_LIST("f", "--timeout=1", "--retry=0", "--limit-rate=20k"));
	expect_limited("slow", began, 60 * 1024, 20 * 1024);
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* Returns whether a part file has some bytes. */
static bool
has_begun(void *argument)
{
	char name[NAME_MAX + 1], path[NAME_MAX + 16];
	struct stat stat;

	(void)argument;
	if (here_find_part("here", name) == 0)
		return false;
	snprintf(path, sizeof(path), "here/%s", name);
	return fstatat(scratch_fd(), path, &stat, 0) == 0 && stat.st_size > 0;
}

/* The transfer would take 17 minutes; the received bytes are kept. */
START_TEST(an_interrupt_does_not_wait_for_the_rate)
{
	static const char *const rows[] = {"--retry=0", "--no-verify"};
	char name[NAME_MAX + 1];
	size_t i;

	scratch_fill("served/f", MIB, 1);
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(rows); i++) {
		client_start(&client, server.port,
		    HERE_LIST("f", "--limit-rate=1k", rows[i]), NULL);
		ck_assert(wait_until(has_begun, NULL, WAIT_LIMIT));
		program_signal(&client, SIGINT);
		here_expect_exit(&client, 130, rows[i]);
		ck_assert_uint_eq(here_find_part("here", name), 1);
		here_get(&client, server.port, 0, rows[i], HERE_LIST("f"));
		sum_expect_files("here/newf", "served/f");
	}
	server_stop(&server);
}
END_TEST

START_TEST(the_server_keeps_the_limit)
{
	int64_t began;
	int fd;

	scratch_fill("served/f", 6 * MIB, 1);
	scratch_fill("served/g", 2 * MIB, 2);
	server_start(&server, HERE_LIST("--limit-rate", "2M"));
	began = clock_now();
	here_get(&client, server.port, 0, "fileget", HERE_LIST("f"));
	expect_limited("fileget", began, 6 * MIB, 2 * MIB);
	sum_expect_files("here/newf", "served/f");

	fd = wire_connect(server.port);
	began = clock_now();
	talk_expect_file(fd, "g");
	talk_expect_file(fd, "g");
	expect_limited("GET", began, 4 * MIB, 2 * MIB);
	close(fd);
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	const char *value;
} wrong[] = {
    {"nothing", ""},
    {"zero", "0"},
    {"zero of something", "0k"},
    {"negative", "-1"},
    {"with a sign", "+1"},
    {"unknown letter", "1x"},
    {"two letters", "1kk"},
    {"no number", "k"},
    {"part of one", "1.5M"},
    {"a space", "1 M"},
    {"too many digits", "99999999999999999999"},
    {"over 64 bits", "16777216T"},
};

/* Expects one line that names the option, and a hint. */
static void
expect_refusal(const char *program, const char *row)
{
	int code = program_wait(&client, WAIT_LIMIT);
	const char *err = program_err(&client);

	ck_assert_msg(code == 2, "%s, %s: %d", program, row, code);
	ck_assert_msg(program_lines(err) == 2 &&
		strstr(err, "--limit-rate: ") != NULL,
	    "%s, %s: %s", program, row, err);
	ck_assert_str_eq(program_out(&client), "");
}

START_TEST(bad_values)
{
	char option[64];
	size_t i;

	for (i = 0; i < HARNESS_ROWS(wrong); i++) {
		snprintf(option, sizeof(option), "--limit-rate=%s",
		    wrong[i].value);
		client_start(&client, 1, HERE_LIST("f", option), NULL);
		expect_refusal("fileget", wrong[i].row);
		server_try(&client, HERE_LIST("-p", "0", option));
		expect_refusal("fileserv", wrong[i].row);
	}
	client_start(&client, 1, HERE_LIST("f", "--limit-rate"), NULL);
	here_expect_exit(&client, 2, "fileget without a value");
	server_try(&client, HERE_LIST("-p", "0", "--limit-rate"));
	here_expect_exit(&client, 2, "fileserv without a value");
}
END_TEST

Suite *
rate_suite(void)
{
	Suite *suite = suite_create("rate");
	TCase *tcase;

	tcase = harness_case(suite, "client", 180);
	tcase_add_test(tcase, the_client_keeps_the_limit);
	tcase_add_test(tcase, many_small_files_are_limited_together);
	tcase_add_test(tcase, a_slow_rate_is_no_stall);
	tcase_add_test(tcase, an_interrupt_does_not_wait_for_the_rate);
	tcase = harness_case(suite, "server", 180);
	tcase_add_test(tcase, the_server_keeps_the_limit);
	tcase = harness_case(suite, "command lines", 180);
	tcase_add_test(tcase, bad_values);
	return suite;
}
