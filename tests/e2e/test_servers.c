/*
 * Several servers with the same files: the first one that can be reached is
 * used, and when it fails in any way, the next one goes on at once.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/fake.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	DEAD_PORT = 1, /* on which no server listens */
	BIG = 8 * 1024 * 1024,
	ARGS = 12,
};

static struct server first, second;
static struct program client;
static struct fake fake;

/* Starts fileget at a list of two ports of 127.0.0.1. */
static void
start_at(uint16_t one, uint16_t two, const char *const *args)
{
	const char *all[ARGS];
	char list[64];
	size_t n = 0;

	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u", one, two);
	all[n++] = list;
	while (*args != NULL)
		all[n++] = *args++;
	all[n] = NULL;
	client_start_plain(&client, all);
}

static void
get_at(uint16_t one, uint16_t two, int code, const char *const *args)
{
	start_at(one, two, args);
	here_expect_exit(&client, code, args[0]);
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

/* Makes "copy", a copy of "served", with the same times. */
static void
make_copies(uint64_t size)
{
	scratch_mkdir("copy");
	scratch_fill("served/data", size, 1);
	scratch_fill("copy/data", size, 1);
	scratch_age("served/data");
	scratch_age("copy/data");
}

static void
start_second(void)
{
	char copy[SCRATCH_PATH];

	server_start(&second, HERE_LIST("-d", scratch_path(copy, "copy")));
}

/* ---- the first one fails ------------------------------------------------- */

/* Ways to ask, and the exit code. */
static const struct {
	const char *args[6];
	int code;
} ways[] = {
    {{"-l"}, 0},
    {{"-r", "-o", "tree", "."}, 0},
    {{"-j", "4", "data"}, 0},
    {{"da*"}, 0},
    {{"-c", "sums"}, 0},
    {{"-i", "names"}, 0},
    {{"-o", "-", "data"}, 0},
    {{"data"}, 0},
};

static void
expect_every_way(uint16_t bad, const char *said)
{
	size_t i;

	make_copies(70000);
	scratch_text("here/names", "data\n");
	start_second();
	client_run(&client, second.port,
	    HERE_LIST("-q", "-k", "--sums", "data"));
	scratch_text("here/sums", program_out(&client));
	scratch_remove("here/data");
	for (i = 0; i < HARNESS_ROWS(ways); i++) {
		if (scratch_exists("here/newdata"))
			scratch_remove("here/newdata");
		get_at(bad, second.port, ways[i].code, ways[i].args);
		expect_said(said);
		expect_said("; going on with 127.0.0.1:");
		expect_unsaid("trying again");
	}
	sum_expect_files("here/newdata", "served/data");
	sum_expect_files("here/tree/data", "served/data");
	/* -q says nothing of it. */
	get_at(bad, second.port, 0, HERE_LIST("-q", "--retry=0", "data"));
	ck_assert_str_eq(program_err(&client), "");
	server_stop(&second);
}

START_TEST(dead)
{
	expect_every_way(DEAD_PORT, "cannot connect to 127.0.0.1:1: ");
}
END_TEST

static void
play_banner(struct fake *banner)
{
	static const char text[] = "SSH-2.0-OpenSSH_9.2\r\n";

	fake_send(banner, text, sizeof(text) - 1);
	fake_stall(banner);
}

START_TEST(foreign)
{
	fake_start(&fake, 64, play_banner, NULL);
	expect_every_way(fake.port, "it speaks SSH");
	fake_stop(&fake);
}
END_TEST

static void
play_busy(struct fake *busy)
{
	fake_refuse(busy, PROTOCOL_BUSY, "too many connections");
}

START_TEST(busy)
{
	fake_start(&fake, 64, play_busy, NULL);
	expect_every_way(fake.port, "the server is busy");
	fake_stop(&fake);
}
END_TEST

/* It takes the connection, and says nothing more. */
START_TEST(stalls)
{
	make_copies(70000);
	start_second();
	fake_start(&fake, 64, fake_stall, NULL);
	get_at(fake.port, second.port, 0,
	    HERE_LIST("--timeout=3", "--retry=0", "data"));
	expect_said(": no reply for 3 s (--timeout); going on with 127.0.0.1:");
	sum_expect_files("here/newdata", "served/data");
	fake_stop(&fake);
	server_stop(&second);
}
END_TEST

/* Names are typed; the second server stays for the second name. */
START_TEST(prompt)
{
	char list[64];
	const char *at;

	make_copies(70000);
	start_second();
	snprintf(list, sizeof(list), "127.0.0.1:%d,127.0.0.1:%u", DEAD_PORT,
	    second.port);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST(list),
		.cwd = "here",
		.with_input = true});
	program_say(&client, "data\nls\nnothing\n");
	program_hang_up(&client);
	here_expect_exit(&client, 4, "prompt");
	expect_said("going on with");
	at = strstr(program_err(&client), "going on with");
	ck_assert_ptr_null(strstr(at + 1, "going on with"));
	sum_expect_files("here/newdata", "served/data");
	server_stop(&second);
}
END_TEST

/* ---- which one decides ----------------------------------------------------
 */

