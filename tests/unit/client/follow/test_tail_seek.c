/*
 * A followed file whose last lines are wanted: the requests that find them, the
 * bytes that are written, and what happens if the file changes meanwhile.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/follow/tail.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

enum {
	FILE_ID = 7,
	FILE_MODE = S_IFREG | 0644,
	LONG = LINE_SEARCH_PIECE + 100, /* bytes of a file of two pieces */
	MAX_SIZE = 100000,
};

static struct script script;
static struct follow_settings settings;
static struct tail tail;
static int out, saved;
static char longer[LONG + 1]; /* one line, and a short second one */

/* Standard output is a file in memory. */
static void
setup(void)
{
	saved = dup(STDOUT_FILENO);
	out = memfd_create("out", MFD_CLOEXEC);
	ck_assert_int_eq(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
	memset(longer, 'x', LONG);
	memcpy(longer + LONG - 4, "\nend", 4);
	script_open(&script);
	settings = (struct follow_settings){
	    .connection = script.settings,
	    .verify = true,
	    .max_size = MAX_SIZE,
	    .lines = 1,
	};
	tail_open(&tail, &settings, &script.report, "log");
}

static void
teardown(void)
{
	tail_close(&tail);
	script_close(&script);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(out);
}

static struct protocol_attributes
attributes(uint64_t id, uint64_t size)
{
	return (struct protocol_attributes){.token = {id, 1},
	    .size = size,
	    .mode = FILE_MODE};
}

static void
say_state(uint64_t id, uint64_t size)
{
	const struct protocol_attributes file = attributes(id, size);

	script_state(&script, &file);
}

/* Says n bytes of a file of this size. */
static void
say_range(uint64_t id, uint64_t size, const char *bytes, size_t n)
{
	const struct protocol_attributes file = attributes(id, size);

	script_range(&script, &file, bytes, n);
	script_trailer(&script, size, bytes, n);
}

static void
expect_written(const char *text)
{
	char got[256];
	ssize_t len = pread(out, got, sizeof(got) - 1, 0);

	ck_assert_int_ge(len, 0);
	got[len] = '\0';
	ck_assert_str_eq(got, text);
}

static void
expect_request(enum protocol_op op, uint64_t id, uint64_t offset,
    uint64_t count)
{
	const struct protocol_request request = {
	    .op = (uint8_t)op,
	    .flags = op == PROTOCOL_OP_FETCH ? PROTOCOL_FETCH_DIGEST : 0,
	    .token = {.id = id},
	    .offset = offset,
	    .count = count,
	    .name = (const uint8_t *)"log",
	    .name_len = 3,
	};
	uint8_t wanted[256], got[256];
	size_t len = protocol_encode_request(&request, wanted);

	ck_assert_int_eq(recv(script.pair[1], got, len, MSG_WAITALL),
	    (ssize_t)len);
	ck_assert_mem_eq(got, wanted, len);
}

static void
expect_step(enum outcome outcome, enum tail_stage stage)
{
	enum outcome got = tail_step(&tail, &script.connection);

	ck_assert_msg(got == outcome && tail.stage == stage,
	    "outcome %d, stage %d: %s", got, tail.stage, tail.failure.text);
}

/* The line before the last newline; the file then grows. */
START_TEST(test_last_line)
{
	say_state(FILE_ID, 8);
	say_range(FILE_ID, 8, "one\ntwo\n", 8);
	say_range(FILE_ID, 8, "one\ntwo\n", 8);
	say_state(FILE_ID, 8);
	say_range(FILE_ID, 12, "one\ntwo\nnew\n", 12);
	say_state(FILE_ID, 12);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_request(PROTOCOL_OP_STAT, 0, 0, 0);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID, 0, 8);
	expect_written("");
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID, 0, PROTOCOL_TO_END);
	expect_request(PROTOCOL_OP_STAT, 0, 0, 0);
	expect_written("two\n");
	expect_step(OUTCOME_OK, TAIL_READ);
	expect_written("two\nnew\n");
}
END_TEST

