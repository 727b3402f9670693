/*
 * Names become jobs: what each will be called here, which are refused and
 * that a refusal leaves everything as it was.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer/named_jobs.h"
#include "common/names.h"
#include "tests/unit/queued.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct job_queue *queue;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	target.folder.volume->name_max = 255;
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
}

static void
teardown(void)
{
	job_queue_free(queue);
	target_close(&target);
}

static int
add(const char *name)
{
	memset(&failure, 0xee, sizeof(failure));
	return named_jobs_add(queue, name, strlen(name), NULL, NULL, &failure);
}

/* Takes the first job out of the list, as the pipeline does. */
static struct job *
take(void)
{
	struct job *job = job_queue_take_file(queue);

	ck_assert_ptr_nonnull(job);
	return job;
}

/* The names that are in the list, in order and with spaces behind them. */
static void
expect(const char *names)
{
	size_t n = 0;

	queued_expect(queue, names);
	for (; *names != '\0'; names++)
		n += *names == ' ';
	ck_assert_uint_eq(job_queue_count(queue), n);
	ck_assert_uint_eq(job_queue_count_files(queue), n);
}

/* Regression: a file that bore such a name was taken for a part of another,
 * and removed when that one was complete. */
START_TEST(test_part_names)
{
	static const char *const names[] = {
	    "x.0123456789abcdef0123456789abcdef.part",
	    "a/x.0123456789abcdef0123456789abcdef.map.part",
	    "x.0123456789abcdef0123456789abcdef.77.part",
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		ck_assert_msg(add(names[i]) == -1, "%s", names[i]);
		ck_assert_int_eq(failure.code, EXIT_LOCAL);
		ck_assert_uint_eq(job_queue_count(queue), 0);
	}
	/* Names that only resemble a part file's are allowed. */
	ck_assert_int_eq(add("x.part"), 0);
	ck_assert_int_eq(add("x.0123456789abcdef.part"), 0);
}
END_TEST

START_TEST(test_finals)
{
	static const struct {
		const char *row, *name;
		const char *output; /* -o */
		bool keep;
		const char *final;
	} rows[] = {
	    {"new", "f", NULL, false, "newf"},
	    {"last component", "a/b/f", NULL, false, "newf"},
	    {"kept", "f", NULL, true, "f"},
	    {"kept, last component", "a/b/f", NULL, true, "f"},
	    {"hidden", "a/.f", NULL, true, ".f"},
	    {"three dots", "...", NULL, true, "..."},
	    {"backslash", "a\\b", NULL, false, "newa\\b"},
	    {"not UTF-8", "\xff\x1b[m", NULL, false, "new\xff\x1b[m"},
	    {"option", "-o", NULL, true, "-o"},
	    {"given", "a/f", "g", false, "g"},
	    {"given in a folder", "f", "/x/y/g", false, "g"},
	    {"given, kept", "f", "g", true, "g"},
	    {"standard output", "f", "-", false, NULL},
	    {"a file called -", "f", "./-", false, "-"},
	};
	struct job *job;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.settings.output = rows[i].output;
		target.settings.keep_name = rows[i].keep;
		ck_assert_msg(add(rows[i].name) == 0, "%s", rows[i].row);
		job = take();
		ck_assert_msg(strcmp(job->name, rows[i].name) == 0, "%s",
		    rows[i].row);
		ck_assert_msg(rows[i].final == NULL ? job->final == NULL :
						      job->final != NULL &&
			    strcmp(job->final, rows[i].final) == 0,
		    "%s: %s", rows[i].row, job->final);
		ck_assert_int_eq(job->kind, JOB_KIND_FILE);
		ck_assert_int_eq(job->stage, JOB_START);
		ck_assert_ptr_null(job->file.output);
		ck_assert_ptr_null(job->tree);
		ck_assert(!job->file.has_sum);
		ck_assert(!job->file.knows_state);
		ck_assert_uint_eq(job->tries, 0);
		ck_assert_uint_eq(job->received, 0);
		ck_assert_int_eq(job->began, 0);
		job_queue_remove(queue, job);
		expect("");
	}
}
END_TEST

static char longest[NAMES_MAX + 2];

