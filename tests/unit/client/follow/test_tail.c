/*
 * One step of a followed file against a scripted server: the request that is
 * sent, the bytes that are printed, the outcome and the next stage.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "client/follow/tail.h"
#include "common/clock.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

/* The file has 10 printed bytes, of which the first 4 are proved. */
#define PRINTED "0123456789"

enum {
	PROVED = 4,
	FILE_ID = 7,
	FILE_MODE = S_IFREG | 0644,
};

static struct script script;
static struct follow_settings settings;
static struct tail tail;
static int out, saved;

/* Standard output is a file in memory. */
static void
setup(void)
{
	saved = dup(STDOUT_FILENO);
	out = memfd_create("out", MFD_CLOEXEC);
	ck_assert_int_eq(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
	script_open(&script);
	settings = (struct follow_settings){
	    .connection = script.settings,
	    .verify = true,
	    .max_size = 1000,
	    .lines = -1,
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
attributes(uint64_t id, uint64_t version, uint64_t size)
{
	return (struct protocol_attributes){.token = {id, version},
	    .size = size,
	    .mode = FILE_MODE};
}

static void
expect_printed(const char *text)
{
	char got[256];
	ssize_t len = pread(out, got, sizeof(got) - 1, 0);

	ck_assert_int_ge(len, 0);
	got[len] = '\0';
	ck_assert_str_eq(got, text);
}

/* The next request that the server received is this one. */
static void
expect_request(enum protocol_op op, uint64_t id, uint64_t offset,
    uint64_t count, const char *name)
{
	const struct protocol_request request = {
	    .op = (uint8_t)op,
	    .flags = op == PROTOCOL_OP_FETCH && count == PROTOCOL_TO_END ?
		PROTOCOL_FETCH_DIGEST :
		0,
	    .token = {.id = id},
	    .offset = offset,
	    .count = count,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};
	uint8_t wanted[256], got[256];
	size_t len = protocol_encode_request(&request, wanted);

	ck_assert_int_eq(recv(script.pair[1], got, len, MSG_WAITALL),
	    (ssize_t)len);
	ck_assert_mem_eq(got, wanted, len);
}

/* ---- reading ------------------------------------------------------------ */

START_TEST(test_read_until_idle)
{
	struct protocol_attributes first = attributes(FILE_ID, 1, 4),
				   second = attributes(FILE_ID, 2, 7);

	script_range(&script, &first, "one\n", 4);
	script_trailer(&script, 4, "one\n", 4);
	script_state(&script, &first);
	script_range(&script, &second, "one\ntwo", 7);
	script_trailer(&script, 9, "one\ntwo", 7);
	script_state(&script, &second);
	script_range(&script, &second, "one\ntwo", 7);
	script_trailer(&script, 7, "one\ntwo", 7);
	script_state(&script, &second);
	script_start(&script, false);
	/* By name, then by the id, so that the server keeps the file open. */
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	expect_request(PROTOCOL_OP_FETCH, 0, 0, PROTOCOL_TO_END, "log");
	expect_request(PROTOCOL_OP_STAT, 0, 0, 0, "log");
	expect_printed("one\n");
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_MORE);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID, 0, PROTOCOL_TO_END, "log");
	expect_request(PROTOCOL_OP_STAT, 0, 0, 0, "log");
	expect_printed("one\ntwo");
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_OK);
	expect_printed("one\ntwo");
	ck_assert_int_eq(tail.stage, TAIL_READ);
	ck_assert(tail.rotation.begun);
}
END_TEST

/* A reply that is cut off: the bytes that came are printed once, and proved on
 * the next connection before others are read. */
START_TEST(test_cut_off)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 10);

	script_range(&script, &file, PRINTED, 6);
	script_start(&script, true);
	/* The length is that of 6 bytes, which does not fit the size. */
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_FATAL);
	ck_assert_int_eq(tail.failure.code, EXIT_PROTOCOL);
	expect_printed("");
	script_close(&script);
	script_open(&script);
	script_range(&script, &file, PRINTED, 10);
	script.len -= 4;
	script_start(&script, true);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_LOST);
	ck_assert_int_eq(tail.failure.code, EXIT_STALLED);
	expect_printed("012345");
	ck_assert_int_eq(tail.stage, TAIL_PROVE);
	script_close(&script);
	script_open(&script);
	script_digest(&script, &file, PRINTED, 6);
	script_range(&script, &file, PRINTED, 10);
	script_trailer(&script, 10, PRINTED, 10);
	script_state(&script, &file);
	script_start(&script, false);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	expect_request(PROTOCOL_OP_DIGEST, FILE_ID, 0, 6, "log");
	ck_assert_int_eq(tail.stage, TAIL_READ);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_OK);
	expect_printed(PRINTED);
}
END_TEST

