/*
 * The entries of a listing: good ones, every truncation and every lie of a
 * body, and that what follows the body stays in the stream.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/list_reader.h"
#include "tests/unit/client/wire/reading.h"
#include "tests/unit/unit.h"

static struct reading reading;
static struct list_reader list;
static struct protocol_record record;
static char name[LIST_READER_NAME];
static uint8_t body[LIST_READER_NAME + 1024];
static size_t len; /* of body */

static void
setup(void)
{
	reading_open(&reading);
	protocol_encode_cursor(7, body);
	len = PROTOCOL_CURSOR_SIZE;
}

static void
teardown(void)
{
	reading_close(&reading);
}

static void
add(uint32_t mode, uint64_t size, const void *bytes, size_t name_len)
{
	struct protocol_record added = {.mode = mode,
	    .size = size,
	    .mtime_ns = -5,
	    .name_len = name_len};

	protocol_encode_record(&added, body + len);
	len += PROTOCOL_RECORD_SIZE;
	memcpy(body + len, bytes, name_len);
	len += name_len;
}

/* Sends the body and what follows it, and begins. */
static int
begin(size_t announced)
{
	unit_send(reading.server, body, len);
	unit_send(reading.server, "next", 4);
	reading.reader.length = announced;
	return list_reader_begin(&list, &reading.reader);
}

static int
next(void)
{
	return list_reader_next(&list, &record, name);
}

static void
expect_next_reply(void)
{
	char text[4];

	ck_assert_int_eq(stream_read(&reading.stream, text, sizeof(text),
			     READING_LONG),
	    1);
	ck_assert_mem_eq(text, "next", sizeof(text));
}

START_TEST(test_entries)
{
	char longest[NAMES_MAX];

	memset(longest, 'x', sizeof(longest));
	add(S_IFREG | 0644, 5, "file", 4);
	add(S_IFDIR | 0755, 0, "a folder", 8);
	add(S_IFREG | 07777, INT64_MAX, "..\n\033\377", 5);
	add(S_IFREG, 1, longest, sizeof(longest));
	ck_assert_int_eq(begin(len), 0);
	ck_assert_uint_eq(list.cursor, 7);
	ck_assert_int_eq(next(), 1);
	ck_assert_str_eq(name, "file");
	ck_assert_uint_eq(record.mode, S_IFREG | 0644);
	ck_assert_uint_eq(record.size, 5);
	ck_assert_int_eq(record.mtime_ns, -5);
	ck_assert_int_eq(next(), 1);
	ck_assert_str_eq(name, "a folder");
	ck_assert(S_ISDIR(record.mode));
	ck_assert_int_eq(next(), 1);
	ck_assert_str_eq(name, "..\n\033\377");
	ck_assert_uint_eq(record.size, INT64_MAX);
	ck_assert_int_eq(next(), 1);
	ck_assert_uint_eq(strlen(name), NAMES_MAX);
	ck_assert_int_eq(next(), 0);
	ck_assert_int_eq(next(), 0);
	expect_next_reply();
}
END_TEST

START_TEST(test_no_entries)
{
	protocol_encode_cursor(0, body);
	ck_assert_int_eq(begin(len), 0);
	ck_assert_uint_eq(list.cursor, 0);
	ck_assert_int_eq(next(), 0);
	expect_next_reply();
}
END_TEST

START_TEST(test_impossible_lengths)
{
	static const uint64_t lengths[] = {0, 1, PROTOCOL_CURSOR_SIZE - 1,
	    PROTOCOL_LIST_MAX + 1, UINT64_C(1) << 32, PROTOCOL_LENGTH_MAX};

	ck_assert_int_eq(begin(lengths[_i]), -1);
	reading_expect_violation(&reading, "length", "");
}
END_TEST

/* A body announced as so many bytes shorter than its one record, "file". */
START_TEST(test_cut_entries)
{
	size_t cut;

	add(S_IFREG, 0, "file", 4);
	for (cut = 1; cut < PROTOCOL_RECORD_SIZE + 4; cut++) {
		ck_assert_int_eq(begin(len - cut), 0);
		ck_assert_int_eq(next(), -1);
		reading_expect_violation(&reading, "cut", "");
		teardown();
		reading_open(&reading);
	}
}
END_TEST

