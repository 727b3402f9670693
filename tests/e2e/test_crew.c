/*
 * The number of connections of one fileget, and many files over several of
 * them.
 */

#include <dirent.h>
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

/* ---- how many connections ----------------------------------------------- */

/* Returns the number of connections in the server's log. */
static unsigned
count_connections(void)
{
	unsigned n = 0;
	const char *at;
	char *text;
	size_t len;

	text = scratch_read(server.program.err_name, &len);
	ck_assert_ptr_nonnull(text);
	for (at = text; (at = strstr(at, "\"message\":\"connected")) != NULL;
	     at++)
		n++;
	free(text);
	return n;
}

/* With a limit for each connection, each further one adds speed. */
START_TEST(connections_that_add_speed)
{
	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	here_get(&client, server.port, 0, "-j3", HERE_LIST("-v", "-j3", "f"));
	server_stop(&server);
	expect_only("-j3");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "one more: 2 connections"));
	ck_assert_uint_ge(count_connections(), 2);
	ck_assert_uint_le(count_connections(), 3);
}
END_TEST

/* The client's own limit applies to all connections together: further ones add
 * no speed and are closed. */
START_TEST(a_limit_is_shared)
{
	int64_t began;

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, HERE_LIST("--log-format", "json", "-v"));
	began = clock_now();
	here_get(&client, server.port, 0, "--limit-rate",
	    HERE_LIST("-v", "-j4", "--limit-rate=24M", "f"));
	/* 72 MiB at 24 MiB/s, less a burst of up to a twentieth of a second. */
	ck_assert_int_ge(clock_now() - began, 3 * CLOCK_SEC * 95 / 100);
	server_stop(&server);
	expect_only("--limit-rate");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "one fewer"));
}
END_TEST

static unsigned
count_threads(void)
{
	struct dirent *entry;
	char path[64];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)client.pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static bool
has_threads(void *argument)
{
	return count_threads() >= *(const unsigned *)argument;
}

START_TEST(one_connection_has_no_threads)
{
	unsigned usual, several = 3;

	scratch_fill("served/f", SIZE, 1);
	server_start(&server, SLOWLY);
	client_start(&client, server.port, HERE_LIST("-j1", "-v", "f"), NULL);
	program_await_err(&client, "fetching");
	usual = count_threads();
	ck_assert_uint_le(usual, HARNESS_SLOW ? 2 : 1);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "-j1");
	/* Without a part file, which one connection alone would continue. */
	client_start(&client, server.port, HERE_LIST("-j2", "--no-resume", "f"),
	    NULL);
	ck_assert(wait_until(has_threads, &several, WAIT_LIMIT));
	here_expect_exit(&client, 0, "-j2");
	server_stop(&server);
	expect_same("here/newf", "served/f");
}
END_TEST

/* ---- many files --------------------------------------------------------- */

enum {
	MANY = 300,
};

static void
make_many(void)
{
	char name[64];
	unsigned i;

	scratch_mkdir("served/d");
	scratch_mkdir("served/d/e");
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "served/d/%s%u",
		    i % 3 == 0 ? "e/" : "", i);
		scratch_fill(name, (uint64_t)i * i * 7 % 200000, i);
	}
	scratch_fill("served/d/large", SIZE, 1000);
	scratch_fill("served/d/e/large", PIECES_LEAST, 1001);
}

static void
expect_many(void)
{
	char name[64], got[96];
	unsigned i;

	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "served/d/%s%u",
		    i % 3 == 0 ? "e/" : "", i);
		snprintf(got, sizeof(got), "here/newd/%s",
		    name + strlen("served/d/"));
		expect_same(got, name);
	}
	expect_same("here/newd/large", "served/d/large");
	expect_same("here/newd/e/large", "served/d/e/large");
	ck_assert_uint_eq(scratch_count("here/newd"),
	    scratch_count("served/d"));
	ck_assert_uint_eq(scratch_count("here/newd/e"),
	    scratch_count("served/d/e"));
}

START_TEST(a_tree_of_large_and_small)
{
	struct server again;

	make_many();
	server_start(&server, SLOWLY);
	here_get(&client, server.port, 0, "-r", HERE_LIST("-rj4", "d"));
	server_stop(&server);
	expect_many();
	server_start(&again, HERE_LIST("--log-format", "json"));
	here_get(&client, again.port, 0, "-ru", HERE_LIST("-ruj4", "d"));
	server_stop(&again);
	ck_assert_uint_eq(pieces_sent(&again, "FETCH").n, 0);
}
END_TEST