/* ---- each stage --------------------------------------------------------- */

static void
say_file(uint64_t version, const char *bytes, size_t offset, size_t n)
{
	struct protocol_attributes file =
	    attributes(FILE_ID, version, strlen(bytes));

	script_range(&script, &file, bytes + offset, n);
	script_trailer(&script, file.size, bytes + offset, n);
}

static void
say_named(void)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 10);

	script_state(&script, &file);
}

static void
read_same(void)
{
	say_file(1, PRINTED, 0, 10);
	say_named();
}

static void
read_other_bytes(void)
{
	say_file(1, "012345678x", 0, 10);
	say_named();
}

static void
read_damaged(void)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 10);

	script_range(&script, &file, PRINTED, 10);
	script_trailer(&script, 10, "another", 7);
	say_named();
}

static void
read_other_file(void)
{
	struct protocol_attributes file = attributes(FILE_ID + 1, 1, 10);

	script_range(&script, &file, PRINTED, 10);
	script_trailer(&script, 10, PRINTED, 10);
}

static void
read_too_large(void)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 1001);
	static const char bytes[1001] = PRINTED;

	script_range(&script, &file, bytes, sizeof(bytes));
}

static void
read_short(void)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 3);

	script_refuse(&script, PROTOCOL_BAD_RANGE, "no");
	script_state(&script, &file);
}

static void
read_gone(void)
{
	script_refuse(&script, PROTOCOL_CHANGED, "no");
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
}

static void
busy(void)
{
	script_refuse(&script, PROTOCOL_BUSY, "no");
}

static void
closed(void)
{
}

static void
refused(void)
{
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
}

static void
unreadable(void)
{
	script_refuse(&script, PROTOCOL_IO_ERROR, "no");
	script_refuse(&script, PROTOCOL_IO_ERROR, "no");
}

static void
changed(void)
{
	script_refuse(&script, PROTOCOL_CHANGED, "no");
}

static void
short_range(void)
{
	script_refuse(&script, PROTOCOL_BAD_RANGE, "no");
}

static void
digest(uint64_t version, uint64_t size, const char *bytes)
{
	struct protocol_attributes file = attributes(FILE_ID, version, size);

	script_digest(&script, &file, bytes, strlen(bytes));
}

static void
digest_same(void)
{
	digest(2, 20, "456789");
}

static void
digest_damaged(void)
{
	digest(1, 10, "45678x");
}

static void
digest_of_new_version(void)
{
	digest(2, 10, "45678x");
}

static void
digest_of_shorter(void)
{
	digest(2, 9, "456789");
}

static void
again_same(void)
{
	say_file(2, PRINTED, PROVED, 6);
}

static void
again_other(void)
{
	say_file(2, "01234567xx", PROVED, 6);
}

static void
again_shorter(void)
{
	say_file(2, "012345", PROVED, 2);
}

static void
head_same(void)
{
	say_file(2, PRINTED, 0, 10);
}

static void
head_other(void)
{
	say_file(2, "x123456789", 0, 10);
}

/* DIGEST of all printed bytes, in a file of another id. */
static void
say_other_id(uint64_t size, const char *bytes)
{
	struct protocol_attributes file = attributes(FILE_ID + 1, 1, size);

	script_digest(&script, &file, bytes, strlen(bytes));
}

static void
same_all(void)
{
	say_other_id(20, PRINTED);
}

static void
same_not(void)
{
	say_other_id(20, "x123456789");
}

static void
same_shorter(void)
{
	say_other_id(9, "012345678");
}

