/*
 * work_slots: the number of slots bounds the sessions at work; addresses share
 * them fairly; nobody waits for ever for a peer that is gone or a device that
 * hangs.
 */

#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "common/stream.h"
#include "server/work_slots.h"
#include "tests/unit/unit.h"

enum {
	CORES = 2, /* slots */
	THREADS = 6,
	ROUNDS = 2000,
	ADDRESSES = 3,
	QUEUE = 6,
};

#define LARGE  (100 * WORK_SLICE)
#define QUEUED (slots.queues[WORK_DIGEST])

static struct work_slots slots;
static struct work_shares shares[ADDRESSES];
static struct work_slot held[CORES + 1];
static struct stream stream;
static int pair[2];
static atomic_int working, most;
static atomic_uint places;

static void
setup(void)
{
	int i;

	unit_tcp_pair(pair);
	stream_open(&stream, pair[0], -1);
	work_slots_init(&slots, CORES);
	for (i = 0; i < ADDRESSES; i++)
		work_shares_init(&shares[i]);
	for (i = 0; i <= CORES; i++)
		work_slot_init(&held[i], &slots, &shares[0]);
}

static void
teardown(void)
{
	close(pair[0]);
	close(pair[1]);
}

/* Takes a slot for a DIGEST. Returns 0, or the errno. */
static int
take(struct work_slot *slot, uint64_t left, dev_t device)
{
	const struct work_slice slice = {.kind = WORK_DIGEST,
	    .left = left,
	    .device = device};

	errno = 0;
	return work_slot_take(slot, &slice, &stream) == 0 ? 0 : errno;
}

/* Takes all slots. Holders without a device never count as stuck. */
static void
take_all(dev_t device)
{
	int i;

	for (i = 0; i < CORES; i++) {
		ck_assert_int_eq(take(&held[i], LARGE, device), 0);
		if (device == 0)
			atomic_store(&held[i].moved,
			    clock_now() + 1000 * CLOCK_SEC);
	}
	ck_assert_uint_eq(QUEUED.free, 0);
}

static void
give_all(void)
{
	int i;

	for (i = 0; i < CORES; i++)
		work_slot_give(&held[i]);
	ck_assert_uint_eq(QUEUED.free, CORES);
}

static void *
work(void *argument)
{
	struct work_slot slot;
	uintptr_t failed = 0;
	int round, now, seen;

	work_slot_init(&slot, &slots, argument);
	for (round = 0; round < ROUNDS; round++) {
		if (take(&slot, round % 3 == 0 ? 1 : LARGE, 1) != 0) {
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
		/* Otherwise the next round goes on with another slice. */
		if (round % 2 == 0)
			work_slot_give(&slot);
	}
	work_slot_give(&slot);
	return (void *)failed;
}

/* Sessions of several addresses compete; a slot that got lost would end this by
 * the time limit. */
START_TEST(test_bound)
{
	pthread_t threads[THREADS];
	void *failed;
	int i;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work,
				     &shares[i % ADDRESSES]),
		    0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_ge(atomic_load(&most), 1);
	ck_assert_int_le(atomic_load(&most), CORES);
	/* All slots are free again. */
	take_all(0);
	give_all();
}
END_TEST

/* A session that waits for a slot, with a client of its own. */
struct waiter {
	pthread_t thread;
	struct work_slot slot;
	struct stream stream;
	int pair[2];
	uint64_t left;
	dev_t device;
	int code;
	unsigned place; /* order in which it got its slot, from 1 */
};

static void *
wait_in_queue(void *argument)
{
	struct waiter *waiter = argument;
	const struct work_slice slice = {.kind = WORK_DIGEST,
	    .left = waiter->left,
	    .device = waiter->device};

	errno = 0;
	waiter->code =
	    work_slot_take(&waiter->slot, &slice, &waiter->stream) == 0 ? 0 :
									  errno;
	if (waiter->code != 0)
		return NULL;
	waiter->place = atomic_fetch_add(&places, 1) + 1;
	work_slot_give(&waiter->slot);
	return NULL;
}

