/*
 * The token bucket, with times that the test chooses: the speed of the machine
 * does not matter.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "common/clock.h"
#include "common/rate.h"
#include "tests/unit/unit.h"

static struct rate rate;

static void
open_rate(uint64_t limit)
{
	ck_assert_int_eq(rate_open(&rate, limit), 0);
}

/* Takes all credit at this time. Returns the bytes. */
static uint64_t
take_all(int64_t now)
{
	uint64_t all = 0;
	int64_t until;
	size_t taken;

	while ((taken = rate_take(&rate, SIZE_MAX, now, &until)) > 0)
		all += taken;
	return all;
}

static const struct {
	const char *row;
	uint64_t limit;
	uint64_t full; /* bytes: those of 50 ms, or one */
} depths[] = {
    {"one", 1, 1},
    {"nineteen", 19, 1},
    {"twenty", 20, 1},
    {"forty", 40, 2},
    {"50 kB/s", 50000, 2500},
    {"1 MiB/s", 1 << 20, (1 << 20) / 20},
    {"500 MB/s", 500000000, 25000000},
    {"the highest", RATE_MAX - 1, (RATE_MAX - 1) / 20},
};

/* After any pause there is at most one full bucket. */
START_TEST(test_burst)
{
	static const int64_t pauses[] = {CLOCK_SEC, 1000 * CLOCK_SEC,
	    INT64_MAX / 2};
	int64_t now;
	size_t i, j;

	for (i = 0; i < UNIT_ROWS(depths); i++) {
		open_rate(depths[i].limit);
		now = 1000;
		ck_assert_msg(take_all(now) == depths[i].full, "%s",
		    depths[i].row);
		for (j = 0; j < UNIT_ROWS(pauses); j++) {
			now += pauses[j];
			ck_assert_msg(take_all(now) == depths[i].full,
			    "%s, pause %zu", depths[i].row, j);
		}
		rate_close(&rate);
	}
}
END_TEST

static const struct {
	const char *row;
	uint64_t limit;	  /* bytes a second */
	size_t read;	  /* bytes asked for at once */
	int64_t work;	  /* ns that a read takes */
	int64_t too_late; /* ns by which each wait is too long */
} downloads[] = {
    {"a byte a second", 1, 1000, 1000, 0},
    {"20 B/s", 20, 65536, 1000, CLOCK_MS},
    {"50 kB/s", 50000, 69632, 1000, 0},
    {"50 kB/s, late", 50000, 69632, 1000, 10 * CLOCK_MS},
    {"50 kB/s, by bytes", 50000, 1, 1000, CLOCK_MS},
    {"50 kB/s, by 7 bytes", 50000, 7, 1000, CLOCK_MS},
    {"999983 B/s", 999983, 69632, 1001, CLOCK_MS},
    {"1 MiB/s", 1 << 20, 69632, 1000, CLOCK_MS},
    {"1 MiB/s, very late", 1 << 20, 262144, 1000, 30 * CLOCK_MS},
    {"50 MiB/s", 50 << 20, 262144, 50000, CLOCK_MS},
    {"400 MiB/s", 400 << 20, 262144, 60000, CLOCK_MS},
    {"400 MiB/s, by pages", 400 << 20, 4096, 2000, CLOCK_MS},
    {"500 MB/s", 500000000, 1048576, 500000, 10 * CLOCK_MS},
    {"10 GB/s", UINT64_C(10000000000), 1048576, 50000, CLOCK_MS},
};

/* A receiver that has bytes to receive all the time, for ten seconds. */
START_TEST(test_ten_seconds)
{
	const int64_t end = 1000 + 10 * CLOCK_SEC;
	uint64_t received, expected, waits;
	int64_t now, until;
	size_t taken, i;

	for (i = 0; i < UNIT_ROWS(downloads); i++) {
		open_rate(downloads[i].limit);
		received = waits = 0;
		expected = 10 * downloads[i].limit;
		take_all(1000);
		for (now = 1000; now < end;) {
			taken =
			    rate_take(&rate, downloads[i].read, now, &until);
			if (taken > downloads[i].read ||
			    (taken == 0 && until <= now))
				ck_abort_msg("%s: %zu taken", downloads[i].row,
				    taken);
			received += taken;
			waits += taken == 0;
			now = taken > 0 ? now + downloads[i].work :
					  until + downloads[i].too_late;
		}
		ck_assert_msg(received <= expected, "%s: %ju", downloads[i].row,
		    (uintmax_t)received);
		ck_assert_msg(received >= expected - expected / 20 - 1,
		    "%s: %ju", downloads[i].row, (uintmax_t)received);
		/* A receiver without credit waits instead of polling. */
		ck_assert_msg(waits <= 10 * 100, "%s: %ju waits",
		    downloads[i].row, (uintmax_t)waits);
		rate_close(&rate);
	}
}
END_TEST