static const struct {
	const char *row;
	enum tail_stage stage;
	void (*say)(void);
	enum outcome outcome;
	enum tail_stage next;
	enum exit_code code;
} rows[] = {
    {"read: no new bytes", TAIL_READ, read_same, OUTCOME_OK, TAIL_READ, 0},
    {"read: other last bytes", TAIL_READ, read_other_bytes, OUTCOME_AGAIN,
	TAIL_HEAD, 0},
    {"read: damaged", TAIL_READ, read_damaged, OUTCOME_AGAIN, TAIL_PROVE, 0},
    {"read: another id", TAIL_READ, read_other_file, OUTCOME_FATAL, TAIL_READ,
	EXIT_PROTOCOL},
    {"read: too large", TAIL_READ, read_too_large, OUTCOME_FATAL, TAIL_READ,
	EXIT_LOCAL},
    {"read: shorter", TAIL_READ, read_short, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"read: gone", TAIL_READ, read_gone, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"read: busy", TAIL_READ, busy, OUTCOME_LOST, TAIL_READ, EXIT_BUSY},
    {"read: closed", TAIL_READ, closed, OUTCOME_CLOSED, TAIL_PROVE,
	EXIT_STALLED},
    {"read: unreadable", TAIL_READ, unreadable, OUTCOME_NOT_YET, TAIL_READ, 0},
    {"prove: same", TAIL_PROVE, digest_same, OUTCOME_AGAIN, TAIL_READ, 0},
    {"prove: damaged", TAIL_PROVE, digest_damaged, OUTCOME_FATAL, TAIL_PROVE,
	EXIT_MISMATCH},
    {"prove: written to", TAIL_PROVE, digest_of_new_version, OUTCOME_AGAIN,
	TAIL_HEAD, 0},
    {"prove: shorter", TAIL_PROVE, digest_of_shorter, OUTCOME_AGAIN,
	TAIL_SEARCH, 0},
    {"prove: no range", TAIL_PROVE, short_range, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"prove: no digest", TAIL_PROVE, changed, OUTCOME_AGAIN, TAIL_REREAD, 0},
    {"prove: gone", TAIL_PROVE, refused, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"prove: busy", TAIL_PROVE, busy, OUTCOME_LOST, TAIL_PROVE, EXIT_BUSY},
    {"reread: same", TAIL_REREAD, again_same, OUTCOME_AGAIN, TAIL_READ, 0},
    {"reread: written to", TAIL_REREAD, again_other, OUTCOME_AGAIN, TAIL_HEAD,
	0},
    {"reread: shorter", TAIL_REREAD, again_shorter, OUTCOME_AGAIN, TAIL_SEARCH,
	0},
    {"reread: gone", TAIL_REREAD, changed, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"reread: closed", TAIL_REREAD, closed, OUTCOME_CLOSED, TAIL_PROVE,
	EXIT_STALLED},
    {"head: same", TAIL_HEAD, head_same, OUTCOME_AGAIN, TAIL_READ, 0},
    {"head: other", TAIL_HEAD, head_other, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"other id: same bytes", TAIL_SAME, same_all, OUTCOME_AGAIN, TAIL_READ, 0},
    {"other id: other bytes", TAIL_SAME, same_not, OUTCOME_AGAIN, TAIL_SEARCH,
	0},
    {"other id: shorter", TAIL_SAME, same_shorter, OUTCOME_AGAIN, TAIL_SEARCH,
	0},
    {"other id: gone", TAIL_SAME, refused, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"other id: no digest", TAIL_SAME, changed, OUTCOME_AGAIN, TAIL_SEARCH, 0},
    {"other id: busy", TAIL_SAME, busy, OUTCOME_LOST, TAIL_SAME, EXIT_BUSY},
    {"other id: closed", TAIL_SAME, closed, OUTCOME_CLOSED, TAIL_PROVE,
	EXIT_STALLED},
    {"head: busy", TAIL_HEAD, busy, OUTCOME_LOST, TAIL_HEAD, EXIT_BUSY},
};

START_TEST(test_stages)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 10);
	enum outcome outcome;

	rotation_note_bytes(&tail.rotation, &file);
	tail.version = 1;
	printed_add(&tail.printed, PRINTED, PROVED);
	printed_prove(&tail.printed);
	printed_add(&tail.printed, &PRINTED[PROVED], 6);
	tail.stage = rows[_i].stage;
	tail.rotation.same.id = FILE_ID + 1;
	tail.rotation.same.size = 10;
	rows[_i].say();
	script_start(&script, true);
	outcome = tail_step(&tail, &script.connection);
	ck_assert_msg(outcome == rows[_i].outcome &&
		tail.stage == rows[_i].next,
	    "%s: outcome %d, stage %d: %s", rows[_i].row, outcome, tail.stage,
	    tail.failure.text);
	if (rows[_i].code != 0)
		ck_assert_msg(tail.failure.code == rows[_i].code, "%s: %d",
		    rows[_i].row, tail.failure.code);
	expect_printed("");
}
END_TEST

