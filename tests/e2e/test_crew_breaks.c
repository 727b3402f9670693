/*
 * Several connections to servers that refuse, die, restart or replace the file;
 * and several processes that fetch the same file.
 */

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

#define SIZE (PIECES_ONE * 9 + 1)

#define SLOWLY HERE_LIST("--log-format", "json", "--limit-rate", "16M", "-v")

static struct program client;
static struct server server;
static struct pieces pieces;

static void
expect_same(const char *got, const char *wanted)
{
	sum_expect_files(got, wanted);
}

static void
expect_only(const char *what)
{
	here_expect_names("here", what, HERE_LIST("newf"));
	expect_same("here/newf", "served/f");
}

/* ---- servers that have no more, or are gone ----------------------------- */

START_TEST(one_connection_is_accepted)
{
	scratch_fill("served/f", SIZE, 1);
	server_start(&server,
	    HERE_LIST("--limit-rate", "24M", "--max-per-address", "1"));
	here_get(&client, server.port, 0, "BUSY", HERE_LIST("-vj4", "f"));
	server_stop(&server);
	expect_only("BUSY");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "one more"));
}
END_TEST

/* The remaining connections continue when the server is back. */
START_TEST(the_server_is_killed_and_comes_back)
{
	char port[8];
	unsigned round;

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	snprintf(port, sizeof(port), "%u", server.port);
	client_start(&client, server.port, HERE_LIST("-vj4", "--retry=9", "f"),
	    NULL);
	for (round = 0; round < 2; round++) {
		pieces_await(&pieces, &client, SIZE, 2 * round + 1);
		program_kill(&server.program);
		server_start(&server,
		    HERE_LIST("-p", port, "--log-format", "json",
			"--limit-rate", "16M"));
	}
	here_expect_exit(&client, 0, "killed twice");
	server_stop(&server);
	expect_only("killed twice");
}
END_TEST

/* Regression: an idle connection took over the work of a broken one, was
 * refused, and gave up everything because no connection was left. Near its end
 * only one connection works on the file. */
START_TEST(the_server_is_killed_near_the_end)
{
	char port[8];

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	snprintf(port, sizeof(port), "%u", server.port);
	client_start(&client, server.port, HERE_LIST("-vj3", "--retry=9", "f"),
	    NULL);
	pieces_await(&pieces, &client, SIZE, 9);
	program_kill(&server.program);
	program_await_err(&client, "trying again");
	server_start(&server, HERE_LIST("-p", port));
	here_expect_exit(&client, 0, "near the end");
	server_stop(&server);
	expect_only("near the end");
}
END_TEST

START_TEST(the_server_does_not_come_back)
{
	struct server again;
	unsigned marked;

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	client_start(&client, server.port, HERE_LIST("-vj4", "--retry=1", "f"),
	    NULL);
	pieces_await(&pieces, &client, SIZE, 2);
	program_kill(&server.program);
	/* A refused client has no connection; a broken one has lost it. */
	here_expect_exit(&client, 3, "gone");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "goes on from"));
	pieces_look(&pieces, SIZE);
	marked = pieces.marked;
	ck_assert_uint_ge(marked, 2);
	server_start(&again, HERE_LIST("--log-format", "json"));
	here_get(&client, again.port, 0, "again", HERE_LIST("-j2", "f"));
	server_stop(&again);
	expect_only("again");
	ck_assert_uint_eq(pieces_sent(&again, "FETCH").n, pieces.n - marked);
}
END_TEST

START_TEST(no_server_at_all)
{
	server_start(&server, NULL);
	server_stop(&server);
	here_get(&client, server.port, 3, "none", HERE_LIST("-j4", "f", "g"));
	here_expect_names("here", "none", HERE_LIST(NULL));
}
END_TEST

/* ---- another file by then ----------------------------------------------- */

static void
replace(void)
{
	scratch_rename("outside/other", "served/f");
}

static void
rewrite(void)
{
	scratch_overwrite("served/f", SIZE - 100, 50, 9);
}

static void
append(void)
{
	scratch_append("served/f", "and more");
}

static void
shorten(void)
{
	scratch_sparse("served/f", PIECES_ONE * 8);
}

static void
make_small(void)
{
	scratch_sparse("served/f", 100);
}

static void
take_away(void)
{
	scratch_rename("served/f", "outside/f");
}

static const struct {
	const char *row;
	void (*change)(void);
	const char *retry;
	int code;
	unsigned parts;	 /* maximum number of part files left */
	bool may_be_old; /* the server serves the old file to connections that
			    have it open */
} changes[] = {
    {"replaced", replace, "--retry=3", 0, 0, true},
    {"rewritten", rewrite, "--retry=3", 0, 0, false},
    {"appended to", append, "--retry=3", 0, 0, true},
    {"shortened", shorten, "--retry=3", 0, 0, false},
    {"made small", make_small, "--retry=3", 0, 0, false},
    {"shortened, once too often", shorten, "--retry=0", 9, 1, false},
    {"removed", take_away, "--retry=3", 4, 1, false},
};

