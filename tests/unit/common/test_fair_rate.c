/*
 * fair_rate: the least time that bytes take, who gets which part of them, and
 * the end of a wait. Bounds are wide: a busy machine may delay any thread.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fair_rate.h"
#include "tests/unit/unit.h"

#define LIMIT ((uint64_t)1000 * 1000) /* bytes per second */

enum {
	SENDERS = 4,
};

/* A connection whose thread takes all that it gets until the end. */
struct sender {
	struct fair_share share;
	pthread_t thread;
	size_t most; /* bytes that it wants at a time */
	uint64_t taken;
};

static struct fair_rate rate;
static struct fair_queue addresses[SENDERS];
static struct sender senders[SENDERS];
static atomic_bool over;
static int pair[2];

static void
setup(void)
{
	int i;

	unit_tcp_pair(pair);
	for (i = 0; i < SENDERS; i++)
		fair_queue_init(&addresses[i]);
	atomic_store(&over, false);
}

static void
teardown(void)
{
	close(pair[0]);
	close(pair[1]);
}

static void *
take_all(void *argument)
{
	struct sender *sender = argument;

	while (!atomic_load(&over))
		sender->taken +=
		    fair_share_take(&sender->share, sender->most, pair[0]);
	return NULL;
}

/* Starts a sender of this address. */
static void
start(int i, int address, size_t most)
{
	senders[i] = (struct sender){.most = most};
	fair_share_init(&senders[i].share, &rate, &addresses[address]);
	ck_assert_int_eq(pthread_create(&senders[i].thread, NULL, take_all,
			     &senders[i]),
	    0);
}

/* Lets n senders go on for a while. Returns the sum of what they took. */
static uint64_t
run_for(int n, int64_t time)
{
	uint64_t sum = 0;
	int i;

	clock_sleep(time);
	atomic_store(&over, true);
	for (i = 0; i < n; i++) {
		pthread_join(senders[i].thread, NULL);
		sum += senders[i].taken;
	}
	return sum;
}

START_TEST(test_limits)
{
	fair_rate_open(&rate, 0, 0);
	ck_assert(!fair_rate_limits(&rate));
	fair_rate_open(&rate, UINT64_MAX, UINT64_MAX);
	ck_assert(!fair_rate_limits(&rate));
	fair_rate_open(&rate, LIMIT, 0);
	ck_assert(fair_rate_limits(&rate));
	fair_rate_open(&rate, 0, LIMIT);
	ck_assert(fair_rate_limits(&rate));
}
END_TEST

/* Bytes take their time at each limit, and no byte is granted beyond n. */
START_TEST(test_time)
{
	static const struct {
		uint64_t total, address;
		size_t n;
	} rows[] = {{LIMIT, 0, 100000}, {0, LIMIT, 100000},
	    {2 * LIMIT, LIMIT, 100000}, {LIMIT, 2 * LIMIT, 100000},
	    {LIMIT, LIMIT, 700}, {LIMIT, 0, 1}};
	struct fair_share share;
	int64_t began, took;
	uint64_t sum, aim;
	size_t some;

	fair_rate_open(&rate, rows[_i].total, rows[_i].address);
	fair_share_init(&share, &rate, &addresses[0]);
	aim = rows[_i].n == 1 ? 1000 : 300000;
	began = clock_now();
	for (sum = 0; sum < aim; sum += some) {
		some = fair_share_take(&share, rows[_i].n, pair[0]);
		ck_assert_uint_gt(some, 0);
		ck_assert_uint_le(some, rows[_i].n);
	}
	took = clock_now() - began;
	/* A burst of 20 ms comes first, and the last bytes are not waited
	 * for. */
	if (rows[_i].n > 1)
		ck_assert_msg(took >= 250 * CLOCK_MS, "%d ms",
		    (int)(took / CLOCK_MS));
}
END_TEST

/* Connections share evenly, whatever each asks for at a time. */
START_TEST(test_even)
{
	static const size_t most[SENDERS] = {1000000, 1000000, 4096, 300};
	uint64_t sum;
	int i;

	fair_rate_open(&rate, _i == 0 ? LIMIT : 0, _i == 0 ? 0 : LIMIT);
	for (i = 0; i < SENDERS; i++)
		start(i, 0, most[i]);
	sum = run_for(SENDERS, CLOCK_SEC);
	ck_assert_uint_lt(sum, 2 * LIMIT);
	for (i = 0; i < SENDERS; i++)
		ck_assert_msg(senders[i].taken > sum / SENDERS / 2 &&
			senders[i].taken < 2 * sum / SENDERS,
		    "%d: %llu of %llu", i, (unsigned long long)senders[i].taken,
		    (unsigned long long)sum);
}
END_TEST