/* Two pieces. The bytes in front of the line are read for comparison. */
START_TEST(test_long_line)
{
	size_t rest = LONG - LINE_SEARCH_PIECE;

	settings.lines = 2;
	say_state(FILE_ID, LONG);
	say_range(FILE_ID, LONG, longer + rest, LINE_SEARCH_PIECE);
	say_range(FILE_ID, LONG, longer, rest);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_request(PROTOCOL_OP_STAT, 0, 0, 0);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID, rest, LINE_SEARCH_PIECE);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID, 0, rest);
	ck_assert_uint_eq(tail.first, 0);
	ck_assert_uint_eq(tail.printed.size, 0);
	ck_assert_ptr_null(tail.piece);
}
END_TEST

static void
read_last_line(void)
{
	say_state(FILE_ID, LONG);
	say_range(FILE_ID, LONG, longer + LONG - LINE_SEARCH_PIECE,
	    LINE_SEARCH_PIECE);
}

START_TEST(test_begins_before_the_line)
{
	uint64_t start = LONG - 3 - PRINTED_LAST;

	read_last_line();
	say_range(FILE_ID, LONG, longer + start, LONG - start);
	say_state(FILE_ID, LONG);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_step(OUTCOME_MORE, TAIL_READ);
	ck_assert_uint_eq(tail.first, LONG - 3);
	ck_assert_uint_eq(tail.printed.size, start);
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_written("end");
	ck_assert_uint_eq(tail.printed.size, LONG);
	ck_assert_uint_eq(tail.printed.proved, LONG);
}
END_TEST

/* The reply with the last line is cut off: the bytes that came are proved, from
 * the place at which reading began. */
START_TEST(test_cut_off)
{
	uint64_t start = LONG - 3 - PRINTED_LAST;
	const struct protocol_attributes file = attributes(FILE_ID, LONG);

	read_last_line();
	script_range(&script, &file, longer + start, LONG - start);
	script.len -= 1;
	script_start(&script, true);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_step(OUTCOME_LOST, TAIL_PROVE);
	expect_written("en");
	script_close(&script);
	script_open(&script);
	script_digest(&script, &file, longer + start, LONG - start - 1);
	/* The last bytes received are compared once more. */
	say_range(FILE_ID, LONG, longer + LONG - 1 - PRINTED_LAST,
	    1 + PRINTED_LAST);
	say_state(FILE_ID, LONG);
	script_start(&script, false);
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_step(OUTCOME_OK, TAIL_READ);
	expect_written("end");
}
END_TEST

/* 0 lines: nothing is searched, and only what comes is written. */
START_TEST(test_no_lines)
{
	settings.lines = 0;
	say_state(FILE_ID, 4);
	say_range(FILE_ID, 8, "one\ntwo\n", 8);
	say_state(FILE_ID, 8);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_written("two\n");
}
END_TEST

START_TEST(test_empty_file)
{
	say_state(FILE_ID, 0);
	say_range(FILE_ID, 4, "one\n", 4);
	say_state(FILE_ID, 4);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_written("one\n");
}
END_TEST

/* ---- the file changes in the search ------------------------------------- */

static void
say_shorter(void)
{
	say_range(FILE_ID, 4, longer, 4);
}

static void
say_no_range(void)
{
	script_refuse(&script, PROTOCOL_BAD_RANGE, "no");
}

static void
say_other_file(void)
{
	script_refuse(&script, PROTOCOL_CHANGED, "no");
}

static void
say_gone(void)
{
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
}

static void
say_damaged(void)
{
	const struct protocol_attributes file = attributes(FILE_ID, 8);

	script_range(&script, &file, "one\ntwo\n", 8);
	script_trailer(&script, 8, "another", 7);
}

static void
say_wrong_id(void)
{
	say_range(FILE_ID + 1, 8, "one\ntwo\n", 8);
}

static void
say_wrong_length(void)
{
	say_range(FILE_ID, 8, "one\ntwo", 7);
}

static void
say_nothing(void)
{
}

static const struct {
	const char *row;
	void (*say)(void);
	enum outcome outcome;
	enum tail_stage next;
	enum exit_code code;
} changes[] = {
    {"shorter", say_shorter, OUTCOME_AGAIN, TAIL_SIZE, 0},
    {"no such range", say_no_range, OUTCOME_AGAIN, TAIL_SIZE, 0},
    {"another file", say_other_file, OUTCOME_AGAIN, TAIL_SIZE, 0},
    {"gone", say_gone, OUTCOME_AGAIN, TAIL_SIZE, 0},
    {"damaged", say_damaged, OUTCOME_FATAL, TAIL_LINES, EXIT_MISMATCH},
    {"a wrong id", say_wrong_id, OUTCOME_FATAL, TAIL_LINES, EXIT_PROTOCOL},
    {"a wrong length", say_wrong_length, OUTCOME_FATAL, TAIL_LINES,
	EXIT_PROTOCOL},
    {"closed", say_nothing, OUTCOME_CLOSED, TAIL_LINES, EXIT_STALLED},
};

