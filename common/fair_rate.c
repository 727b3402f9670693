/*
 * Start-time fair queueing (Goyal, Vin, Cheng 1996): a queue serves the
 * connection that has been served least. One that comes back is counted as
 * served as far as those that stayed, so it cannot save up. Each turn is some
 * bytes, and lasts as long as they do at the limit's rate.
 *
 * A connection waits for a turn in the queue of its address, and then in that
 * of all. Only the first of a queue waits for a time; each of the others is
 * woken when it becomes the first, and looks at its connection once in a while.
 */

#include <errno.h>
#include <poll.h>

#include "common/clock.h"
#include "common/fair_rate.h"

/* Time that a late turn may make up for: the longest burst after a pause. */
#define FAIR_RATE_DEPTH (20 * CLOCK_MS)
#define FAIR_RATE_LOOK	(5 * CLOCK_SEC) /* between two looks at a connection */
/* Bytes per second from which on a limit counts as none. */
#define FAIR_RATE_NONE UINT64_C(100000000000)

enum {
	/* Bytes in a turn, at least and at most. */
	FAIR_RATE_SOME = 256,
	FAIR_RATE_MOST = 256 * 1024,
	/* Turns a second in the queue of all: few enough to cost little. */
	FAIR_RATE_TURNS = 1000,
	/* Milliseconds between two turns of a connection in the queue of its
	 * address: with many connections longer, to be as few in all. */
	FAIR_RATE_SHORT = 20,
	FAIR_RATE_LONG = 2000,
};

static int
compare_claims(struct fair_claim *a, struct fair_claim *b)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* libbsd's RB_GENERATE_STATIC needs __unused, which glibc does not define. */
RB_GENERATE_INTERNAL(fair_claim_tree, fair_claim, node, compare_claims,
    static __attribute__((unused)))

static uint64_t
limit_of(uint64_t rate)
{
	return rate >= FAIR_RATE_NONE ? 0 : rate;
}

void
fair_rate_open(struct fair_rate *rate, uint64_t total, uint64_t address)
{
	*rate = (struct fair_rate){.total = limit_of(total),
	    .address = limit_of(address)};
	fair_queue_init(&rate->all);
	pthread_mutex_init(&rate->lock, NULL);
}

bool
fair_rate_limits(const struct fair_rate *rate)
{
	return rate->total != 0 || rate->address != 0;
}

void
fair_queue_init(struct fair_queue *queue)
{
	*queue = (struct fair_queue){.next = 0};
	RB_INIT(&queue->claims);
}

void
fair_share_init(struct fair_share *share, struct fair_rate *rate,
    struct fair_queue *address)
{
	share->rate = rate;
	share->address = address;
	share->claims[0].finish = share->claims[1].finish = 0;
	share->claim = NULL;
	share->cancelled = false;
	atomic_init(&share->waits, false);
}

void
fair_share_move(struct fair_share *share, struct fair_queue *address)
{
	pthread_mutex_lock(&share->rate->lock);
	share->address = address;
	share->claims[0].finish = 0;
	pthread_mutex_unlock(&share->rate->lock);
}

static bool
is_broken(int fd)
{
	struct pollfd poll_fd = {.fd = fd};

	return poll(&poll_fd, 1, 0) == 1 &&
	    (poll_fd.revents & (POLLERR | POLLHUP)) != 0;
}

/* ---- called under the lock ---------------------------------------------- */

/* Returns the bytes of a whole turn, as things are now. */
static size_t
whole_turn(const struct fair_rate *rate, const struct fair_queue *address)
{
	uint64_t ms = rate->waiting / 2, size = FAIR_RATE_MOST, some;

	if (ms < FAIR_RATE_SHORT)
		ms = FAIR_RATE_SHORT;
	if (ms > FAIR_RATE_LONG)
		ms = FAIR_RATE_LONG;
	some = rate->total / FAIR_RATE_TURNS;
	if (rate->total != 0 && some < size)
		size = some;
	some = rate->address / 1000 * ms / (address->waiting + 1);
	if (rate->address != 0 && some < size)
		size = some;
	return size < FAIR_RATE_SOME ? FAIR_RATE_SOME : (size_t)size;
}

/*
 * Puts a claim into a queue, ahead of those served last by a whole turn at
 * most. Turns were longer when fewer shared the rate: what it has had then must
 * not make it wait for very many short ones.
 */