/* A wait is no longer than necessary, and asking does not extend it. */
START_TEST(test_until)
{
	int64_t until, again;

	open_rate(8000);
	ck_assert_uint_eq(take_all(CLOCK_SEC), 400);
	ck_assert_uint_eq(rate_take(&rate, 1000, CLOCK_SEC, &until), 0);
	ck_assert_int_eq(until, CLOCK_SEC + CLOCK_SEC / 80);
	ck_assert_uint_eq(rate_take(&rate, 1000, until - 1, &again), 0);
	ck_assert_int_eq(again, until);
	ck_assert_uint_eq(rate_take(&rate, 1000, until, &again), 100);
	/* A thread that read the clock earlier and comes later. */
	ck_assert_uint_eq(rate_take(&rate, 1000, CLOCK_SEC, &again), 0);
	ck_assert_int_eq(again, until + CLOCK_SEC / 80);
	/* There is enough credit for a small read. */
	ck_assert_uint_eq(rate_take(&rate, 3, until + CLOCK_MS, &again), 3);
	ck_assert_uint_eq(rate_take(&rate, 5, until + CLOCK_MS, &again), 5);
	ck_assert_uint_eq(rate_take(&rate, 1, until + CLOCK_MS, &again), 0);
	rate_close(&rate);
}
END_TEST

START_TEST(test_return)
{
	const int64_t now = CLOCK_SEC;
	int64_t until;

	open_rate(8000);
	ck_assert_uint_eq(rate_take(&rate, 300, now, &until), 300);
	rate_return(&rate, 250);
	ck_assert_uint_eq(take_all(now), 350);
	/* At most a full bucket, also if it has filled since. */
	rate_return(&rate, 400);
	rate_return(&rate, 1);
	ck_assert_uint_eq(take_all(now), 400);
	ck_assert_uint_eq(take_all(now + CLOCK_SEC / 40), 200);
	rate_return(&rate, 200);
	ck_assert_uint_eq(take_all(now + CLOCK_SEC), 400);
	rate_close(&rate);
}
END_TEST

START_TEST(test_no_limit)
{
	static const uint64_t limits[] = {0, RATE_MAX, UINT64_MAX};
	int64_t until;
	size_t i;
	int round;

	for (i = 0; i < UNIT_ROWS(limits); i++) {
		open_rate(limits[i]);
		for (round = 0; round < 3; round++)
			ck_assert_uint_eq(rate_take(&rate, SIZE_MAX, 5, &until),
			    SIZE_MAX);
		rate_return(&rate, SIZE_MAX);
		rate_close(&rate);
	}
}
END_TEST

enum {
	THREADS = 4,
	ROUNDS = 50000,
	STEP = 10000, /* ns between two readings of the clock */
	SHARED = 50 * 1000 * 1000,
};

static atomic_llong shared_now;
static atomic_llong shared_taken;

/* Receives half of the bytes it takes, and returns credit for the other half.
 */
static void *
share(void *argument)
{
	int64_t now, until;
	size_t taken;
	int i;

	(void)argument;
	for (i = 0; i < ROUNDS; i++) {
		now = atomic_fetch_add(&shared_now, STEP);
		taken = rate_take(&rate, 5000, now, &until);
		rate_return(&rate, taken / 2);
		atomic_fetch_add(&shared_taken, (long long)(taken - taken / 2));
	}
	return NULL;
}

/* All threads together use exactly the limit. */
START_TEST(test_shared)
{
	pthread_t threads[THREADS];
	long long all;
	int i;

	open_rate(SHARED);
	atomic_store(&shared_now, CLOCK_SEC);
	ck_assert_uint_eq(take_all(CLOCK_SEC), SHARED / 20);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, share, NULL),
		    0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* Two seconds have passed. */
	all = atomic_load(&shared_taken) +
	    (long long)take_all(atomic_load(&shared_now));
	ck_assert_int_le(all, 2LL * SHARED);
	ck_assert_int_ge(all, 2LL * SHARED - SHARED / 10);
	rate_close(&rate);
}
END_TEST

Suite *
rate_suite(void)
{
	Suite *suite = suite_create("rate");
	TCase *tcase = unit_case(suite, "bucket");

	tcase_add_test(tcase, test_burst);
	tcase_add_test(tcase, test_ten_seconds);
	tcase_add_test(tcase, test_until);
	tcase_add_test(tcase, test_return);
	tcase_add_test(tcase, test_no_limit);
	tcase_add_test(tcase, test_shared);
	return suite;
}
