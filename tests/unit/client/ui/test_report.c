/*
 * The lines and objects that a report prints, what -q, -v, --json and --sums
 * make of them, and the exit code. Each case prints in a process of its own.
 */

#include <stdio.h>
#include <string.h>

#include "client/ui/report.h"
#include "client/ui/sha256sum.h"
#include "common/clock.h"
#include "common/digest.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static const struct progress_settings no_progress = {
    .mode = PROGRESS_MODE_NONE};
static const uint8_t sum[SHA256SUM_LENGTH];
static const struct report_file file = {
    .name = "a\x1b",
    .path = "newa",
    .size = 10,
    .received = 4,
    .elapsed = 2 * CLOCK_SEC,
    .mtime_ns = 5,
    .verified = true,
    .sha256 = sum,
};

#define ZEROS16 "0000000000000000"
#define OBJECT                                                              \
	"{\"name\":\"a\\u001b\",\"output\":\"newa\",\"status\":\"ok\","     \
	"\"exit\":0,\"size\":10,\"received\":4,\"reused\":0,\"seconds\":2." \
	"000000,"                                                           \
	"\"mtime_ns\":5,\"xxh3_128\":null,\"verified\":true,\"tls\":null}\n"
#define FAILED(name, code)                                              \
	"{\"name\":\"" name "\",\"output\":null,\"status\":\"failed\"," \
	"\"exit\":" code ",\"error\":\"why\"}\n"

static void
add_failure(struct report *report, const char *name, enum exit_code code,
    const char *hint)
{
	struct failure failure;

	failure_set(&failure, code, "why");
	report_failure(report, name, &failure, hint);
}

static void
finish_one(struct report *report)
{
	report_set_kind(report, true, false);
	report_finished(report, &file);
}

/* With a digest. */
static void
finish_digest(struct report *report)
{
	static const uint8_t digest[DIGEST_LENGTH];
	struct report_file digested = file;

	digested.digest = digest;
	report_set_kind(report, true, false);
	report_finished(report, &digested);
}

static void
not_begun(struct report *report)
{
	struct failure failure;

	failure_set(&failure, EXIT_CONNECT, "why");
	report_not_begun(report, "a", &failure);
	report_tell_not_begun(report);
	report_not_begun(report, "b", &failure);
	report_not_begun(report, "c", &failure);
	report_tell_not_begun(report);
	report_tell_not_begun(report);
	report_summary(report);
}

static void
summarize(struct report *report)
{
	report->files = 2000;
	report->bytes = 10276045;
	report->skipped = 300;
	report->left_out = 4;
	report->not_begun = 5000;
	report->failed = 2;
	report_summary(report);
}

/* A second batch counts from zero. */
static void
begin_again(struct report *report)
{
	add_failure(report, "a", EXIT_LOCAL, NULL);
	report_begin(report);
	report_finished(report, &file);
	report_finished(report, &file);
	report_summary(report);
}

static void
finish_several(struct report *report)
{
	report_finished(report, &file);
	report_finished(report, &file);
}

static void
finish_two(struct report *report)
{
	report_finished(report, &file);
	report_finished(report, &file);
	report_summary(report);
}

static void
finish_last(struct report *report)
{
	report_finished(report, &file);
	report_summary(report);
}

static void
skip(struct report *report)
{
	report_skipped(report, "a", "newa");
}

static void
leave_out(struct report *report)
{
	report_left_out(report, ".a");
	report_tell_left_out(report);
	report_tell_left_out(report);
	report_left_out(report, ".b");
	report_left_out(report, ".c");
	report_tell_left_out(report);
}

static void
fail_one(struct report *report)
{
	add_failure(report, "a", EXIT_LOCAL, NULL);
}

static void
fail_with_advice(struct report *report)
{
	add_failure(report, "a", EXIT_BUSY, NULL);
	add_failure(report, NULL, EXIT_BUSY, "hint");
}

static void
be_interrupted(struct report *report)
{
	add_failure(report, "a", EXIT_INTERRUPTED, NULL);
	add_failure(report, "b", EXIT_INTERRUPTED, NULL);
}

static void
note(struct report *report)
{
	report_note(report, "note %d\n", 1);
	report_detail(report, "detail");
}