static unsigned
count_waiting(void)
{
	unsigned n;

	pthread_mutex_lock(&slots.lock);
	n = QUEUED.waiting;
	pthread_mutex_unlock(&slots.lock);
	return n;
}

/* Starts a waiter, and returns when it waits. */
static void
start_waiter(struct waiter *waiter, struct work_shares *of, uint64_t left,
    dev_t device)
{
	unsigned before = count_waiting();

	unit_tcp_pair(waiter->pair);
	stream_open(&waiter->stream, waiter->pair[0], -1);
	work_slot_init(&waiter->slot, &slots, of);
	waiter->left = left;
	waiter->device = device;
	waiter->place = 0;
	ck_assert_int_eq(pthread_create(&waiter->thread, NULL, wait_in_queue,
			     waiter),
	    0);
	while (count_waiting() == before)
		sched_yield();
}

static void
expect_end(struct waiter *waiter, int code, unsigned place)
{
	pthread_join(waiter->thread, NULL);
	ck_assert_msg(waiter->code == code, "%s", strerror(waiter->code));
	ck_assert_uint_eq(waiter->place, place);
}

static const struct {
	const char *title;
	/* For each waiter: address, size, and the order expected. */
	struct {
		int address;
		bool large;
		unsigned place;
	} waiters[QUEUE];
} orders[] = {
    /* Regression: a slot went to the first thread
     * to wake, and some threads waited as long as
     * there were others. */
    {"one address, all large, first come first served",
	{{1, true, 1}, {1, true, 2}, {1, true, 3}, {1, true, 4}, {1, true, 5},
	    {1, true, 6}}},
    {"one address, small before large",
	{{1, true, 3}, {1, true, 4}, {1, false, 1}, {1, true, 5}, {1, true, 6},
	    {1, false, 2}}},
    {"one address, no large one is passed for ever",
	{{1, true, 4}, {1, false, 1}, {1, false, 2}, {1, false, 3},
	    {1, false, 5}, {1, false, 6}}},
    /* Regression: an address with many requests
     * went before one with few. */
    {"two addresses, in turn",
	{{1, true, 1}, {1, true, 3}, {1, true, 5}, {1, true, 6}, {2, true, 2},
	    {2, true, 4}}},
    {"two addresses, who has used less goes first",
	{{1, true, 1}, {1, true, 5}, {1, true, 6}, {2, false, 2}, {2, false, 3},
	    {2, false, 4}}},
};

/* A single slot is passed on. The address that holds the slots has used more
 * than the others. */
START_TEST(test_order)
{
	struct waiter waiters[QUEUE];
	unsigned i;

	take_all(0);
	for (i = 0; i < QUEUE; i++) {
		/* The order of equal addresses is undefined: let address 1 be
		 * first. */
		shares[2].of[WORK_DIGEST].used = 2;
		shares[1].of[WORK_DIGEST].used = 1;
		start_waiter(&waiters[i],
		    &shares[orders[_i].waiters[i].address],
		    orders[_i].waiters[i].large ? LARGE : 1, 0);
	}
	work_slot_give(&held[0]);
	for (i = 0; i < QUEUE; i++) {
		pthread_join(waiters[i].thread, NULL);
		ck_assert_int_eq(waiters[i].code, 0);
	}
	for (i = 0; i < QUEUE; i++)
		ck_assert_msg(waiters[i].place == orders[_i].waiters[i].place,
		    "%s: %u is at %u", orders[_i].title, i, waiters[i].place);
	ck_assert_uint_eq(QUEUED.free, 1);
}
END_TEST

static void
break_connection(int fd)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

/* A waiter whose peer is gone leaves the queue; the others keep their order,
 * and no slot is lost. */
