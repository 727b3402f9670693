/*
 * A connection that breaks between two pages of a folder: the folder is listed
 * again from its beginning, since the next connection may lead to another
 * server, which knows nothing of the first one's cursors. Each name is fetched
 * once.
 */

#include <sys/stat.h>

#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"

static struct fake fake;
static struct program client;

static const uint8_t bytes[] = "the same for each name";
static const struct fake_file file = {
    .bytes = bytes,
    .size = sizeof(bytes),
    .token = {1, 2},
    .mode = S_IFREG | 0644,
    .mtime_ns = 1,
};

static bool
send_files(struct fake *played, uint64_t cursor, const char *const *names)
{
	struct fake_page page = {0};

	fake_begin_page(&page, cursor);
	for (; *names != NULL; names++)
		fake_add_entry(&page, file.mode, *names, strlen(*names));
	return fake_send_page(played, &page);
}

/* The first connection breaks at its second page; the others list the same
 * names in another order, with other cursors. */
static bool
send_list(struct fake *played, uint64_t cursor)
{
	if (played->connection == 0 && cursor == 0)
		return send_files(played, 7, HERE_LIST("a", "b"));
	if (played->connection == 0) {
		fake_reset(played);
		return false;
	}
	if (cursor == 0)
		return send_files(played, 9, HERE_LIST("b", "c"));
	return cursor == 9 ?
	    send_files(played, 0, HERE_LIST("a", "d")) :
	    fake_refuse(played, PROTOCOL_BAD_RANGE, "another's cursor");
}

static void
play(struct fake *played)
{
	struct fake_asked asked;
	bool sent = true;

	while (sent && fake_ask(played, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT)
			sent = fake_send_stat(played, S_IFDIR | 0755, 1);
		else if (asked.op == PROTOCOL_OP_LIST)
			sent = send_list(played, asked.cursor);
		else
			sent = fake_answer(played, &file, &asked);
	}
}

static unsigned
count_asked(const char *name)
{
	unsigned i, n = 0;

	for (i = 0; i < fake.n_asked; i++)
		n += fake.asked[i].op == PROTOCOL_OP_FETCH &&
		    strcmp(fake.asked[i].name, name) == 0;
	return n;
}

START_TEST(a_break_between_two_pages)
{
	fake_start(&fake, 8, play, NULL);
	here_get(&client, fake.port, 0, "break", HERE_LIST("-r", "t"));
	fake_stop(&fake);
	here_expect_names("here/newt", "break", HERE_LIST("a", "b", "c", "d"));
	ck_assert_uint_eq(count_asked("t/a"), 1);
	ck_assert_uint_eq(count_asked("t/b"), 1);
}
END_TEST

Suite *
relisting_suite(void)
{
	Suite *suite = suite_create("relisting");
	TCase *tcase = harness_case(suite, "breaks", 60);

	tcase_add_test(tcase, a_break_between_two_pages);
	return suite;
}
