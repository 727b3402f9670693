/*
 * The lists of the queue: the list of each job, its order, and the counts.
 */

#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include "client/store/tree_folder.h"
#include "client/transfer/named_jobs.h"
#include "common/clock.h"
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
	memset(&failure, 0, sizeof(failure));
	return named_jobs_add(queue, name, strlen(name), NULL, NULL, &failure);
}

static struct job *
take_next(struct job_queue *from, bool may_list)
{
	const struct job_taker taker = {.may_list = may_list,
	    .is_first = true,
	    .connection = 1,
	    .server = 1};

	return job_queue_take_next(from, &taker);
}

START_TEST(test_order)
{
	struct job *a, *b;

	ck_assert_ptr_null(take_next(queue, true));
	ck_assert_ptr_null(job_queue_take_any(queue));
	ck_assert(!job_queue_has_work(queue));
	ck_assert_ptr_null(job_queue_first_name(queue));
	ck_assert_int_eq(add("a"), 0);
	ck_assert_int_eq(add("b"), 0);
	ck_assert_int_eq(add("c"), 0);
	queued_expect(queue, "a b c ");
	ck_assert(job_queue_has_work(queue));
	ck_assert_str_eq(job_queue_first_name(queue), "a");
	a = take_next(queue, true);
	b = take_next(queue, true);
	ck_assert_str_eq(a->name, "a");
	ck_assert_str_eq(b->name, "b");
	ck_assert_uint_eq(job_queue_count(queue), 3);
	job_queue_put(queue, a, JOB_PLACE_LAST);
	job_queue_put(queue, b, JOB_PLACE_NEXT);
	queued_expect(queue, "b c a ");
	job_queue_remove(queue, job_queue_take_file(queue));
	ck_assert_uint_eq(job_queue_count(queue), 2);
	queued_expect(queue, "c a ");
}
END_TEST

/* Files in a queue keep folders from being listed, but not for ever. */
START_TEST(test_kinds)
{
	struct job *folder, *next;

	target.settings.store.is_tree = true;
	ck_assert_int_eq(add("d"), 0);
	ck_assert_uint_eq(job_queue_count(queue), 1);
	ck_assert_uint_eq(job_queue_count_files(queue), 0);
	target.settings.store.is_tree = false;
	ck_assert_int_eq(add("f"), 0);
	ck_assert_uint_eq(job_queue_count_files(queue), 1);
	folder = take_next(queue, true);
	ck_assert_str_eq(folder->name, "d");
	job_queue_put(queue, folder, JOB_PLACE_NEXT);
	next = take_next(queue, false);
	ck_assert_str_eq(next->name, "f");
	ck_assert_ptr_null(take_next(queue, false));
	job_queue_put(queue, next, JOB_PLACE_NEXT);

	/* A name that has turned out to be a file is one. */
	ck_assert_ptr_eq(take_next(queue, true), folder);
	job_queue_become_file(queue, folder);
	ck_assert_int_eq(folder->kind, JOB_KIND_FILE);
	ck_assert_uint_eq(job_queue_count_files(queue), 2);
	job_queue_put(queue, folder, JOB_PLACE_LAST);
	queued_expect(queue, "f d ");
}
END_TEST

/* Jobs that wait, alone or among others. */
START_TEST(test_resting)
{
	struct job *a, *b;

	ck_assert(!job_queue_is_resting(queue));
	ck_assert_int_eq(add("a"), 0);
	ck_assert_int_eq(add("b"), 0);
	a = job_queue_take_file(queue);
	b = job_queue_take_file(queue);
	a->again = clock_now() + CLOCK_SEC;
	b->again = 1;
	job_queue_put(queue, a, JOB_PLACE_WAITING);
	/* The other one is asked for. */
	ck_assert(!job_queue_is_resting(queue));
	job_queue_put(queue, b, JOB_PLACE_WAITING);
	ck_assert(job_queue_is_resting(queue));
	/* The time of b is over. */
	job_queue_end_waits(queue);
	ck_assert(!job_queue_is_resting(queue));
	job_queue_remove(queue, job_queue_take_file(queue));
	ck_assert(job_queue_is_resting(queue));
}
END_TEST

/* Two in a row that found no room end the run; others do not. */
START_TEST(test_no_room)
{
	struct failure full, other;

	failure_set_errno(&full, ENOSPC, "x");
	failure_set(&other, EXIT_LOCAL, "x");
	ck_assert(full.is_disk_full && !other.is_disk_full);
	job_queue_note_end(queue, &full);
	ck_assert(!job_queue_has_no_room(queue));
	job_queue_note_end(queue, NULL);
	job_queue_note_end(queue, &full);
	ck_assert(!job_queue_has_no_room(queue));
	job_queue_note_end(queue, &other);
	job_queue_note_end(queue, &full);
	ck_assert(!job_queue_has_no_room(queue));
	job_queue_note_end(queue, &full);
	ck_assert(job_queue_has_no_room(queue));
}
END_TEST