START_TEST(test_changes)
{
	enum outcome outcome;

	say_state(FILE_ID, 8);
	changes[_i].say();
	script_start(&script, true);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	outcome = tail_step(&tail, &script.connection);
	ck_assert_msg(outcome == changes[_i].outcome &&
		tail.stage == changes[_i].next,
	    "%s: outcome %d, stage %d: %s", changes[_i].row, outcome,
	    tail.stage, tail.failure.text);
	if (changes[_i].code != 0)
		ck_assert_int_eq(tail.failure.code, changes[_i].code);
	expect_written("");
}
END_TEST

/* The name leads to another file when the lines are known: they are sought in
 * that one. */
START_TEST(test_replaced_before_the_first_byte)
{
	say_state(FILE_ID, 8);
	say_range(FILE_ID, 8, "one\ntwo\n", 8);
	say_other_file();
	say_state(FILE_ID + 1, 4);
	say_state(FILE_ID + 1, 4);
	say_range(FILE_ID + 1, 4, "new\n", 4);
	say_range(FILE_ID + 1, 4, "new\n", 4);
	say_state(FILE_ID + 1, 4);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_step(OUTCOME_AGAIN, TAIL_SIZE);
	expect_step(OUTCOME_MORE, TAIL_LINES);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_written("new\n");
	ck_assert(tail.rotation.begun);
}
END_TEST

/* The name has no file yet: all bytes of the one that appears are written. */
START_TEST(test_appears_later)
{
	say_gone();
	say_range(FILE_ID, 8, "one\ntwo\n", 8);
	say_state(FILE_ID, 8);
	script_start(&script, false);
	expect_step(OUTCOME_NOT_YET, TAIL_READ);
	expect_step(OUTCOME_AGAIN, TAIL_READ);
	expect_written("one\ntwo\n");
}
END_TEST

START_TEST(test_refused)
{
	script_refuse(&script, PROTOCOL_DENIED, "no");
	script_start(&script, false);
	expect_step(OUTCOME_FATAL, TAIL_SIZE);
	ck_assert_int_eq(tail.failure.code, EXIT_DENIED);
}
END_TEST

START_TEST(test_too_large)
{
	say_state(FILE_ID, MAX_SIZE + 1);
	script_start(&script, false);
	expect_step(OUTCOME_FATAL, TAIL_SIZE);
	ck_assert_int_eq(tail.failure.code, EXIT_LOCAL);
}
END_TEST

/* The server's refusal to send a folder tells the reason. */
START_TEST(test_folder)
{
	script_stat(&script, S_IFDIR | 0755, FILE_ID);
	script_refuse(&script, PROTOCOL_NOT_A_FILE, "no");
	script_stat(&script, S_IFDIR | 0755, FILE_ID);
	script_start(&script, false);
	expect_step(OUTCOME_MORE, TAIL_READ);
	expect_step(OUTCOME_FATAL, TAIL_READ);
	ck_assert_int_eq(tail.failure.code, EXIT_DENIED);
}
END_TEST

Suite *
tail_seek_suite(void)
{
	Suite *suite = suite_create("tail_seek");
	TCase *tcase = unit_case(suite, "steps");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_last_line);
	tcase_add_test(tcase, test_long_line);
	tcase_add_test(tcase, test_begins_before_the_line);
	tcase_add_test(tcase, test_cut_off);
	tcase_add_test(tcase, test_no_lines);
	tcase_add_test(tcase, test_empty_file);
	tcase_add_loop_test(tcase, test_changes, 0, (int)UNIT_ROWS(changes));
	tcase_add_test(tcase, test_replaced_before_the_first_byte);
	tcase_add_test(tcase, test_appears_later);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_too_large);
	tcase_add_test(tcase, test_folder);
	return suite;
}
