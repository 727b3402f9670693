/*
 * Several servers with the same files: the first one that can be reached is
 * used, and when it fails in any way, the next one goes on at once.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/fake.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/several.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static struct server first, second;
static struct program client;
static struct fake fake;

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

	several_make_copies(70000);
	scratch_text("here/names", "data\n");
	several_start_copy(&second, NULL);
	client_run(&client, second.port,
	    HERE_LIST("-q", "-k", "--sums", "data"));
	scratch_text("here/sums", program_out(&client));
	scratch_remove("here/data");
	for (i = 0; i < HARNESS_ROWS(ways); i++) {
		if (scratch_exists("here/newdata"))
			scratch_remove("here/newdata");
		several_get(&client, bad, second.port, ways[i].code,
		    ways[i].args);
		several_expect_said(&client, said);
		several_expect_said(&client, "; going on with 127.0.0.1:");
		several_expect_unsaid(&client, "trying again");
	}
	sum_expect_files("here/newdata", "served/data");
	sum_expect_files("here/tree/data", "served/data");
	/* -q says nothing of it. */
	several_get(&client, bad, second.port, 0,
	    HERE_LIST("-q", "--retry=0", "data"));
	ck_assert_str_eq(program_err(&client), "");
	server_stop(&second);
}

START_TEST(dead)
{
	expect_every_way(SEVERAL_DEAD, "cannot connect to 127.0.0.1:1: ");
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
	several_make_copies(70000);
	several_start_copy(&second, NULL);
	fake_start(&fake, 64, fake_stall, NULL);
	several_get(&client, fake.port, second.port, 0,
	    HERE_LIST("--timeout=3", "--retry=0", "data"));
	several_expect_said(&client,
	    ": no reply for 3 s (--timeout); going on with 127.0.0.1:");
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

	several_make_copies(70000);
	several_start_copy(&second, NULL);
	snprintf(list, sizeof(list), "127.0.0.1:%d,127.0.0.1:%u", SEVERAL_DEAD,
	    second.port);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST(list),
		.cwd = "here",
		.with_input = true});
	program_say(&client, "data\nls\nnothing\n");
	program_hang_up(&client);
	here_expect_exit(&client, 4, "prompt");
	several_expect_said(&client, "going on with");
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
	several_start_copy(&second, NULL);
	several_get(&client, first.port, second.port, 0, HERE_LIST("which"));
	sum_expect_files("here/newwhich", "served/which");
	several_get(&client, second.port, first.port, 0, HERE_LIST("which"));
	sum_expect_files("here/newwhich", "copy/which");
	several_get(&client, first.port, second.port, 4, HERE_LIST("other"));
	snprintf(said, sizeof(said),
	    "other: the server 127.0.0.1:%u says: ", first.port);
	several_expect_said(&client, said);
	several_expect_unsaid(&client, "going on with");
	several_get(&client, first.port, SEVERAL_DEAD, 0, HERE_LIST("which"));
	several_expect_unsaid(&client, "127.0.0.1:1");
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
	several_expect_said(&client,
	    "fileget: f: no server is left: "
	    "cannot connect to 127.0.0.1:1: ");
	several_expect_said(&client, reasons[_i]);
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	here_expect_names("here", "none", HERE_LIST(NULL));
}
END_TEST

/* The exit code is that of the last failure. */
START_TEST(foreign_last)
{
	fake_start(&fake, 64, play_banner, NULL);
	several_get(&client, SEVERAL_DEAD, fake.port, 7, HERE_LIST("f"));
	several_expect_said(&client,
	    "no server is left: cannot connect to 127.0.0.1:1: ");
	several_expect_said(&client, "it speaks SSH");
	several_get(&client, fake.port, SEVERAL_DEAD, 3, HERE_LIST("f"));
	several_expect_said(&client, "it speaks SSH");
	several_expect_unsaid(&client, "trying again");
	fake_stop(&fake);
}
END_TEST

/* Both are busy all the time: the round is repeated, and then given up. */
START_TEST(round_is_repeated)
{
	static struct fake other;

	fake_start(&fake, 64, play_busy, NULL);
	fake_start(&other, 64, play_busy, NULL);
	several_get(&client, fake.port, other.port, 11,
	    HERE_LIST("--retry=1", "f"));
	several_expect_said(&client, "; trying all servers again in ");
	several_expect_said(&client, "f: no server is left: ");
	fake_stop(&fake);
	fake_stop(&other);
	ck_assert_uint_eq(atomic_load(&fake.taken), 2);
	ck_assert_uint_eq(atomic_load(&other.taken), 2);
}
END_TEST

/* ---- other modes ----------------------------------------------------------
 */

START_TEST(waits_and_follows)
{
	scratch_mkdir("copy");
	several_start_copy(&second, NULL);
	several_start(&client, (uint16_t[]){SEVERAL_DEAD, second.port, 0},
	    HERE_LIST("--wait=60", "late"));
	program_await_err(&client, "waiting for it");
	scratch_text("outside/late", "here");
	scratch_rename("outside/late", "copy/late");
	here_expect_exit(&client, 0, "--wait");
	sum_expect_files("here/newlate", "copy/late");
	several_start(&client, (uint16_t[]){SEVERAL_DEAD, second.port, 0},
	    HERE_LIST("-f", "late"));
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
	several_make_copies(1000);
	server_start(&first, NULL);
	here_get(&client, first.port, 0, "numeric",
	    HERE_LIST("-v", "--all-addresses", "data"));
	several_expect_said(&client, "one server is 127.0.0.1:");
	sum_expect_files("here/newdata", "served/data");
	/* It may be a default. */
	client_start(&client, first.port, HERE_LIST("-v", "data"),
	    HERE_LIST("FILEGET_OPTIONS=--all-addresses"));
	here_expect_exit(&client, 0, "default");
	several_expect_said(&client, "one server is 127.0.0.1:");
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
	tcase_add_test(tcase, waits_and_follows);
	tcase_add_test(tcase, all_addresses);
	return suite;
}