START_TEST(test_one_leaves_the_queue)
{
	struct waiter waiters[QUEUE];
	const unsigned leaver = QUEUE / 2;
	unsigned i, place = 0;

	take_all(0);
	for (i = 0; i < QUEUE; i++)
		start_waiter(&waiters[i], &shares[1], LARGE, 0);
	break_connection(waiters[leaver].pair[1]);
	expect_end(&waiters[leaver], ECONNRESET, 0);
	ck_assert_int_eq(atomic_load(&waiters[leaver].slot.since), 0);
	work_slot_give(&held[0]);
	for (i = 0; i < QUEUE; i++)
		if (i != leaver)
			expect_end(&waiters[i], 0, ++place);
	work_slot_give(&held[1]);
	ck_assert_uint_eq(QUEUED.free, CORES);
}
END_TEST

/* slot.since shows that a session waits. When cancelled, it leaves at once, and
 * later waits fail. */
START_TEST(test_cancel)
{
	struct waiter waiter;

	take_all(0);
	start_waiter(&waiter, &shares[1], LARGE, 0);
	ck_assert_int_ne(atomic_load(&waiter.slot.since), 0);
	work_slot_cancel(&waiter.slot);
	expect_end(&waiter, ECANCELED, 0);
	give_all();
	ck_assert_int_eq(take(&waiter.slot, 1, 0), ECANCELED);
	ck_assert_uint_eq(QUEUED.free, CORES);
	/* A cancelled holder ends with its slice. */
	take_all(0);
	work_slot_cancel(&held[0]);
	ck_assert_int_eq(held[0].state, WORK_SLOT_HELD);
	ck_assert_int_eq(take(&held[0], 1, 0), ECANCELED);
	ck_assert_uint_eq(QUEUED.free, 1);
}
END_TEST

/* A holder keeps its slot if nobody waits, or those that wait have used more.
 */
START_TEST(test_goes_on)
{
	struct waiter waiter;
	int i;

	take_all(0);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(take(&held[0], LARGE, 0), 0);
	shares[1].of[WORK_DIGEST].used = 1000 * WORK_SLICE;
	start_waiter(&waiter, &shares[1], LARGE, 0);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(take(&held[0], LARGE, 0), 0);
	ck_assert_uint_eq(count_waiting(), 1);
	work_slot_give(&held[0]);
	expect_end(&waiter, 0, 1);
}
END_TEST

/* An address that comes late goes first, but not for ever. */
START_TEST(test_late_comer)
{
	struct work_share *share = &shares[1].of[WORK_DIGEST];
	struct waiter waiter;
	uint64_t used;

	QUEUED.used = shares[0].of[WORK_DIGEST].used = 10 * WORK_CREDIT;
	take_all(0);
	start_waiter(&waiter, &shares[1], LARGE, 0);
	used = share->used;
	ck_assert_uint_eq(used, QUEUED.used - WORK_CREDIT);
	work_slot_give(&held[0]);
	expect_end(&waiter, 0, 1);
	ck_assert_uint_eq(share->used, used + WORK_SLICE);
	/* Its use is not forgotten. */
	share->used = 11 * WORK_CREDIT;
	work_slot_init(&waiter.slot, &slots, &shares[1]);
	ck_assert_int_eq(take(&waiter.slot, LARGE, 0), 0);
	ck_assert_uint_eq(share->used, 11 * WORK_CREDIT + WORK_SLICE);
}
END_TEST

/* Pretends that n further requests of an address wait. */
static void
crowd(int address, unsigned n)
{
	pthread_mutex_lock(&slots.lock);
	QUEUED.waiting += n;
	shares[address].of[WORK_DIGEST].waiting += n;
	pthread_mutex_unlock(&slots.lock);
}