/* Expects one complete version. */
static void
expect_one_version(const char *got, bool may_be_old)
{
	struct sum sum, old;

	sum_file(&sum, got, 0, UINT64_MAX);
	sum_file(&old, "outside/old", 0, UINT64_MAX);
	if (!may_be_old || memcmp(&sum, &old, sizeof(sum)) != 0)
		expect_same(got, "served/f");
}

START_TEST(changed_meanwhile)
{
	char part[NAME_MAX + 1], *text;
	unsigned parts;
	size_t len;

	scratch_fill("served/f", SIZE, 7);
	scratch_fill("outside/old", SIZE, 7);
	/* Changing the file must be faster than fetching it. */
	scratch_fill("outside/other", SIZE + 5, 8);
	scratch_text("here/newf", "older");
	server_start(&server, SLOWLY);
	client_start(&client, server.port,
	    HERE_LIST("-vj3", changes[_i].retry, "f"), NULL);
	pieces_await(&pieces, &client, SIZE, 2);
	changes[_i].change();
	here_expect_exit(&client, changes[_i].code, changes[_i].row);
	server_stop(&server);
	text = scratch_read("here/newf", &len);
	ck_assert_ptr_nonnull(text);
	if (changes[_i].code == 0)
		expect_one_version("here/newf", changes[_i].may_be_old);
	else
		ck_assert_str_eq(text, "older");
	free(text);
	parts = here_find_part("here", part);
	ck_assert_uint_le(parts, changes[_i].parts);
	ck_assert_uint_eq(scratch_count("here"), 1 + parts);
}
END_TEST

/* ---- another process ---------------------------------------------------- */

static const struct {
	const char *row;
	const char *other;
} others[] = {
    {"also in pieces", "-j2"},
    {"by one connection", "-j1"},
    {"that resumes nothing", "--no-resume"},
};

START_TEST(another_process_at_the_same_file)
{
	static struct program other;

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	client_start(&client, server.port, HERE_LIST("-vj2", "f"), NULL);
	pieces_await(&pieces, &client, SIZE, 1);
	client_start(&other, server.port, HERE_LIST(others[_i].other, "f"),
	    NULL);
	here_expect_exit(&client, 0, others[_i].row);
	expect_same("here/newf", "served/f");
	here_expect_exit(&other, 0, others[_i].row);
	server_stop(&server);
	expect_only(others[_i].row);
}
END_TEST

/* A second signal ends fileget at once; marked pieces stay valid. */
START_TEST(terminated_twice)
{
	unsigned marked;
	int code;

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	client_start(&client, server.port, HERE_LIST("-vj4", "f"), NULL);
	pieces_await(&pieces, &client, SIZE, 2);
	program_signal(&client, SIGSTOP);
	program_signal(&client, SIGTERM);
	program_signal(&client, SIGCONT);
	program_signal(&client, SIGTERM);
	code = program_wait(&client, WAIT_LIMIT);
	ck_assert_msg(code == 130 || code == -SIGTERM, "it ended with %d",
	    code);
	server_stop(&server);
	pieces_look(&pieces, SIZE);
	marked = pieces.marked;
	server_start(&server, HERE_LIST("--log-format", "json"));
	here_get(&client, server.port, 0, "again", HERE_LIST("-j4", "f"));
	server_stop(&server);
	expect_only("again");
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").n, pieces.n - marked);
}
END_TEST

/* Regression: each connection printed how many names it had found waiting. */
START_TEST(names_not_begun_are_told_once)
{
	char name[32], names[400] = "";
	const char *told;
	int i;

	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "served/f%d", i);
		scratch_fill(name, 1 << 20, (uint64_t)i);
		strlcat(names, name + strlen("served/"), sizeof(names));
		strlcat(names, "\n", sizeof(names));
	}
	scratch_text("here/names", names);
	server_start(&server, HERE_LIST("--limit-rate", "1M"));
	client_start(&client, server.port, HERE_LIST("-vj3", "-i", "names"),
	    NULL);
	program_await_err(&client, "3 connections");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	server_stop(&server);
	told = strstr(program_err(&client), " not begun\n");
	ck_assert_ptr_nonnull(told);
	ck_assert_ptr_null(strstr(told + 1, "more names were not begun"));
}
END_TEST

Suite *
crew_breaks_suite(void)
{
	Suite *suite = suite_create("crew_breaks");
	TCase *tcase;

	tcase = harness_case(suite, "servers", 120);
	tcase_add_test(tcase, one_connection_is_accepted);
	tcase_add_test(tcase, the_server_is_killed_and_comes_back);
	tcase_add_test(tcase, the_server_is_killed_near_the_end);
	tcase_add_test(tcase, the_server_does_not_come_back);
	tcase_add_test(tcase, no_server_at_all);
	tcase = harness_case(suite, "changes", 120);
	tcase_add_loop_test(tcase, changed_meanwhile, 0,
	    (int)HARNESS_ROWS(changes));
	tcase_add_loop_test(tcase, another_process_at_the_same_file, 0,
	    (int)HARNESS_ROWS(others));
	tcase_add_test(tcase, terminated_twice);
	tcase_add_test(tcase, names_not_begun_are_told_once);
	return suite;
}
