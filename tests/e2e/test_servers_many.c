/*
 * The files of a tree from several servers at once: one that fails, stalls or
 * drips loses its work to the others; one with another version takes no part.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/several.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	SERVERS = 2,
	FILES = 360, /* with -v, so many lines fit in PROGRAM_TEXT */
};

static struct server servers[SERVERS];
static struct program client;

static const char *const folders[SERVERS] = {"served", "copy"};

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

/* Makes a tree of which the second server has every nth file in the same
 * version, and another one, or none, of the others. */
static void
make_trees(unsigned nth)
{
	char name[64];
	unsigned i;

	scratch_mkdir("served/t");
	scratch_mkdir("copy");
	scratch_mkdir("copy/t");
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "served/t/f%u", i);
		scratch_fill(name, i * 37 % 9000, i);
		scratch_age(name);
		snprintf(name, sizeof(name), "copy/t/f%u", i);
		if (i % nth == 0 || i % nth == 1)
			scratch_fill(name, i * 37 % 9000, i + i % nth);
		if (i % nth == 0)
			scratch_age(name);
	}
}

static void
expect_tree(void)
{
	char got[64], wanted[64];
	unsigned i;

	for (i = 0; i < FILES; i++) {
		snprintf(got, sizeof(got), "here/newt/f%u", i);
		snprintf(wanted, sizeof(wanted), "served/t/f%u", i);
		sum_expect_files(got, wanted);
	}
	ck_assert_uint_eq(scratch_count("here/newt"), FILES);
}

static void
start_client(const char *const *args)
{
	const uint16_t ports[] = {servers[0].port, servers[1].port, 0};

	several_start(&client, ports, args);
}

static void
stop_servers(void)
{
	server_stop(&servers[1]);
	server_stop(&servers[0]);
}

static unsigned
count_here(void)
{
	return scratch_exists("here/newt") ? scratch_count("here/newt") : 0;
}

static bool
has_begun(void *argument)
{
	(void)argument;
	return count_here() >= FILES / 10 || program_ended(&client);
}

static void
await_begin(void)
{
	ck_assert(wait_until(has_begun, NULL, WAIT_LIMIT));
	ck_assert(!program_ended(&client));
}

/* With -v there is more output than program_err returns. */
static void
expect_handed_over(void)
{
	size_t len;
	char *text = scratch_read(client.err_name, &len);

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text,
	    " is slow; the other connections go on with its work\n"));
	free(text);
}

/* ---- all is well --------------------------------------------------------- */

/* The files come from both servers; the first alone lists the folder. */
START_TEST(files_from_both)
{
	make_trees(1);
	start_server(0, "1M");
	start_server(1, "1M");
	start_client(HERE_LIST("--json", "-r", "-j", "2", "t"));
	here_expect_exit(&client, 0, "both");
	stop_servers();
	expect_tree();
	ck_assert_uint_gt(pieces_sent(&servers[0], "FETCH").n, 0);
	ck_assert_uint_gt(pieces_sent(&servers[1], "FETCH").n, 0);
	ck_assert_uint_eq(pieces_sent(&servers[1], "LIST").n, 0);
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "\"servers\":[{\"server\":\"127.0.0.1:"));
}
END_TEST

/* With one connection the second server is not asked. */
START_TEST(one_connection)
{
	make_trees(1);
	start_server(0, "8M");
	start_server(1, "8M");
	start_client(HERE_LIST("-q", "-r", "t"));
	here_expect_exit(&client, 0, "one");
	stop_servers();
	expect_tree();
	ck_assert_uint_eq(pieces_sent(&servers[1], "FETCH").n, 0);
}
END_TEST

/* ---- one fails ----------------------------------------------------------- */

START_TEST(one_is_killed)
{
	make_trees(1);
	start_server(0, "500k");
	start_server(1, "500k");
	start_client(HERE_LIST("-r", "-j", "2", "--retry=0", "t"));
	await_begin();
	program_kill(&servers[_i].program);
	here_expect_exit(&client, 0, "killed");
	server_stop(&servers[1 - _i]);
	expect_tree();
	several_expect_said(&client, "; going on with the other connections");
	several_expect_unsaid(&client, "trying again");
}
END_TEST