/* After SIGKILL in the middle the tree is continued: verified pieces of large
 * files are not fetched again. */
START_TEST(a_tree_is_killed_and_continued)
{
	make_many();
	server_start(&server, SLOWLY);
	client_start(&client, server.port, HERE_LIST("-vrj4", "d"), NULL);
	program_await_err(&client, " -> newd");
	program_signal(&client, SIGKILL);
	ck_assert_int_eq(program_wait(&client, WAIT_LIMIT), -SIGKILL);
	here_get(&client, server.port, 0, "-ru", HERE_LIST("-ruj4", "d"));
	server_stop(&server);
	expect_many();
}
END_TEST

START_TEST(more_connections_than_files)
{
	scratch_fill("served/a", 300000, 1);
	scratch_fill("served/b", 0, 1);
	scratch_fill("served/f", SIZE, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "-j64",
	    HERE_LIST("-j64", "a", "b", "f"));
	server_stop(&server);
	expect_same("here/newa", "served/a");
	expect_same("here/newb", "served/b");
	expect_same("here/newf", "served/f");
	ck_assert_uint_eq(scratch_count("here"), 3);
}
END_TEST

/* More large files than can be in progress at a time. */
START_TEST(many_large_files)
{
	enum {
		FILES = 24,
	};
	/* Holes, because the files would need 1.6 GB. */
	const char *args[FILES + 3] = {"-j4", "--sparse"};
	char names[FILES][16], from[32], to[32];
	unsigned i;

	if (!scratch_keeps_holes()) {
		harness_skip("many_large_files", "no holes in files here");
		return;
	}
	for (i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "l%u", i);
		snprintf(from, sizeof(from), "served/%.15s", names[i]);
		scratch_sparse(from, PIECES_LEAST);
		scratch_overwrite(from, i * 1000000, 4096, i);
		args[i + 2] = names[i];
	}
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "many", args);
	server_stop(&server);
	for (i = 0; i < FILES; i++) {
		snprintf(from, sizeof(from), "served/%.15s", names[i]);
		snprintf(to, sizeof(to), "here/new%.15s", names[i]);
		expect_same(to, from);
		scratch_remove(to);
	}
	ck_assert_uint_eq(scratch_count("here"), 0);
}
END_TEST

START_TEST(names_that_fail_among_others)
{
	const char *err;

	scratch_fill("served/f", SIZE, 1);
	scratch_mkdir("served/d");
	server_start(&server, SLOWLY);
	here_get(&client, server.port, 4, "missing",
	    HERE_LIST("-j4", "missing", "f", "d"));
	server_stop(&server);
	expect_only("missing");
	err = program_err(&client);
	ck_assert_ptr_nonnull(strstr(err, "1 file"));
	ck_assert_ptr_nonnull(strstr(err, "2 failed"));
}
END_TEST

START_TEST(at_the_prompt)
{
	scratch_fill("served/f", SIZE, 1);
	scratch_fill("served/a", 300000, 2);
	server_start(&server, SLOWLY);
	client_start_with_input(&client, server.port, HERE_LIST("-j4"), NULL);
	program_say(&client, "f\n");
	program_await_err(&client, "-> newf");
	program_say(&client, "a\nmissing\nf\n\n");
	program_hang_up(&client);
	here_expect_exit(&client, 4, "prompt");
	server_stop(&server);
	expect_same("here/newf", "served/f");
	expect_same("here/newa", "served/a");
	ck_assert_uint_eq(scratch_count("here"), 2);
}
END_TEST

Suite *
crew_suite(void)
{
	Suite *suite = suite_create("crew");
	TCase *tcase;

	tcase = harness_case(suite, "connections", 120);
	tcase_add_test(tcase, connections_that_add_speed);
	tcase_add_test(tcase, a_limit_is_shared);
	tcase_add_test(tcase, one_connection_has_no_threads);
	tcase = harness_case(suite, "many", 240);
	tcase_add_test(tcase, a_tree_of_large_and_small);
	tcase_add_test(tcase, a_tree_is_killed_and_continued);
	tcase_add_test(tcase, more_connections_than_files);
	tcase_add_test(tcase, many_large_files);
	tcase_add_test(tcase, names_that_fail_among_others);
	tcase_add_test(tcase, at_the_prompt);
	return suite;
}
