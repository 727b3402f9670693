/*
 * Waits: until when a job waits, and that the queue's lock is released while
 * its thread waits. The process that is interrupted is a child.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/waiting.h"
#include "client/ui/interrupt.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/target.h"

static struct target target;
static struct progress progress;
static struct report report;
static struct job_queue *queue;
static struct failure failure;
static struct job *job;

static void
setup(void)
{
	target_open(&target);
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
	ck_assert_int_eq(named_jobs_add(queue, "f", 1, NULL, NULL, &failure),
	    0);
	job = job_queue_take_file(queue);
	ck_assert_ptr_nonnull(job);
	job_queue_lock(queue);
}

static void
teardown(void)
{
	job_queue_remove(queue, job);
	job_queue_unlock(queue);
	job_queue_free(queue);
	target_close(&target);
}

static void
expect_locked(void)
{
	ck_assert_int_eq(pthread_mutex_trylock(job_queue_mutex(queue)), EBUSY);
}

/* Reports a name that does not exist twice, and prints the times it waits. */
static void
wait_for_name(void *argument)
{
	int64_t before;
	int i;

	(void)argument;
	failure_set(&failure, EXIT_NOT_FOUND, "gone");
	for (i = 0; i < 2; i++) {
		before = clock_now();
		job->file.since = before;
		waiting_for_name(job, &failure, &report);
		if (job->file.since != 0 || job->again < before + CLOCK_SEC ||
		    job->again > clock_now() + CLOCK_SEC)
			exit(CHILD_ALIVE);
	}
	exit(EXIT_OK);
}

START_TEST(test_name)
{
	struct child child;

	target.report_settings.quiet = false;
	child_run(&child, wait_for_name, NULL);
	ck_assert_int_eq(child.code, EXIT_OK);
	ck_assert_str_eq(child.err, "fileget: f: gone; waiting for it\n");
}
END_TEST

/* The next look is a second away, or at the end of the time to stand still. */
START_TEST(test_stillness)
{
	int64_t before = clock_now();

	job->file.since = before;
	waiting_for_stillness(job, CLOCK_SEC / 2);
	ck_assert_int_eq(job->again, before + CLOCK_SEC / 2);
	waiting_for_stillness(job, UNIT_TIMEOUT * CLOCK_SEC);
	ck_assert_int_ge(job->again, before + CLOCK_SEC);
	ck_assert_int_le(job->again, clock_now() + CLOCK_SEC);
}
END_TEST

/* One connection waits until the first job's wait is over. */
START_TEST(test_work_alone)
{
	int64_t again = clock_now() + 20 * CLOCK_MS;

	job_queue_join(queue);
	job->again = again;
	job_queue_put(queue, job, JOB_PLACE_WAITING);
	ck_assert(waiting_for_work(queue, &progress.tally));
	ck_assert_int_ge(clock_now(), again);
	expect_locked();
	job_queue_end_waits(queue);
	ck_assert_ptr_eq(job_queue_take_file(queue), job);
	/* Nothing to wait for. */
	ck_assert(waiting_for_work(queue, &progress.tally));
}
END_TEST

/* Set under the lock by a thread that gets it during a wait. */
static bool had_lock;

static void *
wake_queue(void *argument)
{
	(void)argument;
	job_queue_lock(queue);
	had_lock = true;
	job_queue_wake(queue);
	job_queue_unlock(queue);
	return NULL;
}

static void *
interrupt_wait_of(void *argument)
{
	wake_queue(argument);
	raise(SIGINT);
	return NULL;
}

/* One of several connections releases the lock, and is woken by another. */
START_TEST(test_work_of_several)
{
	pthread_t thread;

	job_queue_join(queue);
	job_queue_join(queue);
	ck_assert_int_eq(pthread_create(&thread, NULL, wake_queue, NULL), 0);
	while (!had_lock)
		ck_assert(waiting_for_work(queue, &progress.tally));
	expect_locked();
	job_queue_unlock(queue);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	job_queue_lock(queue);
}
END_TEST

static void
wait_interrupted(void *argument)
{
	(void)argument;
	if (interrupt_open() != 0)
		exit(CHILD_ALIVE);
	raise(SIGINT);
	job->again = clock_now() + UNIT_TIMEOUT * CLOCK_SEC;
	job_queue_put(queue, job, JOB_PLACE_WAITING);
	job_queue_join(queue);
	exit(waiting_for_work(queue, &progress.tally) ? CHILD_ALIVE : EXIT_OK);
}

START_TEST(test_work_interrupted)
{
	struct child child;

	child_run(&child, wait_interrupted, NULL);
	ck_assert_int_eq(child.code, EXIT_OK);
}
END_TEST

/* Waits for the writer of a file that changed so often, *tries, that the wait
 * is long; exits with 1 if the lock was released during a wait, else with 0. */
static void
wait_for_writer(void *argument)
{
	pthread_t thread;
	bool released;

	job->tries = *(unsigned *)argument;
	if (interrupt_open() != 0 ||
	    pthread_create(&thread, NULL, interrupt_wait_of, NULL) != 0)
		exit(CHILD_ALIVE);
	waiting_for_writer(queue, job);
	released = had_lock;
	job_queue_unlock(queue);
	if (pthread_join(thread, NULL) != 0)
		exit(CHILD_ALIVE);
	exit(released ? 1 : 0);
}

/* Only from the second try on, and if there is no other job. */
START_TEST(test_writer)
{
	static const struct {
		unsigned tries;
		bool has_other;
		int code;
	} rows[] = {{1, false, 0}, {9, false, 1}, {9, true, 0}};
	unsigned tries = rows[_i].tries;
	struct child child;

	if (rows[_i].has_other)
		ck_assert_int_eq(named_jobs_add(queue, "g", 1, NULL, NULL,
				     &failure),
		    0);
	child_run(&child, wait_for_writer, &tries);
	ck_assert_int_eq(child.code, rows[_i].code);
}
END_TEST

Suite *
waiting_suite(void)
{
	Suite *suite = suite_create("waiting");
	TCase *tcase = unit_case(suite, "waits");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_name);
	tcase_add_test(tcase, test_stillness);
	tcase_add_test(tcase, test_work_alone);
	tcase_add_test(tcase, test_work_of_several);
	tcase_add_test(tcase, test_work_interrupted);
	tcase_add_loop_test(tcase, test_writer, 0, 3);
	return suite;
}
