/*
 * Start-time fair queueing by address. Each address that waits stands in a
 * tree, ordered by what it has used; the first of it gets the next turn and is
 * charged for it. An address that comes back is put forward to what the others
 * have used by now, less TURNS_CREDIT, so that it can neither save up for ever
 * nor has to stand behind those that were at it all the time.
 *
 * One who waits sleeps on a condition of its own, and looks up once a second:
 * its peer may have gone, or a holder may be stuck.
 */

#include <errno.h>

#include "server/work_slots.h"

#define TURNS_LOOK CLOCK_SEC

enum {
	TURNS_SMALLS = 3, /* small ones in a row while a large one waits */
	TURNS_LEAST = 64 * 1024, /* bytes that any turn counts for */
};

static int
compare(struct turns_share *a, struct turns_share *b)
{
	if (a->used != b->used)
		return a->used < b->used ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* RB_GENERATE_STATIC of libbsd wants an __unused that glibc cannot have. */
RB_GENERATE_INTERNAL(turns_tree, turns_share, node, compare,
    static __attribute__((unused)))

int
turns_open(struct turns *turns, unsigned cores)
{
	int i;

	for (i = 0; i < TURNS_LINES; i++) {
		turns->lines[i] = (struct turns_queue){.free = cores};
		RB_INIT(&turns->lines[i].shares);
		LIST_INIT(&turns->lines[i].holders);
	}
	/* Some of this work waits for a disk. */
	turns->lines[TURNS_WORK].free = 2 * cores;
	errno = pthread_mutex_init(&turns->lock, NULL);
	return errno == 0 ? 0 : -1;
}

void
turns_close(struct turns *turns)
{
	pthread_mutex_destroy(&turns->lock);
}

void
turns_shares_init(struct turns_shares *shares)
{
	int i;

	for (i = 0; i < TURNS_LINES; i++) {
		shares->in[i] = (struct turns_share){.used = 0};
		TAILQ_INIT(&shares->in[i].small);
		TAILQ_INIT(&shares->in[i].large);
	}
}

void
turns_init(struct turn *turn, struct turns *turns, struct turns_shares *shares)
{
	turn->turns = turns;
	turn->shares = shares;
	turn->line = TURNS_WORK;
	turn->state = TURN_NONE;
	turn->cancelled = false;
	turn->lent = false;
	atomic_store(&turn->since, 0);
}

/* All of these are called under the lock. */

static struct turns_share *
share_of(const struct turn *turn)
{
	return &turn->shares->in[turn->line];
}

static struct turns_queue *
line_of(const struct turn *turn)
{
	return &turn->turns->lines[turn->line];
}

/* Puts a turn behind those of its address. */
static void
join_line(struct turn *turn)
{
	struct turns_queue *line = line_of(turn);
	struct turns_share *share = share_of(turn);
	uint64_t least =
	    line->used > TURNS_CREDIT ? line->used - TURNS_CREDIT : 0;

	if (share->waiting == 0) {
		if (share->used < least)
			share->used = least;
		RB_INSERT(turns_tree, &line->shares, share);
	}
	if (turn->small)
		TAILQ_INSERT_TAIL(&share->small, turn, next);
	else
		TAILQ_INSERT_TAIL(&share->large, turn, next);
	share->waiting++;
	line->waiting++;
	turn->state = TURN_WAITS;
}

static void
leave_line(struct turn *turn, enum turn_state state)
{
	struct turns_queue *line = line_of(turn);
	struct turns_share *share = share_of(turn);

	if (turn->small)
		TAILQ_REMOVE(&share->small, turn, next);
	else
		TAILQ_REMOVE(&share->large, turn, next);
	line->waiting--;
	if (--share->waiting == 0)
		RB_REMOVE(turns_tree, &line->shares, share);
	turn->state = state;
}

/* The next turn of a share, of which one waits. */
static struct turn *
choose(struct turns_share *share)
{
	struct turn *small = TAILQ_FIRST(&share->small);
	struct turn *large = TAILQ_FIRST(&share->large);

	if (large == NULL || (small != NULL && share->smalls++ < TURNS_SMALLS))
		return small;
	share->smalls = 0;
	return large;
}

/* Gives the turns that are free to those that wait. */
static void
dispatch(struct turns_queue *line)
{
	struct turns_share *share;
	struct turn *turn;

	while (line->free > 0 &&
	    (share = RB_MIN(turns_tree, &line->shares)) != NULL) {
		turn = choose(share);
		leave_line(turn, TURN_HELD);
		if (line->used < share->used)
			line->used = share->used;
		/* It stands in the tree by what it had used. */
		if (share->waiting > 0)
			RB_REMOVE(turns_tree, &line->shares, share);
		share->used += turn->cost;
		if (share->waiting > 0)
			RB_INSERT(turns_tree, &line->shares, share);
		line->free--;
		LIST_INSERT_HEAD(&line->holders, turn, other);
		atomic_store(&turn->moved, clock_now());
		pthread_cond_signal(&turn->changed);
	}
}

/* Takes a turn from its holder; one that was lent is another's by now. */
static void
put_back(struct turn *turn)
{
	LIST_REMOVE(turn, other);
	turn->state = TURN_NONE;
	if (!turn->lent)
		line_of(turn)->free++;
	turn->lent = false;
}

static void
refuse(struct turn *turn)
{
	leave_line(turn, TURN_REFUSED);
	pthread_cond_signal(&turn->changed);
}

static void
refuse_all_of(struct turn_queue *queue, dev_t device)
{
	struct turn *turn = TAILQ_FIRST(queue), *next;

	for (; turn != NULL; turn = next) {
		next = TAILQ_NEXT(turn, next);
		if (turn->device == device)
			refuse(turn);
	}
}

/* Refuses all that wait for a file of this device. */
static void
refuse_device(struct turns_queue *line, dev_t device)
{
	struct turns_share *share = RB_MIN(turns_tree, &line->shares), *next;

	for (; device != 0 && share != NULL; share = next) {
		next = RB_NEXT(turns_tree, &line->shares, share);
		refuse_all_of(&share->small, device);
		/* Without any that waits it has left the tree. */
		if (!TAILQ_EMPTY(&share->large))
			refuse_all_of(&share->large, device);
	}
}

static bool
is_stuck(const struct turn *holder, int64_t now)
{
	return now - atomic_load(&holder->moved) > TURNS_STALL;
}

/* Lends the turns of holders that are stuck. */
static void
lend_stuck(struct turns_queue *line)
{
	int64_t now = clock_now();
	struct turn *holder;

	LIST_FOREACH(holder, &line->holders, other)
		if (!holder->lent && is_stuck(holder, now)) {
			holder->lent = true;
			line->free++;
			refuse_device(line, holder->device);
		}
	dispatch(line);
}

static bool
is_device_stuck(const struct turns_queue *line, dev_t device)
{
	int64_t now = clock_now();
	struct turn *holder;

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
make_room(struct turns_queue *line, const struct turns_share *share)
{
	struct turns_share *most = NULL, *other;

	RB_FOREACH(other, turns_tree, &line->shares)
		if (most == NULL || other->waiting > most->waiting)
			most = other;
	if (most == NULL || most->waiting <= share->waiting + 1)
		return false;
	refuse(TAILQ_EMPTY(&most->large) ?
		TAILQ_LAST(&most->small, turn_queue) :
		TAILQ_LAST(&most->large, turn_queue));
	return true;
}

static bool
may_wait(const struct turn *turn)
{
	struct turns_queue *line = line_of(turn);
	const struct turns_share *share = share_of(turn);

	if (turn->line != TURNS_DIGEST || line->free > 0)
		return true;
	if (share->waiting >= TURNS_PER_ADDRESS)
		return false;
	return line->waiting < TURNS_WAITING || make_room(line, share);
}

/* Sleeps until the turn is held or refused; or the peer has gone. */
static int
sleep_in_line(struct turn *turn, const struct stream *stream)
{
	while (turn->state == TURN_WAITS) {
		clock_cond_wait(&turn->changed, &turn->turns->lock,
		    clock_now() + TURNS_LOOK);
		if (turn->state != TURN_WAITS)
			break;
		if (stream_broken(stream)) {
			leave_line(turn, TURN_NONE);
			errno = ECONNRESET;
			return -1;
		}
		lend_stuck(line_of(turn));
	}
	if (turn->state == TURN_HELD)
		return 0;
	turn->state = TURN_NONE;
	errno = turn->cancelled ? ECANCELED : EBUSY;
	return -1;
}

/* The turn is not held. */
static int
wait_in_line(struct turn *turn, bool was_held, const struct stream *stream)
{
	struct turns_queue *line = line_of(turn);
	int result, code;

	if (turn->cancelled || is_device_stuck(line, turn->device) ||
	    (!was_held && !may_wait(turn))) {
		errno = turn->cancelled ? ECANCELED : EBUSY;
		return -1;
	}
	errno = clock_cond_init(&turn->changed);
	if (errno != 0)
		return -1;
	join_line(turn);
	dispatch(line);
	if (turn->state == TURN_WAITS) {
		if (atomic_load(&turn->since) == 0)
			atomic_store(&turn->since, clock_now());
		lend_stuck(line);
	}
	result = sleep_in_line(turn, stream);
	code = errno;
	pthread_cond_destroy(&turn->changed);
	errno = code;
	return result;
}

static void
set_errand(struct turn *turn, const struct turns_errand *errand)
{
	turn->line = errand->line;
	turn->device = errand->device;
	turn->small = errand->left <= TURNS_SLICE;
	turn->cost = turn->small ? errand->left : TURNS_SLICE;
	if (turn->cost < TURNS_LEAST)
		turn->cost = TURNS_LEAST;
}

int
turns_take(struct turn *turn, const struct turns_errand *errand,
    const struct stream *stream)
{
	bool was_held = turn->state == TURN_HELD;
	struct turns_queue *before = line_of(turn);
	int result;

	pthread_mutex_lock(&turn->turns->lock);
	if (was_held)
		put_back(turn);
	set_errand(turn, errand);
	/* Its own line is looked at once more when it stands there again. */
	if (was_held && line_of(turn) != before)
		dispatch(before);
	result = wait_in_line(turn, was_held, stream);
	if (result != 0)
		dispatch(before);
	pthread_mutex_unlock(&turn->turns->lock);
	if (result != 0)
		atomic_store(&turn->since, 0);
	return result;
}

void
turns_progress(struct turn *turn)
{
	atomic_store_explicit(&turn->moved, clock_now(), memory_order_relaxed);
}

void
turns_give(struct turn *turn)
{
	struct turns_queue *line;

	if (turn->state != TURN_HELD)
		return;
	line = line_of(turn);
	pthread_mutex_lock(&turn->turns->lock);
	put_back(turn);
	dispatch(line);
	pthread_mutex_unlock(&turn->turns->lock);
	atomic_store(&turn->since, 0);
}

bool
turns_are_taken(struct turn *turn, enum turns_line line)
{
	bool taken;

	pthread_mutex_lock(&turn->turns->lock);
	taken = turn->turns->lines[line].free == 0;
	pthread_mutex_unlock(&turn->turns->lock);
	return taken;
}

void
turns_cancel(struct turn *turn)
{
	pthread_mutex_lock(&turn->turns->lock);
	turn->cancelled = true;
	if (turn->state == TURN_WAITS)
		refuse(turn);
	pthread_mutex_unlock(&turn->turns->lock);
}
