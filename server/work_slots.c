/*
 * Gives slots to the claims of work_queue.c, in its order, and watches those
 * that hold one.
 *
 * A waiting session sleeps on a condition variable of its own. It wakes once a
 * second to check its peer, and to look for holders that are stuck.
 */

#include <errno.h>

#include "server/work_slots.h"

#define WORK_LOOK CLOCK_SEC /* between two checks by a waiting session */

enum {
	WORK_LEAST = 64 * 1024, /* bytes that any slice is charged, at least */
};

void
work_slots_init(struct work_slots *slots, unsigned cores)
{
	int i;

	for (i = 0; i < WORK_KINDS; i++)
		work_queue_init(&slots->queues[i], cores);
	/* Some of this work waits for a disk. */
	slots->queues[WORK_OTHER].free = 2 * cores;
	/* Steps that have computed leave a processor idle for a moment. */
	slots->queues[WORK_HANDSHAKE].free = 2 * cores;
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

/* Returns true if a holder has made no progress for so long. */
static bool
is_stuck(const struct work_slot *holder, int64_t now, int64_t limit)
{
	return now - atomic_load(&holder->moved) > limit;
}

static bool
is_device_stuck(const struct work_queue *queue, dev_t device, int64_t limit)
{
	int64_t now = clock_now();
	struct work_slot *holder;

	if (device == 0)
		return false;
	LIST_FOREACH(holder, &queue->holders, sibling)
		if (holder->device == device && is_stuck(holder, now, limit))
			return true;
	return false;
}

/* A slot that is given in place of a stuck one must not get stuck too. */
static bool
may_serve(const struct work_queue *queue, dev_t device)
{
	return !is_device_stuck(queue, device, WORK_STALL);
}

/* Gives the free slots to waiting sessions, and wakes those sessions. */
static void
assign_free_slots(struct work_queue *queue)
{
	struct work_slot *slot;

	while (queue->free > 0 &&
	    (slot = work_queue_next(queue, may_serve)) != NULL) {
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

/* Frees a slot for each stuck holder that was not replaced yet. Refuses the
 * claims that wait for a device that hangs. */
static void
replace_stuck(struct work_queue *queue)
{
	int64_t now = clock_now();
	struct work_slot *holder;

	LIST_FOREACH(holder, &queue->holders, sibling) {
		if (!holder->replaced && is_stuck(holder, now, WORK_STALL)) {
			holder->replaced = true;
			queue->free++;
		}
		if (is_stuck(holder, now, WORK_HANG))
			work_queue_refuse_device(queue, holder->device);
	}
	assign_free_slots(queue);
}

static bool
may_join_queue(const struct work_slot *slot)
{
	struct work_queue *queue = queue_of(slot);
	const struct work_share *share = share_of(slot);

	if (slot->kind != WORK_DIGEST || queue->free > 0)
		return true;
	return share->waiting < WORK_PER_ADDRESS &&
	    (queue->waiting < WORK_WAITING ||
		work_queue_displace(queue, share));
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
			work_queue_leave(queue_of(slot), slot, WORK_SLOT_NONE);
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

	if (slot->cancelled ||
	    is_device_stuck(queue, slot->device, WORK_HANG) ||
	    (!was_held && !may_join_queue(slot))) {
		errno = slot->cancelled ? ECANCELED : EBUSY;
		return -1;
	}
	clock_cond_init(&slot->changed);
	work_queue_join(queue, slot);
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
		work_queue_refuse(queue_of(slot), slot);
	pthread_mutex_unlock(&slot->slots->lock);
}
