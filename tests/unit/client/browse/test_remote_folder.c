/*
 * A folder of several pages, refusals, and replies against the protocol.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "client/wire/query.h"
#include "client/browse/remote_folder.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

enum {
	FILE_MODE = S_IFREG | 0644,
	FOLDER_MODE = S_IFDIR | 0755,
	MANY = 50000, /* entries */
};

static struct script script;
static struct remote_folder remote;
static struct failure failure;

static void
setup(void)
{
	memset(&remote, 0xee, sizeof(remote));
	memset(&failure, 0, sizeof(failure));
	script_open(&script);
}

static void
teardown(void)
{
	script_close(&script);
}

/* A page of files, their names in one string with spaces between. */
static void
page(uint64_t cursor, const char *names)
{
	char copy[256], *left = copy, *name;

	strlcpy(copy, names, sizeof(copy));
	script_begin_page(&script, cursor);
	while ((name = strsep(&left, " ")) != NULL)
		if (*name != '\0')
			script_entry(&script, FILE_MODE, strlen(name), name);
	script_end_page(&script);
}

static int
list(void)
{
	return remote_folder_list(&remote, &script.connection, "f", &failure);
}

static void
expect_names(const char *names)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < remote.n; i++) {
		strlcat(text, i == 0 ? "" : " ", sizeof(text));
		strlcat(text, remote.entries[i].name, sizeof(text));
		ck_assert_uint_eq(remote.entries[i].size,
		    strlen(remote.entries[i].name));
		ck_assert_uint_eq(remote.entries[i].mode, FILE_MODE);
	}
	ck_assert_str_eq(text, names);
}

START_TEST(test_pages)
{
	script_stat(&script, FOLDER_MODE, 77);
	page(9, "b a");
	page(3, "");
	page(1, "\377 B aa");
	page(0, "a.b");
	script_start(&script, false);
	ck_assert_int_eq(list(), 0);
	expect_names("B a a.b aa b \377");
	ck_assert_uint_eq(remote.attributes.token.id, 77);
	ck_assert_uint_eq(remote.attributes.mode, FOLDER_MODE);
	ck_assert_uint_gt(remote_folder_memory(&remote), 0);
	remote_folder_free(&remote);
	ck_assert_uint_eq(remote.n, 0);
	remote_folder_free(&remote);
}
END_TEST

START_TEST(test_empty_folder)
{
	script_stat(&script, FOLDER_MODE, 1);
	page(0, "");
	script_start(&script, false);
	ck_assert_int_eq(list(), 0);
	expect_names("");
	remote_folder_free(&remote);
}
END_TEST

/* The refusal of LIST is read, so that the next question gets its own reply. */
START_TEST(test_file_then_folder)
{
	script_stat(&script, FILE_MODE, 1);
	script_refuse(&script, PROTOCOL_NOT_A_FILE, "not a folder");
	script_stat(&script, FOLDER_MODE, 1);
	page(0, "a");
	script_start(&script, false);
	ck_assert_int_eq(list(), 0);
	ck_assert_uint_eq(remote.attributes.mode, FILE_MODE);
	expect_names("");
	remote_folder_free(&remote);
	ck_assert_int_eq(list(), 0);
	expect_names("a");
	remote_folder_free(&remote);
}
END_TEST

static const struct {
	const char *row;
	enum protocol_status stat, list; /* OK: an empty one */
	enum exit_code code;
} refusals[] = {
    {"not found", PROTOCOL_NOT_FOUND, PROTOCOL_NOT_FOUND, EXIT_NOT_FOUND},
    {"denied", PROTOCOL_DENIED, PROTOCOL_DENIED, EXIT_DENIED},
    {"lists are denied", PROTOCOL_OK, PROTOCOL_DENIED, EXIT_DENIED},
    {"no folder now", PROTOCOL_OK, PROTOCOL_NOT_A_FILE, EXIT_DENIED},
    {"gone now", PROTOCOL_OK, PROTOCOL_NOT_FOUND, EXIT_NOT_FOUND},
    {"there now", PROTOCOL_NOT_FOUND, PROTOCOL_OK, EXIT_NOT_FOUND},
    {"a device", PROTOCOL_NOT_A_FILE, PROTOCOL_NOT_A_FILE, EXIT_DENIED},
    {"unreadable", PROTOCOL_OK, PROTOCOL_IO_ERROR, EXIT_IO_ERROR},
    {"no LIST", PROTOCOL_OK, PROTOCOL_UNSUPPORTED, EXIT_PROTOCOL},
    {"bad name", PROTOCOL_BAD_NAME, PROTOCOL_BAD_NAME, EXIT_USAGE},
};