/* Three of one address together get as much as one of another. */
START_TEST(test_addresses)
{
	uint64_t crowd;
	int i;

	fair_rate_open(&rate, 0, LIMIT);
	for (i = 0; i < SENDERS; i++)
		start(i, i == 0, 1000000);
	crowd = run_for(SENDERS, CLOCK_SEC) - senders[0].taken;
	ck_assert_uint_gt(senders[0].taken, crowd / 2);
	ck_assert_uint_lt(senders[0].taken, 2 * crowd);
}
END_TEST

/* A capped address leaves the rest of the total to another. */
START_TEST(test_all_hold)
{
	fair_rate_open(&rate, LIMIT, 0);
	rate.address = LIMIT / 2;
	start(0, 0, 1000000);
	start(1, 0, 1000000);
	start(2, 1, 1000000);
	run_for(3, CLOCK_SEC);
	ck_assert_uint_gt(3 * senders[2].taken,
	    4 * (senders[0].taken + senders[1].taken) / 2);
	ck_assert_uint_gt(2 * senders[2].taken, 3 * senders[0].taken);
	ck_assert_uint_gt(2 * senders[2].taken, 3 * senders[1].taken);
}
END_TEST

static void *
take_one(void *argument)
{
	struct sender *sender = argument;

	sender->taken = fair_share_take(&sender->share, 1000, pair[0]);
	return (void *)(intptr_t)(sender->taken == 0 ? errno : 0);
}

/* A wait of hours ends at once. */
START_TEST(test_cancelled)
{
	struct sender *sender = &senders[0];
	void *code;

	fair_rate_open(&rate, FAIR_RATE_LEAST, 0);
	rate.all.next = clock_now() + 10000 * CLOCK_SEC;
	*sender = (struct sender){.taken = 1};
	fair_share_init(&sender->share, &rate, &addresses[0]);
	ck_assert_int_eq(pthread_create(&sender->thread, NULL, take_one,
			     sender),
	    0);
	while (!atomic_load(&sender->share.waits))
		clock_sleep(CLOCK_MS);
	fair_share_cancel(&sender->share);
	ck_assert_int_eq(pthread_join(sender->thread, &code), 0);
	ck_assert_int_eq((int)(intptr_t)code, EPIPE);
	ck_assert(!atomic_load(&sender->share.waits));
	ck_assert_uint_eq(rate.waiting, 0);
	/* It stays so. */
	ck_assert_uint_eq(fair_share_take(&sender->share, 1, pair[0]), 0);
}
END_TEST

/* A connection that moves to another address waits there, and one that was
 * cancelled before stays so: a stop cancelled it between its PROXY header and
 * its first reply. */
START_TEST(test_moved)
{
	struct fair_share share;

	fair_rate_open(&rate, 0, FAIR_RATE_LEAST);
	addresses[0].next = clock_now() + 10000 * CLOCK_SEC;
	fair_share_init(&share, &rate, &addresses[0]);
	fair_share_move(&share, &addresses[1]);
	ck_assert_uint_eq(fair_share_take(&share, 1, pair[0]), 1);
	ck_assert_int_gt(addresses[1].next, 0);
	fair_share_cancel(&share);
	fair_share_move(&share, &addresses[2]);
	ck_assert_uint_eq(fair_share_take(&share, 1, pair[0]), 0);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

/* A peer that has gone is noticed. */
START_TEST(test_broken)
{
	struct fair_share share;

	fair_rate_open(&rate, 0, FAIR_RATE_LEAST);
	addresses[0].next = clock_now() + 10000 * CLOCK_SEC;
	fair_share_init(&share, &rate, &addresses[0]);
	unit_send(pair[0], "x", 1);
	unit_wait(pair[1], POLLIN);
	/* Its byte is unread, so the end is a reset. */
	close(pair[1]);
	ck_assert_uint_eq(fair_share_take(&share, 1, pair[0]), 0);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_uint_eq(addresses[0].waiting, 0);
}
END_TEST

Suite *
fair_rate_suite(void)
{
	Suite *suite = suite_create("fair_rate");
	TCase *tcase = unit_case(suite, "shares");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_limits);
	tcase_add_loop_test(tcase, test_time, 0, 6);
	tcase_add_loop_test(tcase, test_even, 0, 2);
	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_all_hold);
	tcase_add_test(tcase, test_cancelled);
	tcase_add_test(tcase, test_moved);
	tcase_add_test(tcase, test_broken);
	return suite;
}
