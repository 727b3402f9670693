/*
 * Each decision about a file that may be replaced: the event for what the
 * replies show, and the file that is read next.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "client/follow/rotation.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

enum {
	OLD = 7, /* ids */
	NEW,
	NEWER,
	FILE_MODE = S_IFREG | 0644,
};

static struct script script;
static struct printed printed;
static struct failure failure;
static struct rotation rotation;

/* The old file has been read: 10 bytes. */
static void
setup(void)
{
	const struct protocol_attributes attributes = {.token = {OLD, 1},
	    .size = 10,
	    .mtime_ns = CLOCK_SEC,
	    .mode = FILE_MODE};

	script_open(&script);
	printed_reset(&printed);
	memset(&failure, 0, sizeof(failure));
	rotation_open(&rotation, &script.report, "log", &printed, &failure);
	ck_assert(rotation.is_new);
	ck_assert(!rotation.begun);
	ck_assert(rotation_note_bytes(&rotation, &attributes));
	ck_assert(!rotation_note_bytes(&rotation, &attributes));
	ck_assert(rotation.begun);
	ck_assert_uint_eq(rotation.id, OLD);
	ck_assert_str_eq(rotation_file_name(&rotation), "log");
	printed_add(&printed, "0123456789", 10);
	printed_prove(&printed);
}

static void
teardown(void)
{
	rotation_close(&rotation);
	script_close(&script);
}

static enum tail_event
decide(struct rotation_look look)
{
	return rotation_decide(&rotation, &look);
}

/* The file is read to its end, and the name leads to a file of this id and
 * size. */
static enum tail_event
decide_named(uint64_t id, uint64_t size)
{
	return decide(
	    (struct rotation_look){.named_id = id, .named_size = size});
}

static const struct {
	const char *row;
	struct rotation_look look;
	enum tail_event event;
} rows[] = {
    {"no news", {.named_id = OLD}, TAIL_IDLE},
    {"new bytes", {.named_id = OLD, .fresh = 1}, TAIL_IDLE},
    {"first bytes", {.named_id = OLD, .fresh = 1, .is_first = true},
	TAIL_READ_AGAIN},
    {"more bytes", {.named_id = OLD, .fresh = 1, .has_more = true}, TAIL_GREW},
    {"more, and first",
	{.named_id = OLD, .fresh = 1, .has_more = true, .is_first = true},
	TAIL_GREW},
    {"truncated", {.named_id = OLD, .is_truncated = true}, TAIL_MOVED},
    {"changed", {.named_id = OLD, .is_other = true}, TAIL_OTHER_BYTES},
    {"damaged", {.named_id = OLD, .is_damaged = true}, TAIL_DAMAGED},
    {"refused", {.read = PROTOCOL_CHANGED, .named_id = NEW}, TAIL_MOVED},
    {"refused, no name",
	{.read = PROTOCOL_NOT_FOUND, .named = PROTOCOL_NOT_FOUND}, TAIL_MOVED},
    {"no name", {.named = PROTOCOL_NOT_FOUND}, TAIL_NO_NAME},
    {"no name, new bytes", {.named = PROTOCOL_NOT_FOUND, .fresh = 1},
	TAIL_GREW},
    {"replaced by an empty one", {.named_id = NEW}, TAIL_IDLE},
    {"replaced, new bytes", {.named_id = NEW, .named_size = 1, .fresh = 1},
	TAIL_GREW},
    {"replaced", {.named_id = NEW, .named_size = 1}, TAIL_READ_AGAIN},
};

START_TEST(test_decisions)
{
	enum tail_event event = decide(rows[_i].look);

	ck_assert_msg(event == rows[_i].event, "%s: %d", rows[_i].row, event);
	ck_assert_uint_eq(rotation.id, OLD);
}
END_TEST

/* ---- leaving the old file ----------------------------------------------- */

static void
say_empty_folder(void)
{
	script_begin_page(&script, 0);
	script_end_page(&script);
	script_start(&script, true);
}

/* The new file has bytes, and the old one no more: the old one is read once
 * more, and then left. */