/* The texts must occur in what was printed; NULL: nothing was. */
static const struct {
	const char *row;
	struct report_settings settings;
	void (*work)(struct report *report);
	const char *out, *err;
} rows[] = {
    {"a file", {.quiet = false}, finish_one, NULL,
	"a\\033 -> newa  10 B  2.00 s  2 B/s  verified\n"},
    {"several files", {.quiet = false}, finish_several, NULL, NULL},
    {"several files, -v", {.verbose = true}, finish_several, NULL,
	"a\\033 -> newa  10 B  2.00 s  2 B/s  verified\n"},
    {"a digest", {.quiet = false}, finish_digest, NULL, "  2 B/s  verified\n"},
    {"a digest, -v", {.verbose = true}, finish_digest, NULL,
	"  2 B/s  xxh128 " ZEROS16 ZEROS16 "  verified\n"},
    {"a file, -q", {.quiet = true}, finish_one, NULL, NULL},
    {"a file, --json", {.json = REPORT_JSON_FILES}, finish_one, OBJECT, NULL},
    {"a file, --json -q", {.json = REPORT_JSON_FILES, .quiet = true},
	finish_one, OBJECT, NULL},
    {"a file, --sums -q", {.sums = true, .quiet = true}, finish_one,
	ZEROS16 ZEROS16 ZEROS16 ZEROS16 "  newa\n", NULL},
    {"summary", {.quiet = false}, finish_two, NULL, "2 files, 20 B in "},
    {"all in one", {.quiet = false}, summarize, NULL,
	" s, 300 unchanged, 4 skipped, 5,000 not begun, 2 failed\n"},
    {"and what there is", {.quiet = false}, summarize, NULL,
	"2,000 files, 9.8 MiB in 0.0"},
    {"another batch", {.quiet = false}, begin_again, NULL,
	"fileget: a: why\n2 files, 20 B in "},
    {"not begun", {.quiet = false}, not_begun, NULL,
	"fileget: 1 more name was not begun\n"
	"fileget: 2 more names were not begun\n0 files, 0 B in "},
    {"not begun, -q", {.quiet = true}, not_begun, NULL,
	"fileget: 2 more names were not begun\n"},
    {"not begun, --json", {.quiet = true, .json = REPORT_JSON_FILES}, not_begun,
	"{\"name\":\"a\",\"output\":null,\"status\":\"not_begun\",\"exit\":3,"
	"\"error\":\"why\"}\n",
	"not begun\n"},
    {"summary, -q", {.quiet = true}, finish_two, NULL, NULL},
    {"summary, -r", {.is_tree = true}, finish_last, NULL, "1 file, 10 B in "},
    {"skipped", {.quiet = false}, skip, NULL, NULL},
    {"skipped, -v", {.verbose = true}, skip, NULL,
	": a: newa is the same already\n"},
    {"skipped, --json", {.json = REPORT_JSON_FILES}, skip,
	"{\"name\":\"a\",\"output\":\"newa\",\"status\":\"skipped\","
	"\"exit\":0}\n",
	NULL},
    {"left out", {.quiet = false}, leave_out, NULL,
	"fileget: 1 name that begins with a dot was left out; --hidden fetches "
	"it\n"
	"fileget: 2 names that begin with a dot were left out; --hidden "
	"fetches them\n"},
    {"left out, --json", {.json = REPORT_JSON_FILES, .quiet = true}, leave_out,
	"{\"name\":\".a\",\"output\":null,\"status\":\"skipped\",\"exit\":0}"
	"\n",
	NULL},
    {"failure, -q", {.quiet = true}, fail_one, NULL, "fileget: a: why\n"},
    {"failure, --json", {.json = REPORT_JSON_FILES}, fail_one,
	FAILED("a", "10"), "fileget: a: why\n"},
    {"advice", {.quiet = false}, fail_with_advice, NULL,
	"fileget: a: why; --retry N tries more often\nfileget: why; hint\n"},
    {"interrupted", {.quiet = false}, be_interrupted, NULL,
	"fileget: a: why\n"},
    {"interrupted, --json", {.json = REPORT_JSON_FILES}, be_interrupted,
	FAILED("a", "130") FAILED("b", "130"), "fileget: a: why\n"},
    {"notes", {.quiet = false}, note, NULL, "fileget: note 1\\n\n"},
    {"notes, -v", {.verbose = true}, note, NULL,
	"fileget: note 1\\n\nfileget: detail\n"},
    {"notes, -q", {.quiet = true}, note, NULL, NULL},
};

static struct progress progress;
static struct report report;

static void
begin(const struct report_settings *settings)
{
	progress_open(&progress, &no_progress);
	report_open(&report, settings, &progress);
}

static void
work_there(void *argument)
{
	const size_t *row = argument;

	begin(&rows[*row].settings);
	rows[*row].work(&report);
}

static void
expect(const char *row, const char *printed, const char *expected)
{
	if (expected == NULL)
		ck_assert_msg(printed[0] == '\0', "%s: %s", row, printed);
	else
		ck_assert_msg(strstr(printed, expected) != NULL, "%s: %s", row,
		    printed);
}

START_TEST(test_rows)
{
	struct child child;
	size_t row = (size_t)_i;

	child_run(&child, work_there, &row);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	expect(rows[row].row, child.out, rows[row].out);
	expect(rows[row].row, child.err, rows[row].err);
	/* Once is enough. */
	if (rows[row].work == be_interrupted)
		ck_assert_ptr_null(strstr(child.err, "b: why"));
}
END_TEST

START_TEST(test_counts)
{
	static const struct report_settings quiet = {.quiet = true};

	begin(&quiet);
	ck_assert(!report_tells_files(&report));
	report_finished(&report, &file);
	report_skipped(&report, "b", "newb");
	report_left_out(&report, ".c");
	ck_assert_int_eq(report.code, EXIT_OK);
	add_failure(&report, "d", EXIT_DENIED, NULL);
	add_failure(&report, "e", EXIT_LOCAL, NULL);
	ck_assert_int_eq(report.code, EXIT_DENIED);
	ck_assert_uint_eq(report.files, 1);
	ck_assert_uint_eq(report.bytes, 10);
	ck_assert_uint_eq(report.skipped, 1);
	ck_assert_uint_eq(report.left_out, 1);
	ck_assert_uint_eq(report.failed, 2);
}
END_TEST

/* A server that has replied once is one, however long it stalls later. */
START_TEST(test_server_hint)
{
	static const struct report_settings none;
	struct failure protocol, stalled, local;

	failure_set(&protocol, EXIT_PROTOCOL, "x");
	failure_set(&stalled, EXIT_STALLED, "x");
	failure_set(&local, EXIT_LOCAL, "x");
	begin(&none);
	ck_assert_ptr_nonnull(report_server_hint(&report, &protocol));
	ck_assert_ptr_nonnull(report_server_hint(&report, &stalled));
	ck_assert_ptr_null(report_server_hint(&report, &local));
	report.has_answer = true;
	ck_assert_ptr_nonnull(report_server_hint(&report, &protocol));
	ck_assert_ptr_null(report_server_hint(&report, &stalled));
}
END_TEST

Suite *
report_suite(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_loop_test(tcase, test_rows, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_counts);
	tcase_add_test(tcase, test_server_hint);
	return suite;
}