/* Entries of a folder hold it until the last of them is gone. */
START_TEST(test_entries)
{
	const struct protocol_attributes attributes = {.mode = S_IFDIR | 0755};
	struct job_list list = STAILQ_HEAD_INITIALIZER(list);
	struct job *folder, *file, *sub;
	const char *why;

	target.settings.store.is_tree = true;
	ck_assert_int_eq(add("a/d"), 0);
	folder = job_queue_take_any(queue);
	folder->folder.made = tree_folder_new(&job_queue_target(queue)->folders,
	    NULL, folder->final, &attributes);
	file = job_queue_new_entry(queue, folder, "f", false, 255, &why);
	sub = job_queue_new_entry(queue, folder, "s", true, 255, &why);
	ck_assert(file != NULL && sub != NULL);
	ck_assert_uint_eq(job_queue_count(queue), 3);
	ck_assert_uint_eq(job_queue_count_files(queue), 1);
	ck_assert_str_eq(file->name, "a/d/f");
	ck_assert_str_eq(file->final, "f");
	ck_assert_int_eq(file->stage, JOB_START);
	ck_assert_str_eq(sub->name, "a/d/s");
	ck_assert_int_eq(sub->stage, JOB_LIST);
	ck_assert_ptr_eq(sub->tree, folder->folder.made);
	ck_assert_uint_eq(folder->folder.made->holders, 3);
	ck_assert_ptr_null(
	    job_queue_new_entry(queue, folder, "four", false, 3, &why));
	ck_assert_str_eq(why, "its name is too long for the file system here");
	/* An entry's own name here stands for no other job. */
	job_queue_put(queue, file, JOB_PLACE_LAST);
	target.settings.store.is_tree = false;
	target.settings.keep_name = true;
	ck_assert_int_eq(add("f"), 0);
	job_queue_put(queue, folder, JOB_PLACE_NEXT);
	STAILQ_INSERT_TAIL(&list, sub, next);
	job_queue_put_all_next(queue, &list);
	ck_assert(STAILQ_EMPTY(&list));
	queued_expect(queue, "a/d/f f a/d/s a/d ");
	/* All are freed, in whatever order. */
}
END_TEST

/* Jobs wait by their time, whatever the order in which they came. */
START_TEST(test_waiting)
{
	static const struct {
		const char *name;
		int64_t again;
	} rows[] = {{"b", 20}, {"d", CLOCK_NEVER - 1}, {"a", 10}, {"c", 20}};
	struct job *job;
	size_t i;

	ck_assert(job_queue_next_wait(queue) == CLOCK_NEVER);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_int_eq(add(rows[i].name), 0);
		job = job_queue_take_file(queue);
		job->again = rows[i].again;
		job_queue_put(queue, job, JOB_PLACE_WAITING);
	}
	ck_assert_int_eq(job_queue_next_wait(queue), 10);
	ck_assert(!job_queue_has_work(queue));
	/* Their names are taken all the same. */
	ck_assert_int_eq(add("x/a"), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	job_queue_end_waits(queue);
	ck_assert(job_queue_next_wait(queue) == CLOCK_NEVER - 1);
	ck_assert_uint_eq(job_queue_count(queue), 4);
	queued_expect(queue, "a b c d ");
}
END_TEST

/* A suspect is no longer one once another connection has taken it. */
START_TEST(test_suspect)
{
	struct job *a;

	ck_assert_int_eq(add("a"), 0);
	ck_assert_int_eq(add("b"), 0);
	ck_assert_ptr_null(job_queue_take_suspect(queue));
	a = job_queue_take_file(queue);
	job_queue_put(queue, a, JOB_PLACE_LAST);
	job_queue_suspect(queue, a);
	ck_assert_ptr_eq(job_queue_take_suspect(queue), a);
	ck_assert_ptr_null(job_queue_take_suspect(queue));
	job_queue_put(queue, a, JOB_PLACE_NEXT);
	job_queue_suspect(queue, a);
	ck_assert_ptr_eq(job_queue_take_file(queue), a);
	ck_assert_ptr_null(job_queue_take_suspect(queue));
	job_queue_put(queue, a, JOB_PLACE_NEXT);
	queued_expect(queue, "a b ");
}
END_TEST

Suite *
job_queue_suite(void)
{
	Suite *suite = suite_create("job_queue");
	TCase *tcase = unit_case(suite, "queue");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_order);
	tcase_add_test(tcase, test_kinds);
	tcase_add_test(tcase, test_resting);
	tcase_add_test(tcase, test_no_room);
	tcase_add_test(tcase, test_entries);
	tcase_add_test(tcase, test_waiting);
	tcase_add_test(tcase, test_suspect);
	return suite;
}
