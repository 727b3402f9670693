/*
 * eviction: which connection gives up its place, and which one is broken. The
 * workers here have connections but no threads.
 */

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/workers_private.h"
#include "tests/unit/unit.h"

enum {
	WORKERS = 20,
	PLACES = 18,
};

static struct session_shared shared;
static struct workers workers;
static struct worker all[WORKERS];
static struct pollfd fds[WORKERS];
static int clients[WORKERS];

static void
setup(void)
{
	int i;

	workers = (struct workers){.all = all,
	    .n = WORKERS,
	    .max = PLACES,
	    .fds = fds,
	    .shared = &shared};
	for (i = 0; i < WORKER_STATES; i++)
		TAILQ_INIT(&workers.lists[i]);
	workers.peers = peers_new(WORKERS, WORKERS, 64);
	ck_assert_ptr_nonnull(workers.peers);
	work_slots_init(&shared.verbs.slots, 1);
}

static void
teardown(void)
{
	peers_free(workers.peers);
}

/* Adds a busy worker whose client has the address 192.0.2.host. */
static struct worker *
add_worker(unsigned host)
{
	struct worker *worker = &all[workers.made];
	struct net_address address = {.in = {.sin_family = AF_INET}};
	int pair[2];

	address.in.sin_addr.s_addr = htonl(0xc0000200 | host);
	unit_tcp_pair(pair);
	clients[workers.made++] = pair[0];
	memset(worker, 0, sizeof(*worker));
	worker->workers = &workers;
	worker->state = WORKER_BUSY;
	worker->connection.fd = pair[1];
	worker->peer = peers_enter(workers.peers, &address);
	work_slot_init(&worker->connection.slot, &shared.verbs.slots,
	    &worker->peer->shares);
	fair_share_init(&worker->connection.share, &shared.fair,
	    &worker->peer->sending);
	TAILQ_INSERT_TAIL(&workers.lists[WORKER_BUSY], worker, next);
	workers.in[WORKER_BUSY]++;
	workers.count++;
	return worker;
}

static void
expect_evicted(const struct worker *worker, enum worker_state state)
{
	unsigned before = workers.count;

	ck_assert(eviction_free_place(&workers));
	ck_assert_int_eq(worker->state, state);
	ck_assert_uint_eq(workers.count, before - 1);
	ck_assert_int_eq(connection_leaving(&worker->connection),
	    CONNECTION_MAKES_ROOM);
	ck_assert(worker->connection.slot.cancelled);
}

/* The longest wait for a peer counts, for whatever reason. Then come those that
 * wait for a work slot, of the address with most connections. */
START_TEST(test_order)
{
	struct worker *few = add_worker(1), *many = add_worker(2);
	struct worker *many_later = add_worker(2), *idle = add_worker(3);
	struct worker *late = add_worker(3), *ends = add_worker(3);
	int64_t now = clock_now();

	add_worker(4);
	atomic_store(&few->connection.slot.since, now - 9);
	atomic_store(&many->connection.slot.since, now - 4);
	atomic_store(&many_later->connection.slot.since, now - 3);
	atomic_store(&idle->connection.idle_since, now - 2);
	atomic_store(&late->connection.late_since, now - 3);
	atomic_store(&ends->connection.ends_since, now - 1);
	expect_evicted(late, WORKER_LEAVING);
	expect_evicted(idle, WORKER_LEAVING);
	expect_evicted(ends, WORKER_LEAVING);
	expect_evicted(many, WORKER_LEAVING);
	expect_evicted(many_later, WORKER_LEAVING);
	expect_evicted(few, WORKER_LEAVING);
	/* The last one is at work. */
	ck_assert(!eviction_free_place(&workers));
	ck_assert_uint_eq(workers.count, 1);
}
END_TEST

/* A connection without its PROXY header comes first, however short its wait. */
START_TEST(test_unannounced)
{
	struct worker *idle = add_worker(1), *proxied = add_worker(2);
	struct worker *later = add_worker(3);
	int64_t now = clock_now();

	proxied->peer = peers_enter_proxied(workers.peers);
	later->peer = peers_enter_proxied(workers.peers);
	atomic_store(&idle->connection.idle_since, now - 9);
	atomic_store(&proxied->connection.idle_since, now - 2);
	atomic_store(&later->connection.idle_since, now - 1);
	expect_evicted(proxied, WORKER_LEAVING);
	expect_evicted(later, WORKER_LEAVING);
	expect_evicted(idle, WORKER_LEAVING);
}
END_TEST