START_TEST(test_replaced)
{
	ck_assert_int_eq(decide_named(NEW, 1), TAIL_READ_AGAIN);
	ck_assert_int_eq(decide_named(NEW, 1), TAIL_MOVED);
	ck_assert_int_eq(rotation.wanted, ROTATED_FILES_BETWEEN);
	say_empty_folder();
	ck_assert_int_eq(rotation_search(&rotation, &script.connection),
	    TAIL_NEXT_FILE);
	ck_assert(rotation.is_new);
	ck_assert_uint_eq(rotation.id, NEW);
	ck_assert_str_eq(rotation_file_name(&rotation), "log");
}
END_TEST

/* For an empty file the old one is left only after some time without bytes. */
START_TEST(test_replaced_by_an_empty_one)
{
	ck_assert_int_eq(decide_named(NEW, 0), TAIL_IDLE);
	ck_assert_int_eq(decide_named(NEW, 0), TAIL_IDLE);
	rotation.fresh_since -= 10 * CLOCK_SEC;
	ck_assert_int_eq(decide_named(NEW, 0), TAIL_IDLE);
	rotation.other_since -= 10 * CLOCK_SEC;
	ck_assert_int_eq(decide_named(NEW, 0), TAIL_READ_AGAIN);
	ck_assert_int_eq(decide_named(NEW, 0), TAIL_MOVED);
}
END_TEST

/* The name leads to a third file before the second was read. */
START_TEST(test_replaced_in_turn)
{
	ck_assert_int_eq(decide_named(NEW, 0), TAIL_IDLE);
	ck_assert_int_eq(decide_named(NEWER, 0), TAIL_MOVED);
	ck_assert_uint_eq(rotation.passed, NEW);
}
END_TEST

/* The name leads to the old file again. */
START_TEST(test_moved_back)
{
	ck_assert_int_eq(decide_named(NEW, 1), TAIL_READ_AGAIN);
	ck_assert_int_eq(decide_named(OLD, 10), TAIL_IDLE);
	ck_assert_int_eq(decide_named(NEW, 1), TAIL_READ_AGAIN);
}
END_TEST

/* ---- searching ---------------------------------------------------------- */

/* A folder of one file with the old id. */
START_TEST(test_old_file_found)
{
	script_begin_page(&script, 0);
	script_entry(&script, FILE_MODE, 4096, "log.1");
	script_end_page(&script);
	script_stat(&script, FILE_MODE, OLD);
	script_start(&script, true);
	ck_assert_int_eq(rotation_find_old(&rotation), TAIL_MOVED);
	ck_assert_int_eq(rotation_search(&rotation, &script.connection),
	    TAIL_FOUND);
	ck_assert_str_eq(rotation_file_name(&rotation), "log.1");
	ck_assert_uint_eq(rotation.id, OLD);
	ck_assert(!rotation.is_new);
	/* The name leads to it again. */
	ck_assert_int_eq(decide_named(OLD, 10), TAIL_IDLE);
	ck_assert_str_eq(rotation_file_name(&rotation), "log");
}
END_TEST

/* After a search in vain the old file is given up, and the next search waits;
 * the file of the name is next once the old one is refused again. */
START_TEST(test_old_file_not_found)
{
	const struct rotation_look gone = {.read = PROTOCOL_CHANGED,
	    .named_id = NEW,
	    .named_size = 1};

	ck_assert_int_eq(decide(gone), TAIL_MOVED);
	say_empty_folder();
	ck_assert_int_eq(rotation_search(&rotation, &script.connection),
	    TAIL_READ_AGAIN);
	ck_assert_int_eq(rotation_find_old(&rotation), TAIL_READ_AGAIN);
	ck_assert_int_eq(decide(gone), TAIL_NEXT_FILE);
	ck_assert_uint_eq(rotation.id, NEW);
}
END_TEST

/* Without a copy, the truncated file is read from its start. */
START_TEST(test_no_copy)
{
	ck_assert_int_eq(decide((struct rotation_look){.is_truncated = true,
			     .named_id = OLD}),
	    TAIL_MOVED);
	ck_assert_int_eq(rotation.wanted, ROTATED_FILES_COPY);
	say_empty_folder();
	ck_assert_int_eq(rotation_search(&rotation, &script.connection),
	    TAIL_NEXT_FILE);
	ck_assert_uint_eq(rotation.id, OLD);
	/* No search within the next second. */
	ck_assert_int_eq(rotation_restart(&rotation, ROTATION_REWRITTEN),
	    TAIL_NEXT_FILE);
	rotation.search_due = 0;
	ck_assert_int_eq(rotation_restart(&rotation, ROTATION_REWRITTEN),
	    TAIL_MOVED);
}
END_TEST

