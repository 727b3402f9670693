/* send_list: the entries of a page, and the requests that are refused. */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "tests/unit/server/listing.h"

static char shown[1024];

static void
show(const struct protocol_record *record, const char *entry)
{
	char text[300];

	snprintf(text, sizeof(text), "%s:%o:%llu ", entry,
	    record->mode & (S_IFMT | 0777),
	    S_ISDIR(record->mode) ? 0 : (unsigned long long)record->size);
	strlcat(shown, text, sizeof(shown));
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Asserts the sorted entries of a folder that fits one page. */
static void
expect(const char *wanted)
{
	char *words[64], *word, sorted[sizeof(shown)] = "", *rest = shown;
	size_t n = 0, i;

	shown[0] = '\0';
	ck_assert_int_eq(listing_ask(0), PROTOCOL_OK);
	ck_assert_uint_eq(listing_cursor, 0);
	listing_each(show);
	while ((word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0')
			words[n++] = word;
	qsort(words, n, sizeof(words[0]), compare);
	for (i = 0; i < n; i++) {
		strlcat(sorted, words[i], sizeof(sorted));
		strlcat(sorted, " ", sizeof(sorted));
	}
	ck_assert_str_eq(sorted, wanted);
}

START_TEST(test_empty)
{
	expect("");
	ck_assert_uint_eq(listing_body_len, PROTOCOL_CURSOR_SIZE);
}
END_TEST

/* Regression: slow storage counted as stuck, and other sessions that waited for
 * the same device were refused. */
START_TEST(test_progress)
{
	char entry[16];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(entry, sizeof(entry), "f%d", i);
		unit_write(listing_served, entry, "", 0);
	}
	atomic_store(&listing_slot.moved, 0);
	ck_assert_int_eq(listing_ask(0), PROTOCOL_OK);
	ck_assert_int_ne(atomic_load(&listing_slot.moved), 0);
}
END_TEST

static void
make_kinds(void)
{
	static const struct {
		const char *link, *to;
	} links[] = {
	    {"to_file", "file"},
	    {"to_folder", "folder"},
	    {"folder/up", "../file"},
	    {"to_outside", "/etc/passwd"},
	    {"to_parent", ".."},
	    {"to_nothing", "nowhere"},
	    {"to_itself", "to_itself"},
	    {"to_fifo", "fifo"},
	    {"to_hidden", ".hidden"},
	};
	char path[UNIT_PATH];
	size_t i;

	unit_write(listing_served, "file", "12345", 5);
	unit_write(listing_served, ".hidden", "1", 1);
	unit_path(path, listing_served, "folder");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(listing_served, "folder/inner", "12", 2);
	unit_path(path, listing_served, "fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	for (i = 0; i < UNIT_ROWS(links); i++) {
		unit_path(path, listing_served, links[i].link);
		ck_assert_int_eq(symlink(links[i].to, path), 0);
	}
}

/* A link shows as its target if that is inside, and is omitted otherwise; a
 * FIFO is omitted. */
START_TEST(test_kinds)
{
	make_kinds();
	expect("file:100644:5 folder:40755:0 to_file:100644:5 "
	       "to_folder:40755:0 to_hidden:100644:1 ");
	root_close_file(&listing_folder);
	listing_open_folder("folder");
	expect("inner:100644:2 up:100644:5 ");
	/* The same through a link to the folder. */
	root_close_file(&listing_folder);
	listing_open_folder("to_folder");
	expect("inner:100644:2 up:100644:5 ");
}
END_TEST

START_TEST(test_policies)
{
	make_kinds();
	listing_root.hidden = true;
	expect(".hidden:100644:1 file:100644:5 folder:40755:0 "
	       "to_file:100644:5 to_folder:40755:0 to_hidden:100644:1 ");
	root_close_file(&listing_folder);
	root_close(&listing_root);
	ck_assert_int_eq(root_open(&listing_root, listing_served, false, false),
	    0);
	listing_open_folder(".");
	expect("file:100644:5 folder:40755:0 ");
}
END_TEST

/* Regression: files whose whole name is too long for a request were omitted. A
 * client can report them only if they are listed. */
START_TEST(test_too_long)
{
	static char longest[NAMES_MAX + 1];

	unit_write(listing_served, "abcd", "", 0);
	unit_write(listing_served, "abcde", "", 0);
	memset(longest, 'x', NAMES_MAX);
	listing_name = longest;
	expect("abcd:100644:0 abcde:100644:0 ");
}
END_TEST

/* Regression: entries of a folder that may be read but not searched were
 * omitted. They are listed with their kind alone; a link counts as a file. */
START_TEST(test_not_to_be_searched)
{
	char path[UNIT_PATH];

	make_kinds();
	unit_path(path, listing_served, "folder/deep");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_path(path, listing_served, "folder/fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	root_close_file(&listing_folder);
	listing_open_folder("folder");
	unit_drop_power();
	unit_path(path, listing_served, "folder");
	ck_assert_int_eq(chmod(path, 0644), 0);
	expect("deep:40000:0 inner:100000:0 up:100000:0 ");
}
END_TEST

START_TEST(test_bad_cursor)
{
	static const uint64_t cursors[] = {(uint64_t)INT64_MAX + 1, UINT64_MAX};
	size_t i;

	listing_make("", 1);
	for (i = 0; i < UNIT_ROWS(cursors); i++)
		ck_assert_int_eq(listing_ask(cursors[i]), PROTOCOL_BAD_RANGE);
	/* A cursor that no page has given may lead anywhere in the folder. */
	for (i = 1; i < 63; i++) {
		if (listing_ask(UINT64_C(1) << i) == PROTOCOL_OK)
			ck_assert_uint_le(listing_each(listing_ignore), 1);
	}
	/* The folder can still be listed. */
	expect("1:100644:5 ");
}
END_TEST

/* A folder that was removed gives a status, not an empty page. */
START_TEST(test_removed)
{
	ck_assert_int_eq(rmdir(listing_served), 0);
	ck_assert_int_eq(listing_ask(0), PROTOCOL_NOT_FOUND);
}
END_TEST

Suite *
send_list_suite(void)
{
	Suite *suite = suite_create("send_list");
	TCase *tcase = unit_case(suite, "listing");

	tcase_add_checked_fixture(tcase, listing_setup, listing_teardown);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_progress);
	tcase_add_test(tcase, test_kinds);
	tcase_add_test(tcase, test_policies);
	tcase_add_test(tcase, test_too_long);
	tcase_add_test(tcase, test_not_to_be_searched);
	tcase_add_test(tcase, test_bad_cursor);
	tcase_add_test(tcase, test_removed);
	return suite;
}