static void
insert_claim(struct fair_queue *queue, struct fair_claim *claim, size_t whole)
{
	if (claim->start < queue->served)
		claim->start = queue->served;
	if (claim->start > queue->served + whole)
		claim->start = queue->served + whole;
	RB_INSERT(fair_claim_tree, &queue->claims, claim);
	queue->waiting++;
}

static void
remove_claim(struct fair_queue *queue, struct fair_claim *claim)
{
	RB_REMOVE(fair_claim_tree, &queue->claims, claim);
	queue->waiting--;
}

/* The first claim of a queue waits for the time from now on. */
static void
wake_first(struct fair_queue *queue)
{
	struct fair_claim *first = RB_MIN(fair_claim_tree, &queue->claims);

	if (first != NULL)
		pthread_cond_signal(&first->turn);
}

/* Looks at a connection that has waited for a while. Returns 0, or -1 if it is
 * broken. */
static int
look_at_claim(struct fair_share *share, struct fair_queue *queue,
    struct fair_claim *claim, int fd)
{
	if (is_broken(fd))
		return -1;
	remove_claim(queue, claim);
	insert_claim(queue, claim, whole_turn(share->rate, share->address));
	return 0;
}

/* Sleeps until the claim has its turn. Returns 0, or -1 if the connection is
 * broken. */
static int
await_turn(struct fair_share *share, struct fair_queue *queue,
    struct fair_claim *claim, int fd)
{
	int64_t now = clock_now(), look = now + FAIR_RATE_LOOK;
	bool first;

	for (;; now = clock_now()) {
		first = RB_MIN(fair_claim_tree, &queue->claims) == claim;
		if (share->cancelled)
			return -1;
		if (first && queue->next <= now)
			return 0;
		if (now >= look) {
			if (look_at_claim(share, queue, claim, fd) != 0)
				return -1;
			look = now + FAIR_RATE_LOOK;
			continue;
		}
		clock_cond_wait(&claim->turn, &share->rate->lock,
		    first && queue->next < look ? queue->next : look);
	}
}

/* Waits for a turn at this many bytes per second, and takes n bytes of a whole
 * one. Returns 0, or -1 if the connection is broken. */
static int
take_turn(struct fair_share *share, struct fair_queue *queue,
    struct fair_claim *claim, uint64_t limit, size_t n, size_t whole, int fd)
{
	int64_t earliest;
	int result;

	claim->start = claim->finish;
	clock_cond_init(&claim->turn);
	insert_claim(queue, claim, whole);
	share->claim = claim;
	result = await_turn(share, queue, claim, fd);
	share->claim = NULL;
	if (result == 0) {
		queue->served = claim->start;
		claim->finish = claim->start + n;
		earliest = clock_now() - FAIR_RATE_DEPTH;
		if (queue->next < earliest)
			queue->next = earliest;
		queue->next += (int64_t)(n * (uint64_t)CLOCK_SEC / limit);
	}
	remove_claim(queue, claim);
	pthread_cond_destroy(&claim->turn);
	wake_first(queue);
	return result;
}

/* ------------------------------------------------------------------------- */

size_t
fair_share_take(struct fair_share *share, size_t n, int fd)
{
	struct fair_rate *rate = share->rate;
	int result = 0;
	size_t size, whole;

	pthread_mutex_lock(&rate->lock);
	rate->waiting++;
	atomic_store_explicit(&share->waits, true, memory_order_relaxed);
	whole = whole_turn(rate, share->address);
	size = n < whole ? n : whole;
	if (rate->address != 0)
		result = take_turn(share, share->address, &share->claims[0],
		    rate->address, size, whole, fd);
	if (result == 0 && rate->total != 0)
		result = take_turn(share, &rate->all, &share->claims[1],
		    rate->total, size, whole, fd);
	atomic_store_explicit(&share->waits, false, memory_order_relaxed);
	rate->waiting--;
	pthread_mutex_unlock(&rate->lock);
	if (result == 0)
		return size;
	errno = EPIPE;
	return 0;
}

void
fair_share_cancel(struct fair_share *share)
{
	pthread_mutex_lock(&share->rate->lock);
	share->cancelled = true;
	if (share->claim != NULL)
		pthread_cond_signal(&share->claim->turn);
	pthread_mutex_unlock(&share->rate->lock);
}