START_TEST(test_refused)
{
	static const struct {
		const char *row, *name;
		size_t len; /* 0: that of the string */
		enum exit_code code;
	} rows[] = {
	    {"empty", "", 0, EXIT_USAGE},
	    {"absolute", "/f", 0, EXIT_USAGE},
	    {"folder", "f/", 0, EXIT_USAGE},
	    {"empty component", "a//b", 0, EXIT_USAGE},
	    {"dot", ".", 0, EXIT_USAGE},
	    {"parent", "..", 0, EXIT_USAGE},
	    {"parent behind", "a/..", 0, EXIT_USAGE},
	    {"parent within", "a/../b", 0, EXIT_USAGE},
	    {"NUL", "a\0b", 3, EXIT_USAGE},
	    {"NUL at the end", "a", 2, EXIT_USAGE},
	    {"over the protocol's limit", longest, 0, EXIT_USAGE},
	    {"over the folder's", longest, NAMES_MAX, EXIT_LOCAL},
	    {"twice", "other/one", 0, EXIT_USAGE},
	};
	size_t i, len;

	memset(longest, 'x', NAMES_MAX + 1);
	ck_assert_int_eq(add("one"), 0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		len = rows[i].len == 0 ? strlen(rows[i].name) : rows[i].len;
		memset(&failure, 0, sizeof(failure));
		ck_assert_msg(named_jobs_add(queue, rows[i].name, len, NULL,
				  NULL, &failure) == -1,
		    "%s", rows[i].row);
		ck_assert_msg(failure.code == rows[i].code, "%s: %d",
		    rows[i].row, (int)failure.code);
		ck_assert_msg(failure.text[0] != '\0', "%s", rows[i].row);
		expect("one ");
	}
	/* None of these stands in the way of what is right. */
	ck_assert_int_eq(add("two"), 0);
	expect("one two ");
}
END_TEST

/* name_max is about the name here, "new" and all, to the byte. */
START_TEST(test_length)
{
	char name[65];
	size_t len;

	target.folder.volume->name_max = 20;
	memset(name, 'x', 64);
	name[64] = '\0';
	for (len = 20; len > 15; len--) {
		int expected = len <= 17 ? 0 : -1;

		ck_assert_int_eq(named_jobs_add(queue, name, len, NULL, NULL,
				     &failure),
		    expected);
		if (expected == 0)
			continue;
		ck_assert_int_eq(failure.code, EXIT_LOCAL);
		expect("");
	}
	ck_assert_uint_eq(job_queue_count(queue), 2);
	/* Folders above it do not count, and standard output has no limit. */
	memcpy(name, "folder/", 7);
	target.settings.keep_name = true;
	ck_assert_int_eq(named_jobs_add(queue, name, 27, NULL, NULL, &failure),
	    0);
	target.settings.output = "-";
	ck_assert_int_eq(named_jobs_add(queue, name, 64, NULL, NULL, &failure),
	    0);
}
END_TEST

