/*
 * Names become jobs: what each will be called here, which are refused and
 * that a refusal leaves everything as it was.
 */

#include <stdio.h>
#include <string.h>

#include "client/transfer/job_queue.h"
#include "common/names.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct jobs jobs;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	target.folder.volume->name_max = 255;
	memset(&jobs, 0xee, sizeof(jobs));
	jobs_open(&jobs, &target.settings, &target.folder);
}

static void
teardown(void)
{
	jobs_close(&jobs);
	target_close(&target);
}

static int
add(const char *name)
{
	memset(&failure, 0xee, sizeof(failure));
	return jobs_add(&jobs, name, strlen(name), NULL, &failure);
}

/* Takes the first job out of the list, as the pipeline does. */
static struct job *
take(void)
{
	struct job *job = jobs_take(&jobs, &jobs.files);

	ck_assert_ptr_nonnull(job);
	return job;
}

/* The names that are in the list, in order and with spaces behind them. */
static void
expect(const char *names)
{
	char text[256] = "";
	struct job *job;
	size_t n = 0;

	STAILQ_FOREACH(job, &jobs.files, next) {
		ck_assert_uint_eq(strlen(job->name), job->name_len);
		strlcat(text, job->name, sizeof(text));
		strlcat(text, " ", sizeof(text));
		n++;
	}
	ck_assert_str_eq(text, names);
	ck_assert_uint_eq(jobs.n, n);
	ck_assert_uint_eq(jobs.n_files, n);
	ck_assert(jobs_are_one(&jobs) == (n == 1));
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
		ck_assert_uint_eq(jobs.n, 0);
	}
	/* What only looks a little like one is a name as others are. */
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
		ck_assert_int_eq(job->stage, JOB_FETCH);
		ck_assert_ptr_null(job->output);
		ck_assert_ptr_null(job->tree);
		ck_assert_ptr_null(job->listed);
		ck_assert_ptr_null(job->pieces);
		ck_assert(!job->has_sum);
		ck_assert(!job->knows_size);
		ck_assert_uint_eq(job->tries, 0);
		ck_assert_uint_eq(job->received, 0);
		ck_assert_int_eq(job->began, 0);
		jobs_remove(&jobs, job);
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
		ck_assert_msg(jobs_add(&jobs, rows[i].name, len, NULL,
				  &failure) == -1,
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

		ck_assert_int_eq(jobs_add(&jobs, name, len, NULL, &failure),
		    expected);
		if (expected == 0)
			continue;
		ck_assert_int_eq(failure.code, EXIT_LOCAL);
		expect("");
	}
	ck_assert_uint_eq(jobs.n, 2);
	/* Folders above it do not count, and standard output has no limit. */
	memcpy(name, "folder/", 7);
	target.settings.keep_name = true;
	ck_assert_int_eq(jobs_add(&jobs, name, 27, NULL, &failure), 0);
	target.settings.output = "-";
	ck_assert_int_eq(jobs_add(&jobs, name, 64, NULL, &failure), 0);
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
	jobs_remove(&jobs, job);
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
	ck_assert_int_eq(jobs_add(&jobs, "a/fx", 3, NULL, &failure), 0);
	expect("a/f ");
	ck_assert_str_eq(STAILQ_FIRST(&jobs.files)->final, "newf");
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
	ck_assert_uint_eq(jobs.n, MANY);
	i = 0;
	STAILQ_FOREACH(job, &jobs.files, next) {
		ck_assert_int_eq(sscanf(job->final, "new%u", &number), 1);
		ck_assert_uint_eq(number, i++ * 7919 % MANY);
	}
	for (i = MANY; i > 0; i--) {
		ck_assert_uint_eq(jobs.n, i);
		ck_assert(jobs_are_one(&jobs) == (i == 1));
		jobs_remove(&jobs, take());
	}
	ck_assert(RB_EMPTY(&jobs.finals));
	expect("");
}
END_TEST

Suite *
jobs_suite(void)
{
	Suite *suite = suite_create("jobs");
	TCase *tcase = unit_case(suite, "jobs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_part_names);
	tcase_add_test(tcase, test_finals);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_length);
	tcase_add_test(tcase, test_same_final);
	tcase_add_test(tcase, test_not_terminated);
	tcase_add_test(tcase, test_many);
	return suite;
}
