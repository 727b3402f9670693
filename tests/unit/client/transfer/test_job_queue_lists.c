/*
 * Where jobs are: which list each belongs to, in which order, and what is
 * counted; and jobs for what is in a folder, or a piece of a file.
 */

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "client/store/tree_folder.h"
#include "client/transfer/job_queue.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct jobs jobs;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
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
	memset(&failure, 0, sizeof(failure));
	return jobs_add(&jobs, name, strlen(name), NULL, &failure);
}

static void
expect(const struct job_list *list, const char *names)
{
	const struct job *job;
	char text[256] = "";

	STAILQ_FOREACH(job, list, next)
		strlcat(text, job->name, sizeof(text));
	ck_assert_str_eq(text, names);
}

START_TEST(test_order)
{
	struct job *b;

	ck_assert_ptr_null(jobs_take(&jobs, &jobs.files));
	ck_assert_int_eq(add("a"), 0);
	ck_assert_int_eq(add("b"), 0);
	ck_assert_int_eq(add("c"), 0);
	expect(&jobs.files, "abc");
	b = STAILQ_NEXT(STAILQ_FIRST(&jobs.files), next);
	jobs_take_out(&jobs, b);
	expect(&jobs.files, "ac");
	ck_assert_uint_eq(jobs.n_files, 2);
	ck_assert_uint_eq(jobs.n, 3);
	jobs_put_first(&jobs, b);
	expect(&jobs.files, "bac");
	jobs_take_out(&jobs, b);
	jobs_put_last(&jobs, b);
	expect(&jobs.files, "acb");
	jobs_take_out(&jobs, b);
	jobs_put_after(&jobs, NULL, b);
	expect(&jobs.files, "bac");
	ck_assert_uint_eq(jobs.n_files, 3);
	ck_assert_ptr_eq(jobs_take(&jobs, &jobs.files), b);
	ck_assert_uint_eq(jobs.n_files, 2);
	jobs_remove(&jobs, b);
	ck_assert_uint_eq(jobs.n, 2);
	ck_assert(!jobs_are_one(&jobs));
}
END_TEST

/* What it asks first, and so where it is, by the options. */
START_TEST(test_stages)
{
	static const struct {
		bool recursive, update;
		enum job_stage stage;
	} rows[] = {
	    {false, false, JOB_FETCH},
	    {false, true, JOB_STAT},
	    {true, false, JOB_LIST},
	    {true, true, JOB_LIST},
	};
	struct job_list *list;
	struct job *job;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.settings.store.is_tree = rows[i].recursive;
		target.settings.store.update = rows[i].update;
		list = rows[i].recursive ? &jobs.folders : &jobs.files;
		ck_assert_int_eq(add("a"), 0);
		job = jobs_take(&jobs, list);
		ck_assert_ptr_nonnull(job);
		ck_assert_int_eq(job->stage, rows[i].stage);
		/* One that has turned out to be a file is one. */
		job->stage = JOB_FETCH;
		jobs_put_last(&jobs, job);
		expect(&jobs.files, "a");
		jobs_remove(&jobs, jobs_take(&jobs, &jobs.files));
		ck_assert_uint_eq(jobs.n, 0);
	}
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
	job = STAILQ_FIRST(&jobs.folders);
	ck_assert_str_eq(job->final, "newhost");
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
	/* What is a file here may be one there; with -o a folder is meant. */
	target_write(&target, "newfile", "mine");
	ck_assert_int_eq(add("file"), 0);
	target.settings.output = "newfile";
	ck_assert_int_eq(add("b/file"), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	expect(&jobs.folders, ".therefile");
}
END_TEST

START_TEST(test_sum)
{
	uint8_t sum[SHA256SUM_LENGTH];
	const struct job *job;

	unit_fill(sum, sizeof(sum), 1);
	ck_assert_int_eq(jobs_add(&jobs, "a", 1, sum, &failure), 0);
	ck_assert_int_eq(add("b"), 0);
	job = STAILQ_FIRST(&jobs.files);
	ck_assert(job->has_sum);
	ck_assert_mem_eq(job->sum, sum, sizeof(sum));
	/* It is a copy. */
	sum[0]++;
	ck_assert_uint_ne(job->sum[0], sum[0]);
	ck_assert(!STAILQ_NEXT(job, next)->has_sum);
}
END_TEST

/* Entries of a folder hold it until the last of them is gone. */
START_TEST(test_entries)
{
	const struct protocol_attributes attributes = {.mode = S_IFDIR | 0755};
	struct job *folder, *file, *sub;
	const char *why;

	target.settings.store.is_tree = true;
	ck_assert_int_eq(add("a/d"), 0);
	folder = jobs_take(&jobs, &jobs.folders);
	folder->listed = tree_folder_new(&jobs.tree_folders, NULL,
	    folder->final, &attributes);
	file = jobs_new_entry(&jobs, folder, "f", false, &why);
	sub = jobs_new_entry(&jobs, folder, "s", true, &why);
	ck_assert(file != NULL && sub != NULL);
	ck_assert_uint_eq(jobs.n, 3);
	ck_assert_uint_eq(jobs.n_files, 0);
	ck_assert_str_eq(file->name, "a/d/f");
	ck_assert_str_eq(file->final, "f");
	ck_assert_int_eq(file->stage, JOB_FETCH);
	ck_assert_str_eq(sub->name, "a/d/s");
	ck_assert_int_eq(sub->stage, JOB_LIST);
	ck_assert_ptr_eq(sub->tree, folder->listed);
	ck_assert_uint_eq(folder->listed->holders, 3);
	/* Its own name here stands for no other job. */
	jobs_put_last(&jobs, file);
	jobs_put_after(&jobs, NULL, sub);
	target.settings.store.is_tree = false;
	target.settings.keep_name = true;
	ck_assert_int_eq(add("f"), 0);
	expect(&jobs.files, "a/d/ff");
	expect(&jobs.folders, "a/d/s");
	jobs_put_after(&jobs, sub, folder);
	expect(&jobs.folders, "a/d/sa/d");
	/* Whatever is there is freed, in whatever order. */
}
END_TEST

/* Names that wait are freed with the others. */
START_TEST(test_waiting)
{
	struct job *job;

	ck_assert_int_eq(add("a"), 0);
	job = jobs_take(&jobs, &jobs.files);
	STAILQ_INSERT_TAIL(&jobs.waiting, job, next);
	ck_assert_uint_eq(jobs.n, 1);
	ck_assert(jobs_are_one(&jobs));
	/* Its name is taken all the same. */
	ck_assert_int_eq(add("b/a"), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
}
END_TEST

Suite *
jobs_lists_suite(void)
{
	Suite *suite = suite_create("jobs_lists");
	TCase *tcase = unit_case(suite, "lists");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_order);
	tcase_add_test(tcase, test_stages);
	tcase_add_test(tcase, test_folders);
	tcase_add_test(tcase, test_sum);
	tcase_add_test(tcase, test_entries);
	tcase_add_test(tcase, test_waiting);
	return suite;
}
