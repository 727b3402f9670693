/*
 * A queue of those who wait, each with a condition of its own, so that a turn
 * passes from who gives it to who has waited longest. Whoever waits looks up,
 * once a second, whether there is still a reason to.
 */

#include <errno.h>
#include <stdbool.h>

#include "common/clock.h"
#include "server/turns.h"

#define TURNS_LOOK CLOCK_SEC

/* One who waits; lives on the stack of the one who does. */
struct turn {
	TAILQ_ENTRY(turn) next;
	pthread_cond_t given;
	bool mine;
};

int
turns_open(struct turns *turns, unsigned n)
{
	turns->free = n;
	TAILQ_INIT(&turns->waiting);
	errno = pthread_mutex_init(&turns->lock, NULL);
	return errno == 0 ? 0 : -1;
}

void
turns_close(struct turns *turns)
{
	pthread_mutex_destroy(&turns->lock);
}

/* Under the lock: 0 once the turn was given, -1 if the peer has gone. */
static int
wait_in_queue(struct turns *turns, const struct stream *stream)
{
	struct turn turn = {.mine = false};
	int result = 0;

	errno = clock_cond_init(&turn.given);
	if (errno != 0)
		return -1;
	TAILQ_INSERT_TAIL(&turns->waiting, &turn, next);
	while (!turn.mine && result == 0) {
		clock_cond_wait(&turn.given, &turns->lock,
		    clock_now() + TURNS_LOOK);
		if (!turn.mine && stream_broken(stream)) {
			TAILQ_REMOVE(&turns->waiting, &turn, next);
			errno = ECONNRESET;
			result = -1;
		}
	}
	pthread_cond_destroy(&turn.given);
	return result;
}

int
turns_take(struct turns *turns, const struct stream *stream)
{
	int result = 0;

	pthread_mutex_lock(&turns->lock);
	if (turns->free > 0)
		turns->free--;
	else
		result = wait_in_queue(turns, stream);
	pthread_mutex_unlock(&turns->lock);
	return result;
}

void
turns_give(struct turns *turns)
{
	struct turn *first;

	pthread_mutex_lock(&turns->lock);
	first = TAILQ_FIRST(&turns->waiting);
	if (first != NULL) {
		TAILQ_REMOVE(&turns->waiting, first, next);
		first->mine = true;
		pthread_cond_signal(&first->given);
	} else {
		turns->free++;
	}
	pthread_mutex_unlock(&turns->lock);
}
