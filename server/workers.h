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

/*
 * At most max connections, max_per_address of them from one address; shared
 * outlives the workers. NULL with errno.
 */
struct workers *workers_new(struct session_shared *shared, unsigned max,
    unsigned max_per_address);

/*
 * Hands a connection to a worker, which from then on owns fd and closes it.
 * When all places are taken, the connection that has waited longest, between
 * requests or for the rest of a late one, is asked to leave, and its place
 * counts as free at once. Returns 0, or -1, fd still the caller's, with errno
 *   EBUSY   all places are taken and nobody waits,
 *   EUSERS  this address has as many as it may,
 *   EAGAIN, ENOMEM  no thread could be made.
 */
int workers_hand_over(struct workers *workers, int fd,
    const struct net_address *address);

/*
 * Stopping, in this order. workers_drain lets idle connections go and the
 * others finish what they have received; the descriptor it returns (not the
 * caller's to close) becomes readable when the last has gone. workers_cut
 * breaks those that remain. workers_free ends the threads and waits for them,
 * for up to two seconds; -1 if one is still there then, and nothing is freed.
 */
int workers_drain(struct workers *workers);
void workers_cut(struct workers *workers);
int workers_free(struct workers *workers);

#endif
