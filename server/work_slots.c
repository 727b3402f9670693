/*
 * Start-time fair queueing by address. A tree holds the addresses that wait,
 * ordered by the bytes each has used; the first gets the next slot and is
 * charged for it. An address that comes back is charged up to what the others
 * have used by now, less WORK_CREDIT: it keeps a head start, but cannot save up
 * for ever.
 *
 * A waiting session sleeps on a condition variable of its own. It wakes once a
 * second to check its peer, and to look for holders that are stuck.
 */

#include <errno.h>

#include "server/work_slots.h"

#define WORK_LOOK CLOCK_SEC /* between two checks by a waiting session */

enum {
	WORK_SMALLS = 3, /* small requests in a row while a large one waits */
	WORK_LEAST = 64 * 1024, /* bytes that any slice is charged, at least */
};

static int
compare_shares(struct work_share *a, struct work_share *b)
{
	if (a->used != b->used)
		return a->used < b->used ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* libbsd's RB_GENERATE_STATIC needs __unused, which glibc does not define. */
RB_GENERATE_INTERNAL(work_share_tree, work_share, node, compare_shares,
    static __attribute__((unused)))

void
work_slots_init(struct work_slots *slots, unsigned cores)
{
	int i;

	for (i = 0; i < WORK_KINDS; i++) {
		slots->queues[i] = (struct work_queue){.free = cores};
		RB_INIT(&slots->queues[i].shares);
		LIST_INIT(&slots->queues[i].holders);
	}
	/* Some of this work waits for a disk. */
	slots->queues[WORK_OTHER].free = 2 * cores;
	pthread_mutex_init(&slots->lock, NULL);
}

void
work_shares_init(struct work_shares *shares)
{
	int i;

	for (i = 0; i < WORK_KINDS; i++) {
		shares->of[i] = (struct work_share){.used = 0};
		TAILQ_INIT(&shares->of[i].small);
		TAILQ_INIT(&shares->of[i].large);
	}
}

void
work_slot_init(struct work_slot *slot, struct work_slots *slots,
    struct work_shares *shares)
{
	*slot = (struct work_slot){.slots = slots,
	    .shares = shares,
	    .kind = WORK_OTHER};
}

/* ---- called under the lock --------------------------------------------- */

static struct work_share *
share_of(const struct work_slot *slot)
{
	return &slot->shares->of[slot->kind];
}

static struct work_queue *
queue_of(const struct work_slot *slot)
{
	return &slot->slots->queues[slot->kind];
}

/* Appends a claim to the requests of its address. An address that comes back is
 * charged here. */
static void
join_queue(struct work_slot *slot)
{
	struct work_queue *queue = queue_of(slot);
	struct work_share *share = share_of(slot);
	uint64_t least =
	    queue->used > WORK_CREDIT ? queue->used - WORK_CREDIT : 0;

	if (share->waiting == 0) {
		if (share->used < least)
			share->used = least;
		RB_INSERT(work_share_tree, &queue->shares, share);
	}
	if (slot->small)
		TAILQ_INSERT_TAIL(&share->small, slot, next);
	else
		TAILQ_INSERT_TAIL(&share->large, slot, next);
	share->waiting++;
	queue->waiting++;
	slot->state = WORK_SLOT_WAITS;
}

static void
leave_queue(struct work_slot *slot, enum work_slot_state state)
{
	struct work_queue *queue = queue_of(slot);
	struct work_share *share = share_of(slot);

	if (slot->small)
		TAILQ_REMOVE(&share->small, slot, next);
	else
		TAILQ_REMOVE(&share->large, slot, next);
	queue->waiting--;
	if (--share->waiting == 0)
		RB_REMOVE(work_share_tree, &queue->shares, share);
	slot->state = state;
}

/* Returns the claim that is served next of a share in which one waits. */
static struct work_slot *
next_of_share(struct work_share *share)
{
	struct work_slot *small = TAILQ_FIRST(&share->small);
	struct work_slot *large = TAILQ_FIRST(&share->large);

	if (large == NULL || (small != NULL && share->smalls++ < WORK_SMALLS))
		return small;
	share->smalls = 0;
	return large;
}

/* Gives the free slots to waiting sessions, and wakes those sessions. */
static void
assign_free_slots(struct work_queue *queue)
{
	struct work_share *share;
	struct work_slot *slot;

	while (queue->free > 0 &&
	    (share = RB_MIN(work_share_tree, &queue->shares)) != NULL) {
		slot = next_of_share(share);
		leave_queue(slot, WORK_SLOT_HELD);
		if (queue->used < share->used)
			queue->used = share->used;
		/* Its place in the tree depends on share->used. */
		if (share->waiting > 0)
			RB_REMOVE(work_share_tree, &queue->shares, share);
		share->used += slot->cost;
		if (share->waiting > 0)
			RB_INSERT(work_share_tree, &queue->shares, share);
		queue->free--;
		LIST_INSERT_HEAD(&queue->holders, slot, sibling);
		atomic_store(&slot->moved, clock_now());
		pthread_cond_signal(&slot->changed);
	}
}

/* Ends a claim's hold. Its slot becomes free, unless replace_stuck has freed it
 * before. */
static void
release_slot(struct work_slot *slot)
{
	LIST_REMOVE(slot, sibling);
	slot->state = WORK_SLOT_NONE;
	if (!slot->replaced)
		queue_of(slot)->free++;
	slot->replaced = false;
}

static void
refuse_slot(struct work_slot *slot)
{
	leave_queue(slot, WORK_SLOT_REFUSED);
	pthread_cond_signal(&slot->changed);
}

static void
refuse_list(struct work_slot_queue *list, dev_t device)
{
	struct work_slot *slot, *next;

	TAILQ_FOREACH_SAFE(slot, list, next, next)
	if (slot->device == device)
		refuse_slot(slot);
}

/* Refuses all claims for files of this device; none if it is 0. */
static void
refuse_device(struct work_queue *queue, dev_t device)
{
	struct work_share *share, *next;

	if (device == 0)
		return;
	RB_FOREACH_SAFE(share, work_share_tree, &queue->shares, next)
	{
		refuse_list(&share->small, device);
		refuse_list(&share->large, device);
	}
}

static bool
is_stuck(const struct work_slot *holder, int64_t now)
{
	return now - atomic_load(&holder->moved) > WORK_STALL;
}

/* Frees a slot for each stuck holder that was not replaced yet, and refuses
 * the claims that wait for its device. */
static void
replace_stuck(struct work_queue *queue)
{
	int64_t now = clock_now();
	struct work_slot *holder;

	LIST_FOREACH(holder, &queue->holders, sibling)
		if (!holder->replaced && is_stuck(holder, now)) {
			holder->replaced = true;
			queue->free++;
			refuse_device(queue, holder->device);
		}
	assign_free_slots(queue);
}

static bool
is_device_stuck(const struct work_queue *queue, dev_t device)
{
	int64_t now = clock_now();
	struct work_slot *holder;

	if (device == 0)
		return false;
	LIST_FOREACH(holder, &queue->holders, sibling)
		if (holder->device == device && is_stuck(holder, now))
			return true;
	return false;
}

/* Refuses the last claim of the address that has most, to make room in a full
 * queue for a claim of this share. Returns false if this address would then
 * have most itself. */
static bool
displace_one(struct work_queue *queue, const struct work_share *share)
{
	struct work_share *most = NULL, *other;

	RB_FOREACH(other, work_share_tree, &queue->shares)
		if (most == NULL || other->waiting > most->waiting)
			most = other;
	if (most == NULL || most->waiting <= share->waiting + 1)
		return false;
	refuse_slot(TAILQ_EMPTY(&most->large) ?
		TAILQ_LAST(&most->small, work_slot_queue) :
		TAILQ_LAST(&most->large, work_slot_queue));
	return true;
}

static bool
may_join_queue(const struct work_slot *slot)
{
	struct work_queue *queue = queue_of(slot);
	const struct work_share *share = share_of(slot);

	if (slot->kind != WORK_DIGEST || queue->free > 0)
		return true;
	return share->waiting < WORK_PER_ADDRESS &&
	    (queue->waiting < WORK_WAITING || displace_one(queue, share));
}

/* Sleeps until the slot is held, or the claim refused, or the peer gone.
 * Returns 0, or -1 with an errno of work_slot_take. */
static int
sleep_in_queue(struct work_slot *slot, const struct stream *stream)
{
	while (slot->state == WORK_SLOT_WAITS) {
		replace_stuck(queue_of(slot));
		if (slot->state != WORK_SLOT_WAITS)
			break;
		clock_cond_wait(&slot->changed, &slot->slots->lock,
		    clock_now() + WORK_LOOK);
		if (slot->state == WORK_SLOT_WAITS && stream_broken(stream)) {
			leave_queue(slot, WORK_SLOT_NONE);
			errno = ECONNRESET;
			return -1;
		}
	}
	if (slot->state == WORK_SLOT_HELD)
		return 0;
	slot->state = WORK_SLOT_NONE;
	errno = slot->cancelled ? ECANCELED : EBUSY;
	return -1;
}

/* Queues a claim that holds no slot, and waits. Returns 0, or -1 with an errno
 * of work_slot_take. */
static int
wait_in_queue(struct work_slot *slot, bool was_held,
    const struct stream *stream)
{
	struct work_queue *queue = queue_of(slot);
	int result;

	if (slot->cancelled || is_device_stuck(queue, slot->device) ||
	    (!was_held && !may_join_queue(slot))) {
		errno = slot->cancelled ? ECANCELED : EBUSY;
		return -1;
	}
	clock_cond_init(&slot->changed);
	join_queue(slot);
	assign_free_slots(queue);
	if (slot->state == WORK_SLOT_WAITS && atomic_load(&slot->since) == 0)
		atomic_store(&slot->since, clock_now());
	result = sleep_in_queue(slot, stream);
	pthread_cond_destroy(&slot->changed);
	return result;
}

static void
set_slice(struct work_slot *slot, const struct work_slice *slice)
{
	slot->kind = slice->kind;
	slot->device = slice->device;
	slot->small = slice->left <= WORK_SLICE;
	slot->cost = slot->small ? slice->left : WORK_SLICE;
	if (slot->cost < WORK_LEAST)
		slot->cost = WORK_LEAST;
}

int
work_slot_take(struct work_slot *slot, const struct work_slice *slice,
    const struct stream *stream)
{
	bool was_held = slot->state == WORK_SLOT_HELD;
	struct work_queue *before = queue_of(slot);
	int result;

	pthread_mutex_lock(&slot->slots->lock);
	if (was_held)
		release_slot(slot);
	set_slice(slot, slice);
	/* wait_in_queue assigns the slots of the claim's new queue. */
	if (was_held && queue_of(slot) != before)
		assign_free_slots(before);
	result = wait_in_queue(slot, was_held, stream);
	if (result != 0)
		assign_free_slots(before);
	pthread_mutex_unlock(&slot->slots->lock);
	if (result != 0)
		atomic_store(&slot->since, 0);
	return result;
}

void
work_slot_progress(struct work_slot *slot)
{
	atomic_store_explicit(&slot->moved, clock_now(), memory_order_relaxed);
}

void
work_slot_give(struct work_slot *slot)
{
	struct work_queue *queue;

	if (slot->state != WORK_SLOT_HELD)
		return;
	queue = queue_of(slot);
	pthread_mutex_lock(&slot->slots->lock);
	release_slot(slot);
	assign_free_slots(queue);
	pthread_mutex_unlock(&slot->slots->lock);
	atomic_store(&slot->since, 0);
}

bool
work_slots_are_taken(struct work_slot *slot, enum work_kind kind)
{
	bool taken;

	pthread_mutex_lock(&slot->slots->lock);
	taken = slot->slots->queues[kind].free == 0;
	pthread_mutex_unlock(&slot->slots->lock);
	return taken;
}

void
work_slot_cancel(struct work_slot *slot)
{
	pthread_mutex_lock(&slot->slots->lock);
	slot->cancelled = true;
	if (slot->state == WORK_SLOT_WAITS)
		refuse_slot(slot);
	pthread_mutex_unlock(&slot->slots->lock);
}