START_TEST(one_stands_still)
{
	make_trees(1);
	start_server(0, "500k");
	start_server(1, "500k");
	start_client(HERE_LIST("-v", "-r", "-j", "2", "--retry=0",
	    "--timeout=300", "t"));
	await_begin();
	program_signal(&servers[_i].program, SIGSTOP);
	here_expect_exit(&client, 0, "stopped");
	program_signal(&servers[_i].program, SIGCONT);
	stop_servers();
	expect_tree();
	expect_handed_over();
}
END_TEST

/* At 3 KiB a second its share would take minutes. The other is slow enough for
 * it to get one. */
START_TEST(one_drips)
{
	make_trees(1);
	start_server(0, "500k");
	start_server(1, "3k");
	start_client(HERE_LIST("-v", "-r", "-j", "2", "--retry=0", "t"));
	here_expect_exit(&client, 0, "drips");
	stop_servers();
	expect_tree();
	expect_handed_over();
}
END_TEST

START_TEST(one_is_busy)
{
	int other;

	make_trees(1);
	start_server(0, "1M");
	server_start(&servers[1], HERE_LIST("--max-connections=1"));
	other = wire_connect(servers[1].port);
	wire_send(other, "\0", 1);
	start_client(HERE_LIST("-r", "-j", "2", "--retry=0", "t"));
	here_expect_exit(&client, 0, "busy");
	close(other);
	stop_servers();
	expect_tree();
	several_expect_said(&client, "the server is busy");
}
END_TEST

/* The second server cannot be reached, which is told once. */
START_TEST(one_is_not_there)
{
	uint16_t ports[] = {0, SEVERAL_DEAD, 0};

	make_trees(1);
	start_server(0, "1M");
	ports[0] = servers[0].port;
	several_start(&client, ports, HERE_LIST("-r", "-j", "2", "t"));
	here_expect_exit(&client, 0, "not there");
	server_stop(&servers[0]);
	expect_tree();
	several_expect_said(&client, "; going on with the other connections\n");
}
END_TEST

/* Both are killed: then the rule for tries holds. */
START_TEST(all_are_killed)
{
	make_trees(1);
	start_server(0, "100k");
	start_server(1, "100k");
	start_client(HERE_LIST("-r", "-j", "2", "--retry=0", "t"));
	await_begin();
	program_kill(&servers[0].program);
	program_kill(&servers[1].program);
	ck_assert_int_ne(program_wait(&client, WAIT_LIMIT), 0);
	several_expect_said(&client, "no server is left: ");
}
END_TEST

/* ---- other versions ------------------------------------------------------ */

/* The second server has a third of the files; another third is older there. Few
 * lines say so. */
START_TEST(other_versions)
{
	make_trees(3);
	start_server(0, "500k");
	start_server(1, "500k");
	start_client(HERE_LIST("-r", "-j", "2", "t"));
	here_expect_exit(&client, 0, "versions");
	stop_servers();
	expect_tree();
	several_expect_said(&client, " has another version and takes no part");
	several_expect_said(&client, " (NOT_FOUND); it takes no part");
	several_expect_said(&client, " took no part in ");
	ck_assert_uint_lt(program_lines(program_err(&client)), 12);
}
END_TEST

Suite *
servers_many_suite(void)
{
	Suite *suite = suite_create("servers_many");
	TCase *tcase;

	tcase = harness_case(suite, "well", 120);
	tcase_add_test(tcase, files_from_both);
	tcase_add_test(tcase, one_connection);
	tcase = harness_case(suite, "failing", 120);
	tcase_add_loop_test(tcase, one_is_killed, 0, SERVERS);
	tcase_add_loop_test(tcase, one_stands_still, 0, SERVERS);
	tcase_add_test(tcase, one_drips);
	tcase_add_test(tcase, one_is_busy);
	tcase_add_test(tcase, one_is_not_there);
	tcase_add_test(tcase, all_are_killed);
	tcase = harness_case(suite, "versions", 120);
	tcase_add_test(tcase, other_versions);
	return suite;
}
