/*
 * Time-outs for system calls, and waits for a condition. The tests check that a
 * wait is not too short; no test limits how long it takes.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "common/clock.h"
#include "tests/unit/unit.h"

#define HOUR_MS (60 * 60 * 1000)

START_TEST(test_now)
{
	int64_t before = clock_now(), now;
	int i;

	ck_assert_int_gt(before, 0);
	for (i = 0; i < 100000; i++) {
		now = clock_now();
		ck_assert_int_ge(now, before);
		before = now;
	}
	/* A poll of 20 ms takes at least so many nanoseconds. */
	poll(NULL, 0, 20);
	ck_assert_int_ge(clock_now() - before, 20 * CLOCK_MS);
}
END_TEST

/* Times go on during the test, so each result has a range. */
START_TEST(test_poll_timeout)
{
	static const struct {
		const char *title;
		int64_t left;
		int least, most;
	} rows[] = {
	    {"long past", -1000 * CLOCK_SEC, 0, 0},
	    {"just past", 0, 0, 0},
	    /* Rounding down would cause a busy loop. */
	    {"part of a ms", CLOCK_MS / 2, 0, 1},
	    {"a minute", 60 * CLOCK_SEC, 1, 60 * 1000},
	    {"nearly an hour", 3599 * CLOCK_SEC, HOUR_MS - 61000, HOUR_MS},
	    {"two hours", 7200 * CLOCK_SEC, HOUR_MS, HOUR_MS},
	    /* More ms than fit an int. */
	    {"a year", 365 * 86400 * CLOCK_SEC, HOUR_MS, HOUR_MS},
	};
	size_t i;
	int got;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		got = clock_poll_timeout(clock_now() + rows[i].left);
		ck_assert_msg(got >= rows[i].least && got <= rows[i].most,
		    "%s: %d", rows[i].title, got);
	}
	ck_assert_int_eq(clock_poll_timeout(0), 0);
	ck_assert_int_eq(clock_poll_timeout(CLOCK_NEVER), -1);
	ck_assert_int_eq(clock_poll_timeout(CLOCK_NEVER - 1), HOUR_MS);
}
END_TEST

/* After a poll that timed out, the deadline has passed. */
START_TEST(test_poll_reaches_the_deadline)
{
	int64_t deadline;
	int i;

	for (i = 0; i < 20; i++) {
		deadline = clock_now() + CLOCK_MS + i * CLOCK_MS / 20;
		ck_assert_int_eq(poll(NULL, 0, clock_poll_timeout(deadline)),
		    0);
		ck_assert_int_ge(clock_now(), deadline);
	}
}
END_TEST

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static bool signalled; /* guarded by lock */

static void *
signal_once(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&lock);
	signalled = true;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&lock);
	return NULL;
}

START_TEST(test_cond)
{
	int64_t deadline = clock_now() + 20 * CLOCK_MS;
	pthread_t thread;
	int code = 0;

	ck_assert_int_eq(clock_cond_init(&cond), 0);
	pthread_mutex_lock(&lock);
	/* Nobody signals. With another clock the deadline would be decades
	 * away. */
	while (code == 0)
		code = clock_cond_wait(&cond, &lock, deadline);
	ck_assert_int_eq(code, ETIMEDOUT);
	ck_assert_int_ge(clock_now(), deadline);
	/* A deadline that has passed. */
	do
		code = clock_cond_wait(&cond, &lock, 0);
	while (code == 0);
	ck_assert_int_eq(code, ETIMEDOUT);

	ck_assert_int_eq(pthread_create(&thread, NULL, signal_once, NULL), 0);
	deadline = clock_now() + UNIT_TIMEOUT * CLOCK_SEC;
	while (!signalled)
		ck_assert_int_eq(clock_cond_wait(&cond, &lock, deadline), 0);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&cond);
}
END_TEST

Suite *
clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = unit_case(suite, "clock");

	tcase_add_test(tcase, test_now);
	tcase_add_test(tcase, test_poll_timeout);
	tcase_add_test(tcase, test_poll_reaches_the_deadline);
	tcase_add_test(tcase, test_cond);
	return suite;
}