/* Two files had the name in between: the older one first. */
START_TEST(test_between)
{
	decide_named(NEW, 1);
	ck_assert_int_eq(decide_named(NEW, 1), TAIL_MOVED);
	script_begin_page(&script, 0);
	script_entry(&script, FILE_MODE, 5, "log.1");
	script_entry(&script, FILE_MODE, 5, "log.2");
	script_end_page(&script);
	script_stat(&script, FILE_MODE, 21);
	script_stat(&script, FILE_MODE, 22);
	script_start(&script, true);
	ck_assert_int_eq(rotation_search(&rotation, &script.connection),
	    TAIL_NEXT_FILE);
	ck_assert_str_eq(rotation_file_name(&rotation), "log.2");
	ck_assert_uint_eq(rotation.id, 0);
	/* It is gone: the next one. */
	ck_assert_int_eq(decide(
			     (struct rotation_look){.read = PROTOCOL_NOT_FOUND,
				 .named_id = NEW}),
	    TAIL_NEXT_FILE);
	ck_assert_str_eq(rotation_file_name(&rotation), "log.1");
	ck_assert_int_eq(decide(
			     (struct rotation_look){.read = PROTOCOL_NOT_FOUND,
				 .named_id = NEW}),
	    TAIL_NEXT_FILE);
	ck_assert_str_eq(rotation_file_name(&rotation), "log");
	ck_assert_uint_eq(rotation.id, NEW);
}
END_TEST

/* The server closes the connection and cannot be reached again. */
START_TEST(test_search_fails)
{
	script_start(&script, true);
	ck_assert_int_eq(rotation_find_old(&rotation), TAIL_MOVED);
	ck_assert_int_eq(rotation_search(&rotation, &script.connection),
	    TAIL_FAILED);
	ck_assert_int_ne(failure.code, EXIT_OK);
}
END_TEST

/* ---- notes -------------------------------------------------------------- */

static void
say_notes(void *argument)
{
	const struct protocol_attributes attributes = {.token = {OLD, 2}};

	(void)argument;
	script.report_settings.quiet = false;
	decide((struct rotation_look){.named = PROTOCOL_NOT_FOUND});
	decide((struct rotation_look){.named = PROTOCOL_NOT_FOUND});
	decide_named(NEW, 0);
	decide_named(NEW, 0);
	decide_named(OLD, 10);
	/* Truncated, and no copy is found. */
	rotation.search_due = INT64_MAX;
	rotation_restart(&rotation, ROTATION_TRUNCATED);
	rotation_note_bytes(&rotation, &attributes);
	/* Gone, and not found. */
	rotation_find_old(&rotation);
	/* Quiet for long and read just now: nothing can be missing. */
	rotation.fresh_since = clock_now() - 60 * CLOCK_SEC;
	rotation.read_since = clock_now();
	rotation_find_old(&rotation);
}

START_TEST(test_notes)
{
	struct child child;

	child_run(&child, say_notes, NULL);
	ck_assert_str_eq(child.err,
	    "fileget: log: the file no longer exists; waiting for it\n"
	    "fileget: log: there is a new file; reading it from its "
	    "start\n"
	    "fileget: log: the file was truncated; reading from its start (its "
	    "last bytes before may be missing)\n"
	    "fileget: log: earlier bytes may be missing: an older file is "
	    "neither kept open by the server nor found in the folder\n");
}
END_TEST

Suite *
rotation_suite(void)
{
	Suite *suite = suite_create("rotation");
	TCase *tcase = unit_case(suite, "decisions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_decisions, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_replaced);
	tcase_add_test(tcase, test_replaced_by_an_empty_one);
	tcase_add_test(tcase, test_replaced_in_turn);
	tcase_add_test(tcase, test_moved_back);
	tcase_add_test(tcase, test_old_file_found);
	tcase_add_test(tcase, test_old_file_not_found);
	tcase_add_test(tcase, test_no_copy);
	tcase_add_test(tcase, test_between);
	tcase_add_test(tcase, test_search_fails);
	tcase_add_test(tcase, test_notes);
	return suite;
}
