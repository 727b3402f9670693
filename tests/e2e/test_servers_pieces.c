/*
 * A large file in pieces from several servers at once: one that fails, stalls
 * or drips loses its pieces to the others; one with another version takes no
 * part; servers that disagree are found out.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	SERVERS = 3,
	ARGS = 16,
};

#define SIZE (PIECES_ONE * 12 + 1)

static struct server servers[SERVERS];
static struct program client;

static const char *const folders[SERVERS] = {"served", "copy1", "copy2"};

/* ---- servers ------------------------------------------------------------- */

/* Starts server i, of its own folder. rate is a limit for each connection. */
static void
start_server(unsigned i, const char *rate)
{
	char path[SCRATCH_PATH];

	server_start(&servers[i],
	    HERE_LIST("--log-format=json", "-d", scratch_path(path, folders[i]),
		"--limit-rate", rate));
}

/* Makes a file with the same bytes and time for the first n servers. */
static void
make_copies(unsigned n, const char *name, uint64_t size, uint64_t seed)
{
	char path[64];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		scratch_fill(path, size, seed);
		scratch_age(path);
	}
}

static void
make_folders(unsigned n)
{
	while (--n > 0)
		scratch_mkdir(folders[n]);
}

static void
start_client(unsigned n, const char *const *args)
{
	const char *all[ARGS];
	char list[128];
	size_t used = 1, len = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    "%s127.0.0.1:%u", i == 0 ? "" : ",", servers[i].port);
	all[0] = list;
	while (*args != NULL)
		all[used++] = *args++;
	all[used] = NULL;
	client_start_plain(&client, all);
}

static void
stop_servers(unsigned n)
{
	while (n-- > 0)
		server_stop(&servers[n]);
}

static uint64_t
sent_by(unsigned i)
{
	return pieces_sent(&servers[i], "FETCH").bytes;
}

static void
expect_said(const char *said)
{
	const char *err = program_err(&client);

	ck_assert_msg(strstr(err, said) != NULL, "%s", err);
}

static void
expect_unsaid(const char *said)
{
	const char *err = program_err(&client);

	ck_assert_msg(strstr(err, said) == NULL, "%s", err);
}

/* ---- all is well --------------------------------------------------------- */

/* Each of three servers brings pieces, and the slowest does not hold up the
 * end. */
START_TEST(pieces_from_all)
{
	static const char *const rates[] = {"2M", "20M", "40M"};
	const char *out;
	unsigned i;

	make_folders(SERVERS);
	make_copies(SERVERS, "f", SIZE, 1);
	for (i = 0; i < SERVERS; i++)
		start_server(i, rates[i]);
	start_client(SERVERS, HERE_LIST("--json", "-v", "-j", "3", "f"));
	here_expect_exit(&client, 0, "three servers");
	stop_servers(SERVERS);
	sum_expect_files("here/newf", "served/f");
	out = program_out(&client);
	ck_assert_msg(strstr(out, "\"servers\":[{\"server\":\"127.0.0.1:") !=
		NULL,
	    "%s", out);
	for (i = 0; i < SERVERS; i++)
		ck_assert_uint_gt(sent_by(i), 0);
	/* 97 MiB at 2 MiB/s take 48 s. */
	ck_assert_uint_lt(sent_by(0), SIZE / 2);
	expect_unsaid("trying again");
}
END_TEST

/* ---- one fails ----------------------------------------------------------- */

/* Returns the bytes that the object of --json says were received. */
static uint64_t
received(void)
{
	const char *at = strstr(program_out(&client), "\"received\":");

	ck_assert_ptr_nonnull(at);
	return strtoull(at + strlen("\"received\":"), NULL, 10);
}

/* Either server is killed in mid-file: less than a piece is fetched twice, and
 * no try is counted. */
START_TEST(one_is_killed)
{
	struct pieces pieces = {.n = 0};

	make_folders(2);
	make_copies(2, "f", SIZE, 1);
	start_server(0, "16M");
	start_server(1, "16M");
	start_client(2, HERE_LIST("-v", "--json", "-j", "2", "--retry=0", "f"));
	pieces_await(&pieces, &client, SIZE, 3);
	program_kill(&servers[_i].program);
	here_expect_exit(&client, 0, "killed");
	server_stop(&servers[1 - _i]);
	sum_expect_files("here/newf", "served/f");
	expect_said("; going on with the other connections");
	expect_unsaid("trying again");
	ck_assert_uint_lt(received(), SIZE + PIECES_ONE);
}
END_TEST

