/* fileget -r --delete removes nothing unless every listing came whole, none was
 * empty, and nothing failed. */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/tree.h"

static struct server server;
static struct program client;

/* Runs, and expects that all these files are still here. */
static void
expect_kept(const char *row, int code, const char *const *args,
    const char *const *names, const char *said)
{
	here_get(&client, server.port, code, row, args);
	for (; *names != NULL; names++)
		ck_assert_msg(scratch_exists(*names), "%s: no %s: %s", row,
		    *names, program_err(&client));
	ck_assert_msg(strstr(program_err(&client), said) != NULL, "%s: %s", row,
	    program_err(&client));
}

/* The disk that is shared is not mounted: the server lists nothing. */
START_TEST(an_empty_share)
{
	scratch_mkdir("served/t");
	tree_fill("here/x/a", 10, 1);
	tree_fill("here/x/d/b", 11, 2);
	server_start(&server, NULL);
	expect_kept("folder", 10, HERE_LIST("-r", "--delete", "-o", "x", "t"),
	    HERE_LIST("here/x/a", "here/x/d/b"),
	    "fileget: t: the server lists nothing in it, and there is "
	    "something here; nothing was removed\n");
	scratch_rename("served/t", "outside/t");
	expect_kept("share", 10, HERE_LIST("-r", "--delete", "-o", "x", "."),
	    HERE_LIST("here/x/a", "here/x/d/b"), "nothing was removed\n");
	expect_kept("missing", 4, HERE_LIST("-r", "--delete", "-o", "x", "t"),
	    HERE_LIST("here/x/a", "here/x/d/b"), "nothing was removed");
	server_stop(&server);
}
END_TEST

/* Its mount point has a file that is skipped. */
START_TEST(a_share_of_skipped_names)
{
	scratch_text("served/.keep", "");
	tree_fill("here/x/a", 10, 1);
	server_start(&server, HERE_LIST("--hidden"));
	expect_kept("skipped", 10, HERE_LIST("-r", "--delete", "-o", "x", "."),
	    HERE_LIST("here/x/a"), "nothing was removed\n");
	here_get(&client, server.port, 0, "taken",
	    HERE_LIST("-r", "--hidden", "--delete", "-o", "x", "."));
	ck_assert(!scratch_exists("here/x/a"));
	server_stop(&server);
}
END_TEST

/* The same for a disk that is mounted in the share. */
START_TEST(an_empty_folder_in_it)
{
	tree_fill("served/t/f", 10, 1);
	scratch_mkdir("served/t/photos");
	scratch_mkdir("served/t/empty");
	tree_fill("here/newt/old", 10, 1);
	tree_fill("here/newt/photos/a", 11, 2);
	tree_make_way("here/newt/empty/");
	server_start(&server, NULL);
	expect_kept("empty", 10, HERE_LIST("-r", "--delete", "t"),
	    HERE_LIST("here/newt/old", "here/newt/photos/a", "here/newt/f"),
	    "fileget: t/photos: the server lists nothing in it");
	scratch_remove("here/newt/photos/a");
	here_get(&client, server.port, 0, "empty here too",
	    HERE_LIST("-r", "--delete", "t"));
	tree_expect_same("here/newt", "served/t", "empty here too");
	/* A folder with only dot names here refuses nothing. */
	tree_fill("here/newt/photos/.mine", 11, 2);
	tree_fill("here/newt/old", 10, 1);
	here_get(&client, server.port, 0, "a dot name",
	    HERE_LIST("-r", "--delete", "t"));
	ck_assert(!scratch_exists("here/newt/old"));
	ck_assert(scratch_exists("here/newt/photos/.mine"));
	server_stop(&server);
}
END_TEST

/* One file fails. */
START_TEST(a_failure)
{
	static const struct {
		const char *row, *args[5];
	} rows[] = {
	    {"--max-size", {"-r", "--delete", "--max-size", "999", "t"}},
	    {"-n", {"-r", "--delete", "-n", "t"}},
	    {"a missing name", {"-r", "--delete", "t", "missing"}},
	    {"a folder here", {"-r", "--delete", "t"}},
	    {"a link here", {"-r", "--delete", "t"}},
	    {"a part's name", {"-r", "--delete", "t"}},
	};
	const char *args[6] = {NULL};
	int code = _i == 2 ? 4 : 10;

	memcpy(args, rows[_i].args, sizeof(rows[_i].args));
	tree_fill("served/t/f", 1000, 1);
	tree_fill("served/t/d/g", 10, 2);
	tree_fill("here/newt/old", 10, 3);
	if (_i == 1)
		tree_fill("here/newt/f", 10, 4);
	else if (_i == 3)
		tree_make_way("here/newt/f/");
	else if (_i == 4)
		scratch_symlink("../../outside", "here/newt/d");
	else if (_i == 5)
		tree_fill("served/t/x.00112233445566778899aabbccddeeff.part", 1,
		    1);
	server_start(&server, NULL);
	expect_kept(rows[_i].row, code, args, HERE_LIST("here/newt/old"),
	    "fileget: nothing was removed (--delete), for not everything has "
	    "come\n");
	ck_assert_ptr_null(strstr(program_err(&client), " removed\n"));
	server_stop(&server);
}
END_TEST

