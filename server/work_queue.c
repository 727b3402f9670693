/*
 * Start-time fair queueing by address. A tree holds the addresses that wait,
 * ordered by the bytes each has used; the first gets the next slot and is
 * charged for it. An address that comes back is charged up to what the others
 * have used by now, less WORK_CREDIT: it keeps a head start, but cannot save up
 * for ever.
 */

#include "server/work_queue.h"

enum {
	WORK_SMALLS = 3, /* small requests in a row while a large one waits */
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
work_queue_init(struct work_queue *queue, unsigned n)
{
	*queue = (struct work_queue){.free = n};
	RB_INIT(&queue->shares);
	LIST_INIT(&queue->holders);
}

static struct work_share *
share_of(const struct work_slot *slot)
{
	return &slot->shares->of[slot->kind];
}

void
work_queue_join(struct work_queue *queue, struct work_slot *slot)
{
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

void
work_queue_leave(struct work_queue *queue, struct work_slot *slot,
    enum work_slot_state state)
{
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

/* Returns the first claim of a list that may be served; NULL if none may. */
static struct work_slot *
first_served(const struct work_queue *queue, struct work_slot_queue *list,
    bool (*may_serve)(const struct work_queue *queue, dev_t device))
{
	struct work_slot *slot;

	TAILQ_FOREACH(slot, list, next)
		if (may_serve(queue, slot->device))
			return slot;
	return NULL;
}

/* Returns the claim that is served next of a share; NULL if none may be. */
static struct work_slot *
next_of_share(const struct work_queue *queue, struct work_share *share,
    bool (*may_serve)(const struct work_queue *queue, dev_t device))
{
	struct work_slot *small = first_served(queue, &share->small, may_serve);
	struct work_slot *large = first_served(queue, &share->large, may_serve);

	if (large == NULL || (small != NULL && share->smalls++ < WORK_SMALLS))
		return small;
	share->smalls = 0;
	return large;
}

struct work_slot *
work_queue_next(struct work_queue *queue,
    bool (*may_serve)(const struct work_queue *queue, dev_t device))
{
	struct work_slot *slot = NULL;
	struct work_share *share;

	for (share = RB_MIN(work_share_tree, &queue->shares); share != NULL;
	     share = RB_NEXT(work_share_tree, &queue->shares, share)) {
		slot = next_of_share(queue, share, may_serve);
		if (slot != NULL)
			break;
	}
	if (slot == NULL)
		return NULL;
	work_queue_leave(queue, slot, WORK_SLOT_HELD);
	if (queue->used < share->used)
		queue->used = share->used;
	/* Its place in the tree depends on share->used. */
	if (share->waiting > 0)
		RB_REMOVE(work_share_tree, &queue->shares, share);
	share->used += slot->cost;
	if (share->waiting > 0)
		RB_INSERT(work_share_tree, &queue->shares, share);
	return slot;
}

void
work_queue_refuse(struct work_queue *queue, struct work_slot *slot)
{
	work_queue_leave(queue, slot, WORK_SLOT_REFUSED);
	pthread_cond_signal(&slot->changed);
}

static void
refuse_list(struct work_queue *queue, struct work_slot_queue *list,
    dev_t device)
{
	struct work_slot *slot, *next;

	TAILQ_FOREACH_SAFE(slot, list, next, next)
	if (slot->device == device)
		work_queue_refuse(queue, slot);
}

void
work_queue_refuse_device(struct work_queue *queue, dev_t device)
{
	struct work_share *share, *next;

	if (device == 0)
		return;
	RB_FOREACH_SAFE(share, work_share_tree, &queue->shares, next)
	{
		refuse_list(queue, &share->small, device);
		refuse_list(queue, &share->large, device);
	}
}

bool
work_queue_displace(struct work_queue *queue, const struct work_share *share)
{
	struct work_share *most = NULL, *other;

	RB_FOREACH(other, work_share_tree, &queue->shares)
		if (most == NULL || other->waiting > most->waiting)
			most = other;
	if (most == NULL || most->waiting <= share->waiting + 1)
		return false;
	work_queue_refuse(queue,
	    TAILQ_EMPTY(&most->large) ?
		TAILQ_LAST(&most->small, work_slot_queue) :
		TAILQ_LAST(&most->large, work_slot_queue));
	return true;
}