/* A server that stands still, or drips, hands its work over. */
START_TEST(one_is_slow)
{
	struct pieces pieces = {.n = 0};

	make_folders(2);
	make_copies(2, "f", SIZE, 1);
	start_server(0, "40M");
	start_server(1, _i == 0 ? "40M" : "10k");
	start_client(2, HERE_LIST("-v", "-j", "2", "--retry=0", "f"));
	if (_i == 0) {
		pieces_await(&pieces, &client, SIZE, 3);
		program_signal(&servers[1].program, SIGSTOP);
	}
	here_expect_exit(&client, 0, "slow");
	expect_said(" is slow; the other connections go on with its work");
	expect_unsaid("--timeout");
	program_signal(&servers[1].program, SIGCONT);
	stop_servers(2);
	sum_expect_files("here/newf", "served/f");
}
END_TEST

/* ---- other versions ------------------------------------------------------ */

/* The second server has an older version, or no such file: it takes no part,
 * and one line says so. */
START_TEST(another_version)
{
	const char *line;

	make_folders(2);
	make_copies(1, "f", SIZE, 1);
	if (_i == 0)
		scratch_fill("copy1/f", SIZE, 2);
	start_server(0, "40M");
	start_server(1, "40M");
	start_client(2, HERE_LIST("-j", "2", "f"));
	here_expect_exit(&client, 0, "another version");
	stop_servers(2);
	sum_expect_files("here/newf", "served/f");
	expect_said(_i == 0 ? " has another version and takes no part\n" :
			      " (NOT_FOUND); it takes no part\n");
	line = strstr(program_err(&client), "takes no part");
	ck_assert_ptr_null(strstr(line + 1, "takes no part"));
	ck_assert_uint_eq(sent_by(1) < PIECES_ONE, 1);
}
END_TEST

/* Bytes differ at equal size and time, in every piece or in one alone. No file
 * has bytes of both; if one comes, it is that of a server. Otherwise no part is
 * left that a later run would go on from. */
START_TEST(servers_that_disagree)
{
	struct sum got, one, other;
	uint64_t at;
	int code;

	make_folders(2);
	make_copies(2, "f", SIZE, 1);
	for (at = 0; at + 1000 < SIZE; at += _i == 0 ? PIECES_ONE : SIZE)
		scratch_overwrite("copy1/f", at, 1000, 9);
	scratch_age("copy1/f");
	start_server(0, "16M");
	start_server(1, "16M");
	start_client(2, HERE_LIST("-j", "2", "f"));
	code = program_wait(&client, WAIT_LIMIT);
	ck_assert_uint_gt(sent_by(0), PIECES_ONE);
	ck_assert_uint_gt(sent_by(1), PIECES_ONE);
	stop_servers(2);
	if (code == 0 && _i == 1) {
		sum_file(&got, "here/newf", 0, UINT64_MAX);
		sum_file(&one, "served/f", 0, UINT64_MAX);
		sum_file(&other, "copy1/f", 0, UINT64_MAX);
		ck_assert(memcmp(&got, &one, sizeof(got)) == 0 ||
		    memcmp(&got, &other, sizeof(got)) == 0);
		return;
	}
	ck_assert_int_eq(code, 9);
	ck_assert_uint_eq(scratch_count("here"), 0);
	expect_said("the servers disagree");
	expect_said("; received from 127.0.0.1:");
}
END_TEST

Suite *
servers_pieces_suite(void)
{
	Suite *suite = suite_create("servers_pieces");
	TCase *tcase;

	tcase = harness_case(suite, "well", 120);
	tcase_add_test(tcase, pieces_from_all);
	tcase = harness_case(suite, "failing", 120);
	tcase_add_loop_test(tcase, one_is_killed, 0, 2);
	tcase_add_loop_test(tcase, one_is_slow, 0, 2);
	tcase = harness_case(suite, "versions", 120);
	tcase_add_loop_test(tcase, another_version, 0, 2);
	tcase_add_loop_test(tcase, servers_that_disagree, 0, 2);
	return suite;
}
