#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

/*
 * The threads that serve: one for each connection, kept for a while when it
 * ends and used again, the last one first. The listener's thread calls all of
 * these.
 */

#include "common/net.h"
#include "server/session.h"

/* Bytes of a worker's stack; most of it is never touched. */
#ifndef WORKER_STACK
#define WORKER_STACK (128 * 1024)
#endif

struct workers;

struct workers_plan {
	unsigned max;	      /* connections that have a place */
	unsigned leaving;     /* more that are on their way out, at most */
	unsigned per_address; /* of one peer address */
	unsigned prefix;      /* see peers_new */
};

/*
 * Maps all memory that the threads will need. shared outlives the workers.
 * plan->max is lowered to what there are stacks for. NULL with errno.
 */
struct workers *workers_new(struct session_shared *shared,
    struct workers_plan *plan);

/*
 * Hands a connection to a worker, which from then on owns fd and closes it.
 * When all places are taken, another connection makes room (see room.c), and
 * its place counts as free at once; one evicted long ago is broken if its
 * thread is needed. Where no thread can be had now, fd waits for the next one
 * that comes free (see workers_tend). Never blocks, and maps no memory.
 * Returns 0, or -1, fd still the caller's, with errno
 *   EBUSY   all places are taken and nobody makes room,
 *   EUSERS  this address has as many as it may,
 *   EAGAIN, ENOMEM  no thread could be made, and nobody makes room.
 */
int workers_hand_over(struct workers *workers, int fd,
    const struct net_address *address);

/*
 * Refuses those that have waited for a thread for too long, by
 * reply_writer_turn_away, looks after peers that have gone where places are
 * scarce, and joins threads that have ended, whose stacks it clears. Returns
 * how many were refused; sets *next to the time at which it is to be called
 * again, CLOCK_NEVER if it need not be.
 */
unsigned workers_tend(struct workers *workers, int64_t *next);

/*
 * For when descriptors have run out: lets up to n connections make room, and
 * returns how many are on their way out now.
 */
unsigned workers_make_room(struct workers *workers, unsigned n);

/*
 * Stopping, in this order. workers_drain refuses those that wait for a thread,
 * lets idle connections go and the others finish what they have received; the
 * descriptor it returns (not the caller's to close) becomes readable when the
 * last has gone. workers_cut breaks those that remain. workers_free ends the
 * threads and waits for them, for up to two seconds; -1 if one is still there
 * then, and nothing is freed.
 */
int workers_drain(struct workers *workers);
void workers_cut(struct workers *workers);
int workers_free(struct workers *workers);

#endif