START_TEST(test_queue_is_bounded)
{
	struct waiter waiter, other;

	take_all(0);
	start_waiter(&waiter, &shares[1], LARGE, 0);
	crowd(1, WORK_PER_ADDRESS - 1);
	work_slot_init(&other.slot, &slots, &shares[1]);
	ck_assert_int_eq(take(&other.slot, 1, 0), EBUSY);
	/* In a full queue, another address displaces the address with most. */
	crowd(1, WORK_WAITING - WORK_PER_ADDRESS);
	ck_assert_uint_eq(count_waiting(), WORK_WAITING);
	unit_tcp_pair(other.pair);
	stream_open(&other.stream, other.pair[0], -1);
	work_slot_init(&other.slot, &slots, &shares[2]);
	other.left = LARGE;
	other.device = 0;
	other.place = 0;
	ck_assert_int_eq(pthread_create(&other.thread, NULL, wait_in_queue,
			     &other),
	    0);
	expect_end(&waiter, EBUSY, 0);
	ck_assert_uint_eq(count_waiting(), WORK_WAITING);
	work_slot_cancel(&other.slot);
	expect_end(&other, ECANCELED, 0);
}
END_TEST

/* Regression: DIGESTs of files on a stuck device could hold all slots for ever.
 */
START_TEST(test_stuck_holders)
{
	struct waiter same, other;
	int i;

	take_all(7);
	start_waiter(&same, &shares[1], LARGE, 7);
	start_waiter(&other, &shares[1], LARGE, 8);
	/* A holder without progress for WORK_STALL is replaced; what waits for
	 * its device goes on waiting. */
	expect_end(&other, 0, 1);
	ck_assert_uint_eq(QUEUED.waiting, 1);
	/* After WORK_HANG requests for that device are refused. */
	atomic_store(&held[0].moved, clock_now() - 2 * WORK_HANG);
	expect_end(&same, EBUSY, 0);
	ck_assert_int_eq(take(&held[CORES], 1, 7), EBUSY);
	ck_assert_int_eq(take(&held[CORES], 1, 8), 0);
	work_slot_give(&held[CORES]);
	/* The holder goes on after all: its slot is another's now, and the
	 * device is served again. */
	for (i = 0; i < CORES; i++)
		work_slot_give(&held[i]);
	ck_assert_uint_eq(QUEUED.free, CORES);
	ck_assert_int_eq(take(&held[CORES], 1, 7), 0);
}
END_TEST

START_TEST(test_progress)
{
	take_all(7);
	atomic_store(&held[0].moved, clock_now() - 2 * WORK_HANG);
	ck_assert_int_eq(take(&held[CORES], 1, 7), EBUSY);
	work_slot_progress(&held[0]);
	work_slot_give(&held[1]);
	ck_assert_int_eq(take(&held[CORES], 1, 7), 0);
}
END_TEST

/* Each kind of work has slots of its own; a connection holds one at most. */
START_TEST(test_lines)
{
	const struct work_slice slice = {.kind = WORK_OTHER,
	    .left = WORK_SLICE};

	take_all(0);
	ck_assert(work_slots_are_taken(&held[0], WORK_DIGEST));
	ck_assert(!work_slots_are_taken(&held[0], WORK_OTHER));
	ck_assert_int_eq(work_slot_take(&held[0], &slice, &stream), 0);
	ck_assert_uint_eq(QUEUED.free, 1);
	ck_assert_uint_eq(slots.queues[WORK_OTHER].free, 2 * CORES - 1);
	work_slot_give(&held[0]);
	work_slot_give(&held[0]);
	ck_assert_uint_eq(slots.queues[WORK_OTHER].free, 2 * CORES);
	ck_assert_uint_eq(QUEUED.free, 1);
}
END_TEST

Suite *
work_slots_suite(void)
{
	Suite *suite = suite_create("work_slots");
	TCase *tcase = unit_case(suite, "slots");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_bound);
	tcase_add_loop_test(tcase, test_order, 0, UNIT_ROWS(orders));
	tcase_add_test(tcase, test_one_leaves_the_queue);
	tcase_add_test(tcase, test_cancel);
	tcase_add_test(tcase, test_goes_on);
	tcase_add_test(tcase, test_late_comer);
	tcase_add_test(tcase, test_queue_is_bounded);
	tcase_add_test(tcase, test_stuck_holders);
	tcase_add_test(tcase, test_progress);
	tcase_add_test(tcase, test_lines);
	return suite;
}
