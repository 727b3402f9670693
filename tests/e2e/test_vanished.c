/* fileget -r and names that are listed, and gone when they are asked for. */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/tree.h"

static struct program client;

static const struct fake_file small = {.bytes = (const uint8_t *)"four",
    .size = 4,
    .token = {3, 4},
    .mode = S_IFREG | 0644,
    .mtime_ns = 1};

static bool
send_top(struct fake *fake)
{
	struct fake_page page = {0};

	fake_begin_page(&page, 0);
	fake_add_entry(&page, S_IFREG | 0644, "gone", 4);
	fake_add_entry(&page, S_IFREG | 0644, "kept", 4);
	if (fake->argument != NULL)
		fake_add_entry(&page, S_IFDIR | 0755, "gone-folder", 11);
	return fake_send_page(fake, &page);
}

static void
play_vanishing(struct fake *fake)
{
	struct fake_asked asked;
	bool sent = true;

	while (sent && fake_ask(fake, &asked)) {
		if (strstr(asked.name, "gone") != NULL)
			sent = fake_refuse(fake, PROTOCOL_NOT_FOUND, "no such");
		else if (asked.op == PROTOCOL_OP_STAT)
			sent = fake_send_stat(fake,
			    strcmp(asked.name, "t") == 0 ? S_IFDIR | 0755 :
							   S_IFREG | 0644,
			    1);
		else if (asked.op == PROTOCOL_OP_LIST)
			sent = send_top(fake);
		else
			sent = fake_answer(fake, &small, &asked);
	}
}

START_TEST(a_vanished_file_is_a_warning)
{
	struct fake fake;

	fake_start(&fake, 20, play_vanishing, "with a folder");
	here_get(&client, fake.port, 0, "warning",
	    HERE_LIST("-r", "--json", "t"));
	ck_assert(scratch_exists("here/newt/kept"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: t/gone: has vanished since it was listed\n"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: t/gone-folder: has vanished since it was listed\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/gone\",\"output\":null,\"status\":\"vanished\","
	    "\"exit\":0}\n"));
	here_get(&client, fake.port, 0, "quiet", HERE_LIST("-rq", "t"));
	ck_assert_str_eq(program_err(&client), "");
	here_get(&client, fake.port, 4, "--strict",
	    HERE_LIST("-r", "--strict", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: t/gone: the server says: no such"));
	fake_stop(&fake);
}
END_TEST

/* A name on the command line has to exist. */
START_TEST(a_missing_name_is_a_failure)
{
	struct fake fake;

	fake_start(&fake, 20, play_vanishing, NULL);
	here_get(&client, fake.port, 4, "a name",
	    HERE_LIST("-r", "t/gone", "t/kept"));
	here_get(&client, fake.port, 4, "without -r",
	    HERE_LIST("t/gone", "t/kept"));
	fake_stop(&fake);
}
END_TEST

/* --delete: a file's name was listed, so it stays here; what a folder holds is
 * not known. */
START_TEST(with_delete)
{
	struct fake fake;

	tree_fill("here/newt/gone", 10, 1);
	tree_fill("here/newt/old", 10, 2);
	tree_fill("here/newt/gone-folder/x", 10, 3);
	fake_start(&fake, 20, play_vanishing, "with a folder");
	here_get(&client, fake.port, 10, "a folder",
	    HERE_LIST("-r", "--delete", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: t/gone-folder: it vanished before it was listed to its "
	    "end; nothing was removed\n"));
	ck_assert(scratch_exists("here/newt/old"));
	fake_stop(&fake);
	fake_start(&fake, 20, play_vanishing, NULL);
	here_get(&client, fake.port, 0, "a file",
	    HERE_LIST("-r", "--delete", "t"));
	here_expect_names("here/newt", "a file", HERE_LIST("gone", "kept"));
	fake_stop(&fake);
}
END_TEST

Suite *
vanished_suite(void)
{
	Suite *suite = suite_create("vanished");
	TCase *tcase = harness_case(suite, "vanished", 60);

	tcase_add_test(tcase, a_vanished_file_is_a_warning);
	tcase_add_test(tcase, a_missing_name_is_a_failure);
	tcase_add_test(tcase, with_delete);
	return suite;
}
