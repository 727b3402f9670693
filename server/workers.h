#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

/*
 * The threads that serve connections, one for each. A thread whose connection
 * has ended waits a while for the next one; the thread that waits shortest is
 * used first. The listener's thread calls all of these functions.
 */

#include "common/net.h"
#include "server/session.h"

struct workers;

struct workers_plan {
	unsigned max;	      /* places, one for each connection not evicted */
	unsigned leaving;     /* evicted connections that may not have ended */
	unsigned per_address; /* connections of one peer address */
	unsigned prefix;      /* bits, see peers_new */
};

/* Maps all memory that the threads will need, and lowers plan->max to the
 * number of stacks that the system gives. shared outlives the workers. Returns
 * NULL with errno on failure. */
struct workers *workers_new(struct session_shared *shared,
    struct workers_plan *plan);

/*
 * Hands a connection to a worker, which from then on owns fd and closes it. If
 * all places are taken, another connection is evicted (eviction.c) and its
 * place is free at once. If no thread is free, fd waits in the lobby for the
 * next one (see workers_tend). Never blocks, and maps no memory. Returns 0; or
 * -1 with fd still the caller's, and errno
 *   EBUSY           all places are taken and no connection can be evicted,
 *   EUSERS          this address has per_address connections,
 *   EPROTO          too many connections of proxies have not sent their header,
 *   EAGAIN, ENOMEM  no thread can be created, and none will come free.
 */
int workers_hand_over(struct workers *workers, int fd,
    const struct net_address *address);

/* Tells the client of a connection that was not handed over to come again, and
 * closes fd: by BUSY with this message, or without a byte if the client may
 * speak TLS, which takes that for a lost connection. Never blocks. */
void workers_turn_away(const struct workers *workers, int fd,
    const char *message);

/*
 * Does periodic work: refuses connections that have waited in the lobby for too
 * long, joins threads that have ended, and looks for peers that are gone if all
 * places are taken. Returns the number of refused connections. Sets *next to
 * the time of the next call that is needed, or to CLOCK_NEVER.
 */
unsigned workers_tend(struct workers *workers, int64_t *next);

/* Evicts connections until n are on their way out, because descriptors have run
 * out. Returns how many are on their way out now. */
unsigned workers_make_room(struct workers *workers, unsigned n);

/* ---- stopping: these, in this order ------------------------------- */

/* Refuses the lobby, ends idle connections, and lets the others answer what
 * they have received. Returns a descriptor, owned by the workers, that becomes
 * readable when the last connection has ended. */
int workers_drain(struct workers *workers);

/* Returns the number of connections on which a request is being answered. */
unsigned workers_answering(struct workers *workers);

/* Breaks all connections that remain. */
void workers_cut(struct workers *workers);

/* Ends the threads, waits up to two seconds for them, and frees the workers.
 * Returns 0, or -1 with nothing freed if a thread still runs. */
int workers_free(struct workers *workers);

#endif
