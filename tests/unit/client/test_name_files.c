/*
 * Files of names and of sums: which lines become jobs, which are skipped, and
 * which files end the program.
 */

#include <stdio.h>
#include <string.h>

#include "client/name_files.h"
#include "client/transfer/job_queue.h"
#include "client/ui/sha256sum.h"
#include "tests/unit/child.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define MARK "\357\273\277"
#define A8   "aaaaaaaa"
#define A64  A8 A8 A8 A8 A8 A8 A8 A8

static struct target target;
static struct progress progress;
static struct report report;
static struct pipeline pipeline;
static struct job_queue *queue;

static void
setup(void)
{
	target_open(&target);
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
}

static void
teardown(void)
{
	target_close(&target);
}

static const struct file_row {
	const char *row;
	bool sums, nul, is_tree;
	const char *bytes;
	size_t len;
	const char *names; /* of the jobs, a space behind each */
} rows[] = {
#define TEXT(text) text, sizeof(text) - 1
    {"none", false, false, false, TEXT(""), ""},
    {"names", false, false, false, TEXT("a\nb\nc/d\n"), "a b c/d "},
    {"empty lines", false, false, false, TEXT("\n\na\n\n"), "a "},
    {"no end", false, false, false, TEXT("a\nb"), "a b "},
    {"CR LF", false, false, false, TEXT("a\r\n\r\nb\r\n"), "a b "},
    {"a mark", false, false, false, TEXT(MARK "a\n" MARK "b\n"),
	"a " MARK "b "},
    {"a mark alone", false, false, false, TEXT(MARK "\n"), ""},
    {"find", false, false, false, TEXT("./a\n./b/c\n"), "a b/c "},
    {"NUL", false, true, false, TEXT("a\n\0\0./b\0c\r\0"), "a\n b c\r "},
    {"NUL, a mark", false, true, false, TEXT(MARK "a\0"), MARK "a "},
    {"slashes", false, false, true, TEXT("a/\nb//\n"), "a b "},
    {"sums", true, false, false, TEXT(A64 "  a\n" A64 " *b\r\n"), "a b "},
    {"sums, a mark", true, false, false, TEXT(MARK A64 "  a\n"), "a "},
    {"sums, others", true, false, false,
	TEXT("# x\n\nnonsense\n" A64 "  a\nMD5 (x) = 0\n" A64 "  b\0c\n"),
	"a "},
    {"sums, NUL", true, true, false, TEXT(A64 "  a\nb\0" A64 "  c\0"),
	"a\nb c "},
};

/* Reads the bytes of a row into jobs. */
static void
read_row(const struct file_row *row)
{
	struct client_options options = {
	    .input_file = row->sums ? NULL : "list",
	    .check_file = row->sums ? "list" : NULL,
	    .input_nul = row->nul,
	};
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(row->bytes, 1, row->len, file), row->len);
	rewind(file);
	target.settings.jobs = 1;
	target.settings.store.is_tree = row->is_tree;
	pipeline_open(&pipeline, &target.settings, &target.folder, &report,
	    &progress, NULL);
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
	name_files_read(&options, file, &pipeline, queue);
	fclose(file);
}

START_TEST(test_rows)
{
	const struct file_row *row = &rows[_i];
	uint8_t sum[SHA256SUM_LENGTH];
	char names[256] = "";
	struct job *job;

	memset(sum, 0xaa, sizeof(sum));
	read_row(row);
	while ((job = job_queue_take_any(queue)) != NULL) {
		strlcat(names, job->name, sizeof(names));
		strlcat(names, " ", sizeof(names));
		ck_assert_int_eq(job->kind == JOB_KIND_FILE &&
			job->file.has_sum,
		    row->sums);
		if (row->sums)
			ck_assert_mem_eq(job->file.sum, sum, sizeof(sum));
		job_queue_remove(queue, job);
	}
	ck_assert_str_eq(names, row->names);
	ck_assert_int_eq(report.code, EXIT_OK);
	job_queue_free(queue);
	pipeline_close(&pipeline);
}
END_TEST

static void
read_there(void *argument)
{
	read_row(argument);
}

/* A file of sums without a sum of its kind is a mistake. */
START_TEST(test_no_sums)
{
	static const struct {
		struct file_row file;
		const char *says;
	} wrong[] = {
	    {{"empty", true, false, false, TEXT(""), NULL},
		"list: no line of it is what sha256sum prints\n"},
	    {{"nonsense", true, false, false, TEXT("a\nb\n"), NULL},
		"list: no line of it is what sha256sum prints\n"},
	    {{"NULs", true, false, false, TEXT(A64 "  a\0"), NULL},
		"; -0 reads what sha256sum -z prints\n"},
	    {{"MD5", true, false, false, TEXT("MD5 (x) = 0\n"), NULL},
		"those of another algorithm; none is checked\n"},
	};
	struct child child;
	struct file_row file;
	size_t i;

	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		file = wrong[i].file;
		child_run(&child, read_there, &file);
		ck_assert_msg(child.code == EXIT_USAGE &&
			strstr(child.err, wrong[i].says) != NULL,
		    "%s: %d, %s", file.row, child.code, child.err);
	}
}
END_TEST

static void
open_there(void *argument)
{
	(void)name_files_open(argument);
}

START_TEST(test_open)
{
	struct client_options options = {.input_file = NULL};
	struct child child;
	FILE *file;

	ck_assert_ptr_null(name_files_open(&options));
	options.check_file = "-";
	ck_assert_ptr_eq(name_files_open(&options), stdin);
	options.check_file = "/dev/null";
	file = name_files_open(&options);
	ck_assert_ptr_nonnull(file);
	fclose(file);
	options.check_file = "/dev/null/none";
	child_run(&child, open_there, &options);
	ck_assert_int_eq(child.code, EXIT_USAGE);
	ck_assert_ptr_nonnull(
	    strstr(child.err, "cannot read sums from /dev/null/none"));
}
END_TEST

Suite *
name_files_suite(void)
{
	Suite *suite = suite_create("name_files");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_rows, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_no_sums);
	tcase_add_test(tcase, test_open);
	return suite;
}