/* When all places for connections without a header are taken, a newcomer gets
 * the place of the one that has waited longest, and of none that is young. */
START_TEST(test_unannounced_class)
{
	struct worker *first, *second, *idle;
	int64_t now = clock_now();

	peers_free(workers.peers);
	workers.peers = peers_new(WORKERS, 2, 64);
	ck_assert_ptr_nonnull(workers.peers);
	first = add_worker(1);
	second = add_worker(2);
	idle = add_worker(3);
	first->peer = eviction_enter_proxied(&workers);
	second->peer = eviction_enter_proxied(&workers);
	atomic_store(&idle->connection.idle_since, now - 9);
	atomic_store(&first->connection.idle_since, now + 3600 * CLOCK_SEC);
	atomic_store(&second->connection.idle_since, now + 3600 * CLOCK_SEC);
	ck_assert_ptr_null(eviction_enter_proxied(&workers));
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(first->state, WORKER_BUSY);
	ck_assert_int_eq(idle->state, WORKER_BUSY);
	atomic_store(&second->connection.idle_since, now - 1);
	ck_assert_ptr_nonnull(eviction_enter_proxied(&workers));
	ck_assert_int_eq(second->state, WORKER_LEAVING);
	ck_assert_int_eq(first->state, WORKER_BUSY);
	/* An evicted one takes no place of the class, then or at its end. */
	peers_leave(workers.peers, second->peer);
	ck_assert_ptr_null(eviction_enter_proxied(&workers));
	peers_leave(workers.peers, first->peer);
	ck_assert_ptr_nonnull(eviction_enter_proxied(&workers));
}
END_TEST

/* A wait that begins later (CONNECTION_GRACE) does not count yet. */
START_TEST(test_grace)
{
	struct worker *newcomer = add_worker(1);

	atomic_store(&newcomer->connection.idle_since,
	    clock_now() + UNIT_TIMEOUT * CLOCK_SEC);
	ck_assert(!eviction_free_place(&workers));
}
END_TEST

/* A connection at work whose peer has reset it is lost. There are no more lost
 * ones than workers beyond the places. */
START_TEST(test_gone)
{
	const struct linger reset = {.l_onoff = 1};
	struct worker *gone[3];
	int i;

	for (i = 0; i < 3; i++) {
		gone[i] = add_worker(1);
		ck_assert_int_eq(setsockopt(clients[i], SOL_SOCKET, SO_LINGER,
				     &reset, sizeof(reset)),
		    0);
		close(clients[i]);
	}
	expect_evicted(gone[0], WORKER_LOST);
	expect_evicted(gone[1], WORKER_LOST);
	ck_assert(!eviction_free_place(&workers));
}
END_TEST

/* A connection of a crowded address is broken at once, others after a grace. */
START_TEST(test_break)
{
	struct worker *alone = add_worker(1), *crowd = NULL;
	char byte;
	int i;

	for (i = 0; i < 16; i++)
		crowd = add_worker(2);
	atomic_store(&alone->connection.idle_since, 1);
	expect_evicted(alone, WORKER_LEAVING);
	eviction_break_one(&workers);
	ck_assert(!alone->cut);
	atomic_store(&crowd->connection.idle_since, 1);
	expect_evicted(crowd, WORKER_LEAVING);
	eviction_break_one(&workers);
	ck_assert(crowd->cut);
	ck_assert_int_eq(recv(clients[16], &byte, 1, 0), 0);
	alone->left = clock_now() - UNIT_TIMEOUT * CLOCK_SEC;
	eviction_break_one(&workers);
	ck_assert(alone->cut);
	eviction_break_one(&workers);
}
END_TEST

Suite *
eviction_suite(void)
{
	Suite *suite = suite_create("eviction");
	TCase *tcase = unit_case(suite, "eviction");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_order);
	tcase_add_test(tcase, test_unannounced);
	tcase_add_test(tcase, test_unannounced_class);
	tcase_add_test(tcase, test_grace);
	tcase_add_test(tcase, test_gone);
	tcase_add_test(tcase, test_break);
	return suite;
}