static const struct fake_file small = {.bytes = (const uint8_t *)"four",
    .size = 4,
    .token = {3, 4},
    .mode = S_IFREG | 0644,
    .mtime_ns = 1};

/* How the listing of "t" goes on after its first page. */
enum {
	PLAY_BREAK,  /* the connection breaks before the second page */
	PLAY_VANISH, /* the folder is gone */
	PLAY_FAIL,   /* the server cannot read it */
	PLAY_WHOLE,  /* the second page comes */
	PLAY_ALWAYS, /* it breaks each time */
	PLAYS
};

static bool
send_file_name(struct fake *fake, uint64_t cursor, const char *name)
{
	struct fake_page page = {0};

	fake_begin_page(&page, cursor);
	fake_add_entry(&page, S_IFREG | 0644, name, strlen(name));
	return fake_send_page(fake, &page);
}

static bool
answer_list(struct fake *fake, int play, uint64_t cursor)
{
	if (cursor == 0)
		return send_file_name(fake, 7, "f");
	if (play == PLAY_ALWAYS ||
	    (play == PLAY_BREAK && fake->connection == 0)) {
		fake_reset(fake);
		return false;
	}
	if (play == PLAY_VANISH)
		return fake_refuse(fake, PROTOCOL_NOT_FOUND, "gone");
	if (play == PLAY_FAIL)
		return fake_refuse(fake, PROTOCOL_IO_ERROR, "bad disk");
	return send_file_name(fake, 0, "g");
}

static void
play_pages(struct fake *fake)
{
	int play = *(const int *)fake->argument;
	struct fake_asked asked;
	bool sent = true;

	while (sent && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT)
			sent = fake_send_stat(fake, S_IFDIR | 0755, 1);
		else if (asked.op == PROTOCOL_OP_LIST)
			sent = answer_list(fake, play, asked.cursor);
		else
			sent = fake_answer(fake, &small, &asked);
	}
}

START_TEST(a_listing_that_does_not_come_whole)
{
	static const int codes[PLAYS] = {10, 4, 12, 0, 6};
	struct fake fake;
	int play = _i;

	tree_fill("here/newt/old", 10, 1);
	fake_start(&fake, 20, play_pages, &play);
	here_get(&client, fake.port, codes[play], "cut",
	    HERE_LIST("-r", "--delete", "--retry", "1", "t"));
	fake_stop(&fake);
	ck_assert_int_eq(scratch_exists("here/newt/old") != 0,
	    play != PLAY_WHOLE);
	ck_assert(scratch_exists("here/newt/f"));
	if (play == PLAY_BREAK)
		ck_assert_ptr_nonnull(strstr(program_err(&client),
		    "fileget: t: the connection broke while it was listed; "
		    "nothing was removed\n"));
}
END_TEST

/* An interrupt before the end. */
START_TEST(an_interrupt)
{
	tree_fill("served/t/f", 5000000, 1);
	tree_fill("here/newt/old", 10, 1);
	server_start(&server, NULL);
	here_start_after(&client, server.port,
	    HERE_LIST("-r", "--delete", "--limit-rate", "100k", "t"), NULL);
	program_await_err(&client, "fetching");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupt");
	ck_assert(scratch_exists("here/newt/old"));
	server_stop(&server);
}
END_TEST

/* An interrupt in mid removal: the rest stays. */
START_TEST(an_interrupt_while_it_removes)
{
	tree_fill("served/t/f", 10, 1);
	tree_fill_many("here/newt/gone", HARNESS_SLOW ? 5000 : 30000);
	server_start(&server, NULL);
	here_start_after(&client, server.port,
	    HERE_LIST("-rv", "--delete", "t"), NULL);
	program_await_err(&client, ": removed\n");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupt");
	ck_assert(scratch_exists("here/newt/gone"));
	ck_assert_ptr_null(strstr(program_err(&client), "newt/gone: removed"));
	here_get(&client, server.port, 0, "again",
	    HERE_LIST("-ru", "--delete", "t"));
	tree_expect_same("here/newt", "served/t", "again");
	server_stop(&server);
}
END_TEST

Suite *
deletes_refused_suite(void)
{
	Suite *suite = suite_create("deletes_refused");
	TCase *tcase = harness_case(suite, "deletes_refused", 60);

	tcase_add_test(tcase, an_empty_share);
	tcase_add_test(tcase, a_share_of_skipped_names);
	tcase_add_test(tcase, an_empty_folder_in_it);
	tcase_add_loop_test(tcase, a_failure, 0, 6);
	tcase_add_loop_test(tcase, a_listing_that_does_not_come_whole, 0,
	    PLAYS);
	tcase_add_test(tcase, an_interrupt);
	tcase_add_test(tcase, an_interrupt_while_it_removes);
	return suite;
}