/* After a refusal the connection serves the next question. */
START_TEST(test_refusals)
{
	if (refusals[_i].stat == PROTOCOL_OK)
		script_stat(&script, FOLDER_MODE, 1);
	else
		script_refuse(&script, refusals[_i].stat, "because");
	if (refusals[_i].list == PROTOCOL_OK)
		page(0, "a b c");
	else
		script_refuse(&script, refusals[_i].list, "because");
	script_stat(&script, FOLDER_MODE, 1);
	page(0, "next");
	script_start(&script, false);
	ck_assert_int_eq(list(), -1);
	ck_assert_msg(failure.code == refusals[_i].code, "%s: %d",
	    refusals[_i].row, failure.code);
	ck_assert_ptr_nonnull(strstr(failure.text, "because"));
	ck_assert(!query_is_over(&failure));
	ck_assert_int_eq(list(), 0);
	expect_names("next");
	remote_folder_free(&remote);
}
END_TEST

/* A file becomes a folder between STAT and LIST. */
START_TEST(test_changed_meanwhile)
{
	script_stat(&script, FILE_MODE, 1);
	page(0, "a");
	script_start(&script, false);
	ck_assert_int_eq(list(), -1);
	ck_assert_int_eq(failure.code, EXIT_CHANGED);
}
END_TEST

/* ---- lies ---------------------------------------------------------------- */

static void
expect_violation(const char *row)
{
	script_start(&script, false);
	ck_assert_msg(list() == -1, "%s", row);
	ck_assert_msg(failure.code == EXIT_PROTOCOL, "%s: %d: %s", row,
	    failure.code, failure.text);
	ck_assert_msg(script.connection.fd == -1, "%s: the link is kept", row);
}

/* Pages with these cursors, each with a new name. */
static const struct {
	const char *row;
	uint64_t cursors[8]; /* then round again */
	size_t n;
} rounds[] = {
    {"always the same", {5}, 1},
    {"back and forth", {5, 6}, 2},
    {"three", {1, 2, 3}, 3},
    {"eight", {8, 7, 6, 5, 4, 3, 2, UINT64_MAX}, 8},
};

START_TEST(test_cursors_go_round)
{
	char name[16];
	size_t i;

	script_stat(&script, FOLDER_MODE, 1);
	for (i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		page(rounds[_i].cursors[i % rounds[_i].n], name);
	}
	expect_violation(rounds[_i].row);
	ck_assert_ptr_nonnull(strstr(failure.text, "goes round"));
}
END_TEST

START_TEST(test_nothing_without_end)
{
	uint64_t cursor;

	script_stat(&script, FOLDER_MODE, 1);
	for (cursor = 1; cursor <= 10001; cursor++)
		page(cursor, "");
	expect_violation("empty pages");
}
END_TEST

/* The most empty pages that are allowed, then an entry, and the same again. */
START_TEST(test_nothing_for_long)
{
	uint64_t cursor;

	script_stat(&script, FOLDER_MODE, 1);
	for (cursor = 1; cursor <= 20000; cursor++)
		page(cursor, cursor == 10000 ? "a" : "");
	page(0, "b");
	script_start(&script, false);
	ck_assert_int_eq(list(), 0);
	expect_names("a b");
	remote_folder_free(&remote);
}
END_TEST

static void
twice(uint64_t id)
{
	script_stat(&script, FOLDER_MODE, id);
	page(1, "a b");
	page(0, "c a");
}

START_TEST(test_twice_every_time)
{
	twice(1);
	twice(2);
	twice(3);
	expect_violation("twice");
	ck_assert_ptr_nonnull(strstr(failure.text, "twice"));
}
END_TEST

/* A name that was just replaced may be listed twice by some file systems. */
START_TEST(test_twice_for_once)
{
	twice(1);
	script_stat(&script, FOLDER_MODE, 2);
	page(0, "c b a");
	script_start(&script, false);
	ck_assert_int_eq(list(), 0);
	expect_names("a b c");
	ck_assert_uint_eq(remote.attributes.token.id, 2);
	remote_folder_free(&remote);
}
END_TEST

static const struct {
	const char *row;
	uint32_t mode;	  /* of the folder */
	uint64_t length;  /* of the page, instead of its own */
	const char *name; /* of the entry */
} lies[] = {
    {"a device", S_IFCHR, 0, "a"},
    {"no type", 0, 0, "a"},
    {"the folder above", FOLDER_MODE, 0, ".."},
    {"two components", FOLDER_MODE, 0, "a/b"},
    {"too short", FOLDER_MODE, 7, "a"},
    {"cut", FOLDER_MODE, 30, "a"},
    {"too long", FOLDER_MODE, PROTOCOL_LIST_MAX + 1, "a"},
    {"far too long", FOLDER_MODE, PROTOCOL_LENGTH_MAX, "a"},
    {"too long for a file", FILE_MODE, PROTOCOL_LENGTH_MAX, "a"},
};