/* Before any file had the name. */
static const struct {
	const char *row;
	enum protocol_status status;
	enum outcome outcome;
	enum exit_code code;
} firsts[] = {
    {"missing", PROTOCOL_NOT_FOUND, OUTCOME_NOT_YET, EXIT_NOT_FOUND},
    {"denied", PROTOCOL_DENIED, OUTCOME_FATAL, EXIT_DENIED},
    {"a folder", PROTOCOL_NOT_A_FILE, OUTCOME_FATAL, EXIT_DENIED},
    {"no such range", PROTOCOL_BAD_RANGE, OUTCOME_FATAL, EXIT_PROTOCOL},
};

START_TEST(test_first_refused)
{
	script_refuse(&script, firsts[_i].status, "no");
	script_refuse(&script, firsts[_i].status, "no");
	script_start(&script, true);
	ck_assert_msg(tail_step(&tail, &script.connection) ==
		firsts[_i].outcome,
	    "%s: %s", firsts[_i].row, tail.failure.text);
	ck_assert_msg(tail.failure.code == firsts[_i].code, "%s: %d",
	    firsts[_i].row, tail.failure.code);
	ck_assert(!tail.rotation.begun);
}
END_TEST

/* Another server, or a remount: the name leads to a new id. The folder has no
 * file of the old id, the printed bytes agree, and reading goes on. */
START_TEST(test_other_id)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 10);
	struct protocol_attributes copy = attributes(FILE_ID + 1, 1, 14);

	rotation_note_bytes(&tail.rotation, &file);
	printed_add(&tail.printed, PRINTED, 10);
	printed_prove(&tail.printed);
	script_refuse(&script, PROTOCOL_CHANGED, "no");
	script_state(&script, &copy);
	script_begin_page(&script, 0);
	script_end_page(&script);
	script_digest(&script, &copy, PRINTED, 10);
	script_range(&script, &copy, PRINTED "more", 14);
	script_trailer(&script, 14, PRINTED "more", 14);
	script_state(&script, &copy);
	script_start(&script, false);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID, 0, PROTOCOL_TO_END, "log");
	expect_request(PROTOCOL_OP_STAT, 0, 0, 0, "log");
	ck_assert_int_eq(tail.stage, TAIL_SEARCH);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	expect_request(PROTOCOL_OP_LIST, 0, 0, 0, ".");
	ck_assert_int_eq(tail.stage, TAIL_SAME);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	expect_request(PROTOCOL_OP_DIGEST, 0, 0, 10, "log");
	ck_assert_int_eq(tail.stage, TAIL_READ);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_OK);
	expect_request(PROTOCOL_OP_FETCH, FILE_ID + 1, 0, PROTOCOL_TO_END,
	    "log");
	expect_printed("more");
}
END_TEST

/* The folder has no other file: the new file is read from its start. */
START_TEST(test_next_file)
{
	struct protocol_attributes file = attributes(FILE_ID, 1, 10);

	rotation_note_bytes(&tail.rotation, &file);
	printed_add(&tail.printed, PRINTED, 10);
	printed_prove(&tail.printed);
	read_short();
	script_begin_page(&script, 0);
	script_end_page(&script);
	file = attributes(FILE_ID, 2, 3);
	script_range(&script, &file, "new", 3);
	script_trailer(&script, 3, "new", 3);
	script_start(&script, true);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	ck_assert_int_eq(tail.stage, TAIL_SEARCH);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_AGAIN);
	ck_assert_int_eq(tail.stage, TAIL_READ);
	ck_assert_uint_eq(tail.printed.size, 0);
	ck_assert_int_eq(tail_step(&tail, &script.connection), OUTCOME_CLOSED);
	expect_printed("new");
}
END_TEST

Suite *
tail_suite(void)
{
	Suite *suite = suite_create("tail");
	TCase *tcase = unit_case(suite, "steps");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_read_until_idle);
	tcase_add_test(tcase, test_cut_off);
	tcase_add_loop_test(tcase, test_stages, 0, (int)UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_first_refused, 0,
	    (int)UNIT_ROWS(firsts));
	tcase_add_test(tcase, test_other_id);
	tcase_add_test(tcase, test_next_file);
	return suite;
}
