#ifndef SERVER_TURNS_H
#define SERVER_TURNS_H

/*
 * A bound on how many do some costly work at one time; the others wait their
 * turn, first come, first served. Any thread may call these after turns_open.
 */

#include <sys/queue.h>

#include <pthread.h>

#include "common/stream.h"

struct turn;

struct turns {
	pthread_mutex_t lock; /* guards the rest */
	unsigned free;
	TAILQ_HEAD(turn_queue, turn) waiting;
};

/* 0, or -1 with errno. */
int turns_open(struct turns *turns, unsigned n);
void turns_close(struct turns *turns);

/*
 * Waits for a turn; it must be given back. Returns 0, or -1 with ECONNRESET
 * if the peer that it is for breaks its connection while it waits.
 */
int turns_take(struct turns *turns, const struct stream *stream);
void turns_give(struct turns *turns);

#endif