static const struct {
	const char *row;
	uint32_t mode;
	uint64_t size;
	const char *name;
	size_t len;
} lies[] = {
    {"no name", S_IFREG, 0, "", 0},
    {"a dot", S_IFDIR, 0, ".", 1},
    {"the folder above", S_IFDIR, 0, "..", 2},
    {"two components", S_IFREG, 0, "a/b", 3},
    {"a slash", S_IFREG, 0, "/", 1},
    {"absolute", S_IFREG, 0, "/etc", 4},
    {"a slash at the end", S_IFDIR, 0, "a/", 2},
    {"up and away", S_IFREG, 0, "../x", 4},
    {"a NUL", S_IFREG, 0, "a\0b", 3},
    {"only a NUL", S_IFREG, 0, "\0", 1},
    {"a NUL at the end", S_IFREG, 0, "a\0", 2},
    {"size 2^63", S_IFREG, UINT64_C(1) << 63, "a", 1},
    {"a link", S_IFLNK, 0, "a", 1},
    {"a device", S_IFBLK, 0, "a", 1},
    {"no type", 0644, 0, "a", 1},
};

START_TEST(test_lies)
{
	add(S_IFREG, 0, "good", 4);
	add(lies[_i].mode, lies[_i].size, lies[_i].name, lies[_i].len);
	ck_assert_int_eq(begin(len), 0);
	ck_assert_int_eq(next(), 1);
	ck_assert_int_eq(next(), -1);
	reading_expect_violation(&reading, lies[_i].row, "");
}
END_TEST

START_TEST(test_name_too_long)
{
	char longer[NAMES_MAX + 1];

	memset(longer, 'x', sizeof(longer));
	add(S_IFREG, 0, longer, sizeof(longer));
	ck_assert_int_eq(begin(len), 0);
	ck_assert_int_eq(next(), -1);
	reading_expect_violation(&reading, "long name", "");
}
END_TEST

/* However much of the body came before the connection ended. */
START_TEST(test_broken_off)
{
	size_t came;
	int got;

	add(S_IFREG, 0, "file", 4);
	for (came = 0; came < len; came++) {
		unit_send(reading.server, body, came);
		reading_end(&reading);
		reading.reader.length = len;
		got = list_reader_begin(&list, &reading.reader);
		if (came >= PROTOCOL_CURSOR_SIZE) {
			ck_assert_int_eq(got, 0);
			got = next();
		}
		ck_assert_int_eq(got, -1);
		reading_expect_lost(&reading, OUTCOME_LOST,
		    "the server closed the connection");
		teardown();
		reading_open(&reading);
	}
}
END_TEST

START_TEST(test_stalled)
{
	reading.reader.stall = 50 * CLOCK_MS;
	ck_assert_int_eq(begin(len + 100), 0);
	ck_assert_int_eq(next(), -1);
	reading_expect_lost(&reading, OUTCOME_LOST,
	    "nothing received for 0 s (--timeout)");
}
END_TEST

/* Nothing but the body, however long, is passed over. */
START_TEST(test_skip)
{
	static const uint64_t lengths[] = {0, 1, PROTOCOL_CURSOR_SIZE, 1000,
	    PROTOCOL_LIST_MAX + 1, PROTOCOL_LENGTH_MAX};
	bool fits = lengths[_i] <= PROTOCOL_LIST_MAX;

	reading.reader.length = lengths[_i];
	len = fits ? (size_t)lengths[_i] : 0;
	unit_send(reading.server, body, len);
	unit_send(reading.server, "next", 4);
	ck_assert_int_eq(list_reader_skip(&reading.reader), fits ? 0 : -1);
	if (!fits)
		reading_expect_violation(&reading, "length", "");
	expect_next_reply();
}
END_TEST

Suite *
list_reader_suite(void)
{
	Suite *suite = suite_create("list_reader");
	TCase *tcase;

	tcase = unit_case(suite, "records");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_entries);
	tcase_add_test(tcase, test_no_entries);
	tcase_add_loop_test(tcase, test_impossible_lengths, 0, 6);
	tcase_add_test(tcase, test_cut_entries);
	tcase_add_loop_test(tcase, test_lies, 0, (int)UNIT_ROWS(lies));
	tcase_add_test(tcase, test_name_too_long);
	tcase_add_test(tcase, test_broken_off);
	tcase_add_test(tcase, test_stalled);
	tcase_add_loop_test(tcase, test_skip, 0, 6);
	return suite;
}
