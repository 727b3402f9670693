/*
 * Turns: never more at work than there are, nobody left out, and nobody kept
 * waiting for a client that has gone.
 */

#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "common/stream.h"
#include "server/turns.h"
#include "tests/unit/unit.h"

enum {
	TURNS = 2,
	THREADS = 6,
	ROUNDS = 2000,
};

static struct turns turns;
static struct stream stream;
static int pair[2];
static atomic_int working, most;

static void
setup(void)
{
	unit_tcp_pair(pair);
	stream_open(&stream, pair[0], -1);
	ck_assert_int_eq(turns_open(&turns, TURNS), 0);
}

static void
teardown(void)
{
	turns_close(&turns);
	close(pair[0]);
	close(pair[1]);
}

static void *
work(void *argument)
{
	uintptr_t failed = 0;
	int round, now, seen;

	(void)argument;
	for (round = 0; round < ROUNDS; round++) {
		if (turns_take(&turns, &stream) != 0) {
			failed++;
			continue;
		}
		now = atomic_fetch_add(&working, 1) + 1;
		seen = atomic_load(&most);
		while (now > seen &&
		    !atomic_compare_exchange_weak(&most, &seen, now))
			continue;
		sched_yield();
		atomic_fetch_sub(&working, 1);
		turns_give(&turns);
	}
	return (void *)failed;
}

/* A turn that was lost on the way would end this in the time limit. */
START_TEST(test_bound)
{
	pthread_t threads[THREADS];
	void *failed;
	int i;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, NULL),
		    0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_ge(atomic_load(&most), 1);
	ck_assert_int_le(atomic_load(&most), TURNS);
	/* All of them have come back. */
	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_uint_eq(turns.free, 0);
}
END_TEST

static void *
take(void *argument)
{
	int *code = argument;

	errno = 0;
	*code = turns_take(&turns, &stream) == 0 ? 0 : errno;
	return NULL;
}

START_TEST(test_waits_for_a_turn)
{
	pthread_t thread;
	int code = -1;

	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, take, &code), 0);
	turns_give(&turns);
	pthread_join(thread, NULL);
	ck_assert_int_eq(code, 0);
	ck_assert_uint_eq(turns.free, 0);
}
END_TEST

static void
break_connection(void)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(pair[1]);
	pair[1] = -1;
}

START_TEST(test_peer_leaves_the_queue)
{
	pthread_t thread;
	int code = -1;

	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, take, &code), 0);
	break_connection();
	pthread_join(thread, NULL);
	ck_assert_int_eq(code, ECONNRESET);
	/* It took none with it. */
	turns_give(&turns);
	ck_assert_uint_eq(turns.free, 1);
	turns_give(&turns);
	ck_assert_uint_eq(turns.free, TURNS);
}
END_TEST

enum {
	QUEUE = 6
};

/* One who waits in the queue, for a client of its own. */
struct waiter {
	pthread_t thread;
	struct stream stream;
	int pair[2];
	int code;
	unsigned place; /* in the order of turns, from 1 */
};

static atomic_uint places;

static void *
wait_in_queue(void *argument)
{
	struct waiter *waiter = argument;

	errno = 0;
	waiter->code = turns_take(&turns, &waiter->stream) == 0 ? 0 : errno;
	if (waiter->code != 0)
		return NULL;
	waiter->place = atomic_fetch_add(&places, 1) + 1;
	turns_give(&turns);
	return NULL;
}

/* Whether the queue has grown; *end is where the newest who waits hangs. */
static bool
has_grown(struct turn ***end)
{
	bool grown;

	pthread_mutex_lock(&turns.lock);
	grown = turns.waiting.tqh_last != *end;
	*end = turns.waiting.tqh_last;
	pthread_mutex_unlock(&turns.lock);
	return grown;
}

/* Starts them one after the other, so that their order is known. */
static void
start_waiters(struct waiter *waiters, unsigned n)
{
	struct turn **end = turns.waiting.tqh_last;
	unsigned i;

	for (i = 0; i < n; i++) {
		unit_tcp_pair(waiters[i].pair);
		stream_open(&waiters[i].stream, waiters[i].pair[0], -1);
		waiters[i].place = 0;
		ck_assert_int_eq(pthread_create(&waiters[i].thread, NULL,
				     wait_in_queue, &waiters[i]),
		    0);
		while (!has_grown(&end))
			sched_yield();
	}
}

/* Regression: turns went to whoever woke first, and of many some waited for
 * as long as there were others. */
START_TEST(test_first_come_first_served)
{
	struct waiter waiters[QUEUE];
	unsigned i;

	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	start_waiters(waiters, QUEUE);
	/* One turn goes round: each gives it to the next. */
	turns_give(&turns);
	for (i = 0; i < QUEUE; i++) {
		pthread_join(waiters[i].thread, NULL);
		ck_assert_int_eq(waiters[i].code, 0);
		ck_assert_uint_eq(waiters[i].place, i + 1);
	}
	ck_assert_uint_eq(turns.free, 1);
}
END_TEST

/* One in the middle of the queue leaves; the others keep their order. */
START_TEST(test_one_leaves_the_queue)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct waiter waiters[QUEUE];
	unsigned i, place = 0;
	const unsigned leaver = QUEUE / 2;

	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	ck_assert_int_eq(turns_take(&turns, &stream), 0);
	start_waiters(waiters, QUEUE);
	setsockopt(waiters[leaver].pair[1], SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
	close(waiters[leaver].pair[1]);
	pthread_join(waiters[leaver].thread, NULL);
	ck_assert_int_eq(waiters[leaver].code, ECONNRESET);
	turns_give(&turns);
	for (i = 0; i < QUEUE; i++) {
		if (i == leaver)
			continue;
		pthread_join(waiters[i].thread, NULL);
		ck_assert_int_eq(waiters[i].code, 0);
		ck_assert_uint_eq(waiters[i].place, ++place);
	}
	ck_assert_uint_eq(turns.free, 1);
}
END_TEST

Suite *
turns_suite(void)
{
	Suite *suite = suite_create("turns");
	TCase *tcase = unit_case(suite, "turns");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_bound);
	tcase_add_test(tcase, test_waits_for_a_turn);
	tcase_add_test(tcase, test_peer_leaves_the_queue);
	tcase_add_test(tcase, test_first_come_first_served);
	tcase_add_test(tcase, test_one_leaves_the_queue);
	return suite;
}