/* One name here, two files there: whatever way they come to it. */
START_TEST(test_same_final)
{
	struct job *job;

	ck_assert_int_eq(add("a/f"), 0);
	ck_assert_int_eq(add("f"), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	/* The very same name is there already. */
	ck_assert_int_eq(add("a/f"), 0);
	expect("a/f ");
	/* The kept name of one is the new one of another. */
	target.settings.keep_name = true;
	ck_assert_int_eq(add("newf"), -1);
	ck_assert_int_eq(add("f"), 0);
	expect("a/f f ");

	/* It is taken until its job is gone, not while it is in a list. */
	target.settings.keep_name = false;
	job = take();
	ck_assert_int_eq(add("b/f"), -1);
	job_queue_remove(queue, job);
	ck_assert_int_eq(add("b/f"), 0);
	expect("f b/f ");

	/* On standard output files may well follow each other. */
	target.settings.output = "-";
	ck_assert_int_eq(add("g"), 0);
	ck_assert_int_eq(add("g"), 0);
	expect("f b/f g g ");
}
END_TEST

/* A name is taken by its length, from bytes that do not end with it. */
START_TEST(test_not_terminated)
{
	struct job *job;

	ck_assert_int_eq(named_jobs_add(queue, "a/fx", 3, NULL, NULL, &failure),
	    0);
	expect("a/f ");
	job = take();
	ck_assert_str_eq(job->final, "newf");
	job_queue_remove(queue, job);
}
END_TEST

/* Many, in the order they came in, and gone again in another. */
START_TEST(test_many)
{
	enum {
		MANY = 5000
	};
	char name[32];
	struct job *job;
	unsigned i, number;

	for (i = 0; i < MANY; i++) {
		/* 7919 is prime: each number below MANY, once. */
		snprintf(name, sizeof(name), "%u", i * 7919 % MANY);
		ck_assert_int_eq(add(name), 0);
		ck_assert_int_eq(add(name), 0);
	}
	ck_assert_uint_eq(job_queue_count(queue), MANY);
	for (i = 0; i < MANY; i++) {
		ck_assert_uint_eq(job_queue_count(queue), MANY - i);
		job = take();
		ck_assert_int_eq(sscanf(job->final, "new%u", &number), 1);
		ck_assert_uint_eq(number, i * 7919 % MANY);
		job_queue_remove(queue, job);
	}
	expect("");
}
END_TEST

/* "." is a name with -r alone; what is no folder here cannot become one. */
START_TEST(test_folders)
{
	struct job *job;

	target.settings.connection.host = "host";
	ck_assert_int_eq(add("."), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	target.settings.store.is_tree = true;
	ck_assert_int_eq(add("."), 0);
	job = job_queue_take_any(queue);
	ck_assert_int_eq(job->kind, JOB_KIND_FOLDER);
	ck_assert_int_eq(job->stage, JOB_LIST);
	ck_assert_str_eq(job->final, "newhost");
	job_queue_put(queue, job, JOB_PLACE_LAST);
	ck_assert_int_eq(add(".."), -1);
	ck_assert_int_eq(add("./a"), -1);
	ck_assert_int_eq(add("a/."), -1);

	ck_assert_int_eq(mkdirat(target.folder.fd, "newthere", 0755), 0);
	ck_assert_int_eq(add("there"), 0);
	ck_assert_int_eq(mkfifoat(target.folder.fd, "newfifo", 0644), 0);
	ck_assert_int_eq(add("fifo"), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_str_eq(failure.text, "newfifo is not a folder here");
	ck_assert_int_eq(symlinkat("newthere", target.folder.fd, "newlink"), 0);
	ck_assert_int_eq(add("link"), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	/* Two folders of one name here. */
	ck_assert_int_eq(add("a/there"), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	/* A name that is a file here may be a file there; -o names a folder. */
	target_write(&target, "newfile", "mine");
	ck_assert_int_eq(add("file"), 0);
	target.settings.output = "newfile";
	ck_assert_int_eq(add("b/file"), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	queued_expect(queue, ". there file ");
}
END_TEST

START_TEST(test_sum)
{
	uint8_t sum[SHA256SUM_LENGTH];
	struct job *job;

	unit_fill(sum, sizeof(sum), 1);
	ck_assert_int_eq(named_jobs_add(queue, "a", 1, NULL, sum, &failure), 0);
	ck_assert_int_eq(named_jobs_add(queue, "a", 1, NULL, sum, &failure), 0);
	ck_assert_int_eq(add("a"), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	ck_assert_int_eq(add("b"), 0);
	job = take();
	ck_assert(job->file.has_sum);
	ck_assert_mem_eq(job->file.sum, sum, sizeof(sum));
	/* It is a copy. */
	sum[0]++;
	ck_assert_uint_ne(job->file.sum[0], sum[0]);
	job_queue_remove(queue, job);
	job = take();
	ck_assert(!job->file.has_sum);
	job_queue_remove(queue, job);
}
END_TEST

Suite *
named_jobs_suite(void)
{
	Suite *suite = suite_create("named_jobs");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_part_names);
	tcase_add_test(tcase, test_finals);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_length);
	tcase_add_test(tcase, test_same_final);
	tcase_add_test(tcase, test_not_terminated);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_folders);
	tcase_add_test(tcase, test_sum);
	return suite;
}