/* The first in the list is asked, and what it does not have is missing. */
START_TEST(order)
{
	char said[64];

	scratch_mkdir("copy");
	scratch_text("served/which", "first");
	scratch_text("copy/which", "second");
	scratch_text("copy/other", "second");
	server_start(&first, NULL);
	start_second();
	get_at(first.port, second.port, 0, HERE_LIST("which"));
	sum_expect_files("here/newwhich", "served/which");
	get_at(second.port, first.port, 0, HERE_LIST("which"));
	sum_expect_files("here/newwhich", "copy/which");
	get_at(first.port, second.port, 4, HERE_LIST("other"));
	snprintf(said, sizeof(said),
	    "other: the server 127.0.0.1:%u says: ", first.port);
	expect_said(said);
	expect_unsaid("going on with");
	get_at(first.port, DEAD_PORT, 0, HERE_LIST("which"));
	expect_unsaid("127.0.0.1:1");
	server_stop(&first);
	server_stop(&second);
}
END_TEST

/* None can be reached: one line with both reasons. */
START_TEST(none)
{
	static const char *const lists[] = {"127.0.0.1:1,127.0.0.2:1",
	    "127.0.0.1:1,nothing.invalid:2"};
	static const char *const reasons[] = {"cannot connect to 127.0.0.2:1: ",
	    "cannot connect to nothing.invalid: "};

	client_start_plain(&client, HERE_LIST(lists[_i], "f"));
	here_expect_exit(&client, 3, lists[_i]);
	expect_said("fileget: f: no server is left: "
		    "cannot connect to 127.0.0.1:1: ");
	expect_said(reasons[_i]);
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	here_expect_names("here", "none", HERE_LIST(NULL));
}
END_TEST

/* The exit code is that of the last failure. */
START_TEST(foreign_last)
{
	fake_start(&fake, 64, play_banner, NULL);
	get_at(DEAD_PORT, fake.port, 7, HERE_LIST("f"));
	expect_said("no server is left: cannot connect to 127.0.0.1:1: ");
	expect_said("it speaks SSH");
	get_at(fake.port, DEAD_PORT, 3, HERE_LIST("f"));
	expect_said("it speaks SSH");
	expect_unsaid("trying again");
	fake_stop(&fake);
}
END_TEST

/* Both are busy all the time: the round is repeated, and then given up. */
START_TEST(round_is_repeated)
{
	static struct fake other;

	fake_start(&fake, 64, play_busy, NULL);
	fake_start(&other, 64, play_busy, NULL);
	get_at(fake.port, other.port, 11, HERE_LIST("--retry=1", "f"));
	expect_said("; trying all servers again in ");
	expect_said("f: no server is left: ");
	fake_stop(&fake);
	fake_stop(&other);
	ck_assert_uint_eq(atomic_load(&fake.taken), 2);
	ck_assert_uint_eq(atomic_load(&other.taken), 2);
}
END_TEST

/* ---- other modes ----------------------------------------------------------
 */

/* Sends a page of a folder, and half of the next one. */
static void
play_half_a_listing(struct fake *half)
{
	static const uint8_t header[] = {0, 0, 0, 0, 0, 0, 0, 99};
	struct fake_asked asked;

	while (fake_ask(half, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT)
			fake_send_stat(half, S_IFDIR | 0755, 7);
		else if (asked.cursor == 0)
			fake_send_names(half, 77, HERE_LIST("a", "b", "x"));
		else {
			fake_send(half, header, sizeof(header));
			return;
		}
	}
}

/* The other server has the whole folder, whose cursors are its own. */
START_TEST(listing_breaks)
{
	scratch_mkdir("copy");
	scratch_mkdir("copy/a");
	scratch_mkdir("copy/b");
	scratch_mkdir("copy/c");
	start_second();
	fake_start(&fake, 8, play_half_a_listing, NULL);
	get_at(fake.port, second.port, 0,
	    HERE_LIST("--retry=0", "--json", "-l"));
	fake_stop(&fake);
	ck_assert_uint_eq(program_lines(program_out(&client)), 3);
	ck_assert_ptr_null(strstr(program_out(&client), "\"x\""));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "\"c\""));
	server_stop(&second);
}
END_TEST

START_TEST(waits_and_follows)
{
	scratch_mkdir("copy");
	start_second();
	start_at(DEAD_PORT, second.port, HERE_LIST("--wait=60", "late"));
	program_await_err(&client, "waiting for it");
	scratch_text("outside/late", "here");
	scratch_rename("outside/late", "copy/late");
	here_expect_exit(&client, 0, "--wait");
	sum_expect_files("here/newlate", "copy/late");
	start_at(DEAD_PORT, second.port, HERE_LIST("-f", "late"));
	program_await_out(&client, "here");
	scratch_append("copy/late", " and there");
	program_await_out(&client, "here and there");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "-f");
	server_stop(&second);
}
END_TEST

START_TEST(all_addresses)
{
	make_copies(1000);
	server_start(&first, NULL);
	here_get(&client, first.port, 0, "numeric",
	    HERE_LIST("-v", "--all-addresses", "data"));
	expect_said("one server is 127.0.0.1:");
	sum_expect_files("here/newdata", "served/data");
	server_stop(&first);
}
END_TEST

Suite *
servers_suite(void)
{
	Suite *suite = suite_create("servers");
	TCase *tcase = harness_case(suite, "fails", 60);

	tcase_add_test(tcase, dead);
	tcase_add_test(tcase, foreign);
	tcase_add_test(tcase, busy);
	tcase_add_test(tcase, stalls);
	tcase_add_test(tcase, prompt);
	tcase = harness_case(suite, "decides", 60);
	tcase_add_test(tcase, order);
	tcase_add_loop_test(tcase, none, 0, 2);
	tcase_add_test(tcase, foreign_last);
	tcase_add_test(tcase, round_is_repeated);
	tcase = harness_case(suite, "modes", 60);
	tcase_add_test(tcase, listing_breaks);
	tcase_add_test(tcase, waits_and_follows);
	tcase_add_test(tcase, all_addresses);
	return suite;
}
