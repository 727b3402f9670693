/*
 * Start-time fair queueing by address. Each address that waits stands in a
 * tree, ordered by what it has used; the first of it gets the next turn and is
 * charged for it. An address that comes back is put forward to what the others
 * have used by now, less WORK_CREDIT, so that it can neither save up for ever
 * nor has to stand behind those that were at it all the time.
 *
 * One who waits sleeps on a condition of its own, and looks up once a second:
 * its peer may have gone, or a holder may be stuck.
 */

#include <errno.h>

#include "server/work_slots.h"

#define WORK_LOOK CLOCK_SEC

enum {
	WORK_SMALLS = 3, /* small ones in a row while a large one waits */
	WORK_LEAST = 64 * 1024, /* bytes that any turn counts for */
};

static int
compare(struct work_share *a, struct work_share *b)
{
	if (a->used != b->used)
		return a->used < b->used ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* RB_GENERATE_STATIC of libbsd wants an __unused that glibc cannot have. */
RB_GENERATE_INTERNAL(work_share_tree, work_share, node, compare,
    static __attribute__((unused)))

int
work_slots_open(struct work_slots *slots, unsigned cores)
{
	int i;

	for (i = 0; i < WORK_KINDS; i++) {
		slots->lines[i] = (struct work_queue){.free = cores};
		RB_INIT(&slots->lines[i].shares);
		LIST_INIT(&slots->lines[i].holders);
	}
	/* Some of this work waits for a disk. */
	slots->lines[WORK_OTHER].free = 2 * cores;
	errno = pthread_mutex_init(&slots->lock, NULL);
	return errno == 0 ? 0 : -1;
}

void
work_slots_close(struct work_slots *slots)
{
	pthread_mutex_destroy(&slots->lock);
}

void
work_shares_init(struct work_shares *shares)
{
	int i;

	for (i = 0; i < WORK_KINDS; i++) {
		shares->in[i] = (struct work_share){.used = 0};
		TAILQ_INIT(&shares->in[i].small);
		TAILQ_INIT(&shares->in[i].large);
	}
}

void
work_slot_init(struct work_slot *slot, struct work_slots *slots,
    struct work_shares *shares)
{
	slot->slots = slots;
	slot->shares = shares;
	slot->line = WORK_OTHER;
	slot->state = WORK_SLOT_NONE;
	slot->cancelled = false;
	slot->lent = false;
	atomic_store(&slot->since, 0);
}

/* All of these are called under the lock. */

static struct work_share *
share_of(const struct work_slot *slot)
{
	return &slot->shares->in[slot->line];
}

static struct work_queue *
line_of(const struct work_slot *slot)
{
	return &slot->slots->lines[slot->line];
}

/* Puts a turn behind those of its address. */
static void
join_line(struct work_slot *slot)
{
	struct work_queue *line = line_of(slot);
	struct work_share *share = share_of(slot);
	uint64_t least =
	    line->used > WORK_CREDIT ? line->used - WORK_CREDIT : 0;

	if (share->waiting == 0) {
		if (share->used < least)
			share->used = least;
		RB_INSERT(work_share_tree, &line->shares, share);
	}
	if (slot->small)
		TAILQ_INSERT_TAIL(&share->small, slot, next);
	else
		TAILQ_INSERT_TAIL(&share->large, slot, next);
	share->waiting++;
	line->waiting++;
	slot->state = WORK_SLOT_WAITS;
}

static void
leave_line(struct work_slot *slot, enum work_slot_state state)
{
	struct work_queue *line = line_of(slot);
	struct work_share *share = share_of(slot);

	if (slot->small)
		TAILQ_REMOVE(&share->small, slot, next);
	else
		TAILQ_REMOVE(&share->large, slot, next);
	line->waiting--;
	if (--share->waiting == 0)
		RB_REMOVE(work_share_tree, &line->shares, share);
	slot->state = state;
}

/* The next turn of a share, of which one waits. */
static struct work_slot *
choose(struct work_share *share)
{
	struct work_slot *small = TAILQ_FIRST(&share->small);
	struct work_slot *large = TAILQ_FIRST(&share->large);

	if (large == NULL || (small != NULL && share->smalls++ < WORK_SMALLS))
		return small;
	share->smalls = 0;
	return large;
}

/* Gives the turns that are free to those that wait. */
static void
dispatch(struct work_queue *line)
{
	struct work_share *share;
	struct work_slot *slot;

	while (line->free > 0 &&
	    (share = RB_MIN(work_share_tree, &line->shares)) != NULL) {
		slot = choose(share);
		leave_line(slot, WORK_SLOT_HELD);
		if (line->used < share->used)
			line->used = share->used;
		/* It stands in the tree by what it had used. */
		if (share->waiting > 0)
			RB_REMOVE(work_share_tree, &line->shares, share);
		share->used += slot->cost;
		if (share->waiting > 0)
			RB_INSERT(work_share_tree, &line->shares, share);
		line->free--;
		LIST_INSERT_HEAD(&line->holders, slot, other);
		atomic_store(&slot->moved, clock_now());
		pthread_cond_signal(&slot->changed);
	}
}

/* Takes a turn from its holder; one that was lent is another's by now. */
static void
put_back(struct work_slot *slot)
{
	LIST_REMOVE(slot, other);
	slot->state = WORK_SLOT_NONE;
	if (!slot->lent)
		line_of(slot)->free++;
	slot->lent = false;
}

static void
refuse(struct work_slot *slot)
{
	leave_line(slot, WORK_SLOT_REFUSED);
	pthread_cond_signal(&slot->changed);
}

static void
refuse_all_of(struct work_slot_queue *queue, dev_t device)
{
	struct work_slot *slot = TAILQ_FIRST(queue), *next;

	for (; slot != NULL; slot = next) {
		next = TAILQ_NEXT(slot, next);
		if (slot->device == device)
			refuse(slot);
	}
}

/* Refuses all that wait for a file of this device. */
static void
refuse_device(struct work_queue *line, dev_t device)
{
	struct work_share *share = RB_MIN(work_share_tree, &line->shares),
			  *next;

	for (; device != 0 && share != NULL; share = next) {
		next = RB_NEXT(work_share_tree, &line->shares, share);
		refuse_all_of(&share->small, device);
		/* Without any that waits it has left the tree. */
		if (!TAILQ_EMPTY(&share->large))
			refuse_all_of(&share->large, device);
	}
}

static bool
is_stuck(const struct work_slot *holder, int64_t now)
{
	return now - atomic_load(&holder->moved) > WORK_STALL;
}

/* Lends the turns of holders that are stuck. */
static void
lend_stuck(struct work_queue *line)
{
	int64_t now = clock_now();
	struct work_slot *holder;

	LIST_FOREACH(holder, &line->holders, other)
		if (!holder->lent && is_stuck(holder, now)) {
			holder->lent = true;
			line->free++;
			refuse_device(line, holder->device);
		}
	dispatch(line);
}

static bool
is_device_stuck(const struct work_queue *line, dev_t device)
{
	int64_t now = clock_now();
	struct work_slot *holder;

	if (device == 0)
		return false;
	LIST_FOREACH(holder, &line->holders, other)
		if (holder->device == device && is_stuck(holder, now))
			return true;
	return false;
}

/* Makes room for one of this share in a line that is full: the last of the
 * address with most gives way, unless that is this one. */
static bool
make_room(struct work_queue *line, const struct work_share *share)
{
	struct work_share *most = NULL, *other;

	RB_FOREACH(other, work_share_tree, &line->shares)
		if (most == NULL || other->waiting > most->waiting)
			most = other;
	if (most == NULL || most->waiting <= share->waiting + 1)
		return false;
	refuse(TAILQ_EMPTY(&most->large) ?
		TAILQ_LAST(&most->small, work_slot_queue) :
		TAILQ_LAST(&most->large, work_slot_queue));
	return true;
}

static bool
may_wait(const struct work_slot *slot)
{
	struct work_queue *line = line_of(slot);
	const struct work_share *share = share_of(slot);

	if (slot->line != WORK_DIGEST || line->free > 0)
		return true;
	if (share->waiting >= WORK_PER_ADDRESS)
		return false;
	return line->waiting < WORK_WAITING || make_room(line, share);
}

/* Sleeps until the turn is held or refused; or the peer has gone. */
static int
sleep_in_line(struct work_slot *slot, const struct stream *stream)
{
	while (slot->state == WORK_SLOT_WAITS) {
		clock_cond_wait(&slot->changed, &slot->slots->lock,
		    clock_now() + WORK_LOOK);
		if (slot->state != WORK_SLOT_WAITS)
			break;
		if (stream_broken(stream)) {
			leave_line(slot, WORK_SLOT_NONE);
			errno = ECONNRESET;
			return -1;
		}
		lend_stuck(line_of(slot));
	}
	if (slot->state == WORK_SLOT_HELD)
		return 0;
	slot->state = WORK_SLOT_NONE;
	errno = slot->cancelled ? ECANCELED : EBUSY;
	return -1;
}

/* The turn is not held. */
static int
wait_in_line(struct work_slot *slot, bool was_held, const struct stream *stream)
{
	struct work_queue *line = line_of(slot);
	int result, code;

	if (slot->cancelled || is_device_stuck(line, slot->device) ||
	    (!was_held && !may_wait(slot))) {
		errno = slot->cancelled ? ECANCELED : EBUSY;
		return -1;
	}
	errno = clock_cond_init(&slot->changed);
	if (errno != 0)
		return -1;
	join_line(slot);
	dispatch(line);
	if (slot->state == WORK_SLOT_WAITS) {
		if (atomic_load(&slot->since) == 0)
			atomic_store(&slot->since, clock_now());
		lend_stuck(line);
	}
	result = sleep_in_line(slot, stream);
	code = errno;
	pthread_cond_destroy(&slot->changed);
	errno = code;
	return result;
}

static void
set_errand(struct work_slot *slot, const struct work_slice *errand)
{
	slot->line = errand->line;
	slot->device = errand->device;
	slot->small = errand->left <= WORK_SLICE;
	slot->cost = slot->small ? errand->left : WORK_SLICE;
	if (slot->cost < WORK_LEAST)
		slot->cost = WORK_LEAST;
}

int
work_slot_take(struct work_slot *slot, const struct work_slice *errand,
    const struct stream *stream)
{
	bool was_held = slot->state == WORK_SLOT_HELD;
	struct work_queue *before = line_of(slot);
	int result;

	pthread_mutex_lock(&slot->slots->lock);
	if (was_held)
		put_back(slot);
	set_errand(slot, errand);
	/* Its own line is looked at once more when it stands there again. */
	if (was_held && line_of(slot) != before)
		dispatch(before);
	result = wait_in_line(slot, was_held, stream);
	if (result != 0)
		dispatch(before);
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
	struct work_queue *line;

	if (slot->state != WORK_SLOT_HELD)
		return;
	line = line_of(slot);
	pthread_mutex_lock(&slot->slots->lock);
	put_back(slot);
	dispatch(line);
	pthread_mutex_unlock(&slot->slots->lock);
	atomic_store(&slot->since, 0);
}

bool
work_slots_are_taken(struct work_slot *slot, enum work_kind line)
{
	bool taken;

	pthread_mutex_lock(&slot->slots->lock);
	taken = slot->slots->lines[line].free == 0;
	pthread_mutex_unlock(&slot->slots->lock);
	return taken;
}

void
work_slot_cancel(struct work_slot *slot)
{
	pthread_mutex_lock(&slot->slots->lock);
	slot->cancelled = true;
	if (slot->state == WORK_SLOT_WAITS)
		refuse(slot);
	pthread_mutex_unlock(&slot->slots->lock);
}