START_TEST(test_lies)
{
	script_stat(&script, lies[_i].mode, 1);
	page(0, lies[_i].name);
	if (lies[_i].length != 0)
		protocol_encode_reply(PROTOCOL_OK, lies[_i].length,
		    script.bytes + script.page);
	expect_violation(lies[_i].row);
}
END_TEST

START_TEST(test_attributes_of_another_length)
{
	static const uint8_t none[PROTOCOL_REPLY_HEADER_SIZE + 1] = {
	    [PROTOCOL_REPLY_HEADER_SIZE - 1] = 1};

	script_add(&script, none, sizeof(none));
	expect_violation("one byte");
}
END_TEST

START_TEST(test_another_protocol)
{
	script_add(&script, "HTTP/1.1", 8);
	expect_violation("HTTP");
}
END_TEST

/* ---- connections --------------------------------------------------------- */

/* The connection ends after each number of bytes; no memory leaks. */
START_TEST(test_broken_off)
{
	size_t whole, came;

	script_stat(&script, FOLDER_MODE, 1);
	page(1, "a b");
	whole = script.len;
	for (came = 0; came <= whole; came++) {
		script.len = came;
		script_start(&script, true);
		ck_assert_int_eq(list(), -1);
		ck_assert_msg(query_is_over(&failure), "%zu: %d: %s", came,
		    failure.code, failure.text);
		script_close(&script);
		setup();
		script_stat(&script, FOLDER_MODE, 1);
		page(1, "a b");
	}
}
END_TEST

START_TEST(test_many)
{
	char name[16];
	int i;

	script_stat(&script, FOLDER_MODE, 1);
	for (i = 0; i < MANY; i++) {
		if (i % 1000 == 0)
			script_begin_page(&script,
			    i + 1000 == MANY ? 0 : (uint64_t)i + 1);
		snprintf(name, sizeof(name), "%08x", (unsigned)i * 2654435761U);
		script_entry(&script, FILE_MODE, 8, name);
		if (i % 1000 == 999)
			script_end_page(&script);
	}
	script_start(&script, false);
	ck_assert_int_eq(list(), 0);
	ck_assert_uint_eq(remote.n, MANY);
	for (i = 1; i < MANY; i++)
		ck_assert(strcmp(remote.entries[i - 1].name,
			      remote.entries[i].name) < 0);
	ck_assert_uint_lt(remote_folder_memory(&remote), 100 * MANY);
	remote_folder_free(&remote);
}
END_TEST

START_TEST(test_stat)
{
	struct protocol_attributes attributes;

	script_stat(&script, FILE_MODE, 5);
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no such file");
	script_stat(&script, FOLDER_MODE, 6);
	script_start(&script, false);
	ck_assert_int_eq(query_stat(&script.connection, "a", &attributes,
			     &failure),
	    0);
	ck_assert_uint_eq(attributes.token.id, 5);
	ck_assert_int_eq(query_stat(&script.connection, "b", &attributes,
			     &failure),
	    -1);
	ck_assert_int_eq(failure.code, EXIT_NOT_FOUND);
	ck_assert_int_eq(query_stat(&script.connection, "c", &attributes,
			     &failure),
	    0);
	ck_assert_uint_eq(attributes.mode, FOLDER_MODE);
}
END_TEST

Suite *
remote_folder_suite(void)
{
	Suite *suite = suite_create("remote_folder");
	TCase *tcase;

	tcase = unit_case(suite, "folders");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_pages);
	tcase_add_test(tcase, test_empty_folder);
	tcase_add_test(tcase, test_file_then_folder);
	tcase_add_loop_test(tcase, test_refusals, 0, (int)UNIT_ROWS(refusals));
	tcase_add_test(tcase, test_changed_meanwhile);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_stat);
	tcase = unit_case(suite, "lies");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_cursors_go_round, 0,
	    (int)UNIT_ROWS(rounds));
	tcase_add_test(tcase, test_nothing_without_end);
	tcase_add_test(tcase, test_nothing_for_long);
	tcase_add_test(tcase, test_twice_every_time);
	tcase_add_test(tcase, test_twice_for_once);
	tcase_add_loop_test(tcase, test_lies, 0, (int)UNIT_ROWS(lies));
	tcase_add_test(tcase, test_attributes_of_another_length);
	tcase_add_test(tcase, test_another_protocol);
	tcase_add_test(tcase, test_broken_off);
	return suite;
}
