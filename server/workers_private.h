#ifndef SERVER_WORKERS_PRIVATE_H
#define SERVER_WORKERS_PRIVATE_H

/* For workers.c, workers_life.c and room.c alone. */

#include <sys/queue.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/peers.h"
#include "server/session.h"
#include "server/stacks.h"
#include "server/workers.h"

/* The list that a worker is in. */
enum worker_state {
	WORKER_UNUSED = 0, /* without a thread, or one that ends */
	WORKER_SPARE,	   /* its thread waits for a connection */
	WORKER_BUSY,	   /* has a connection, which has a place */
	WORKER_LEAVING,	   /* has one, evicted, which has no place any more */
	WORKER_LOST,	   /* the same, whose peer has gone: it may hang */
	WORKER_STATES,
};

struct worker {
	TAILQ_ENTRY(worker) next;
	struct workers *workers;
	enum worker_state state;
	pthread_cond_t wake;
	pthread_t thread;
	bool ended; /* thread is to be joined */
	bool has_connection;
	struct connection connection;
	struct peer *peer;
	bool cut;	       /* while it was leaving */
	int64_t left;	       /* when it was evicted */
	int64_t silent_since;  /* see room.c; 0: it is not */
	uint64_t acknowledged; /* bytes, when it was looked at last */
};

TAILQ_HEAD(worker_list, worker);

/* One that waits for a thread; it has a place. */
struct newcomer {
	int fd;
	struct net_address address;
	struct peer *peer;
	int64_t deadline;
};

enum {
	WORKERS_LOBBY = 64, /* newcomers that wait at one time */
};

struct workers {
	pthread_mutex_t lock; /* guards the rest, but for what is constant */
	pthread_cond_t gone;  /* threads has fallen to 0 */
	pthread_attr_t attributes;
	struct worker *all; /* of them, those made were used before */
	unsigned n, made;
	struct stacks stacks;
	struct worker_list lists[WORKER_STATES];
	unsigned in[WORKER_STATES]; /* how many each has */
	struct session_shared *shared;
	struct peers *peers;
	uint64_t connections; /* handed over so far */
	unsigned count;	      /* places taken */
	unsigned max;
	unsigned threads;
	unsigned ended;			      /* threads to be joined */
	int64_t no_thread_until;	      /* none is to be made before */
	struct newcomer lobby[WORKERS_LOBBY]; /* a ring: */
	unsigned lobby_first, lobby_n;
	struct pollfd *fds; /* room.c's: n, and whose they are */
	struct worker **polled;
	int64_t looked_at; /* when room.c looked for peers that have gone */
	bool draining;
	bool ending;  /* spare threads are to end */
	int empty_fd; /* see workers_drain */
};

static inline void
worker_move(struct worker *worker, enum worker_state state)
{
	struct workers *workers = worker->workers;

	TAILQ_REMOVE(&workers->lists[worker->state], worker, next);
	workers->in[worker->state]--;
	workers->in[state]++;
	worker->state = state;
	if (state == WORKER_SPARE)
		TAILQ_INSERT_HEAD(&workers->lists[state], worker, next);
	else
		TAILQ_INSERT_TAIL(&workers->lists[state], worker, next);
}

/* Under the lock: the last one out of a drain says so. */
void workers_tell_if_empty(struct workers *workers);

/* Refuses the first in the lobby if its time is up; false: nobody's is. Takes
 * the lock. */
bool workers_refuse(struct workers *workers, int64_t now);

/*
 * Frees a place, under the lock: evicts the connection that has waited longest
 * for its peer; or else, of those that wait for a slot, the first of the
 * address that has most connections. It is LEAVING then, and its thread comes
 * free soon. Or else gives up a connection whose peer has gone, which is LOST.
 * Returns whether there was one.
 */
bool room_make(struct workers *workers);

/*
 * Breaks a connection that is leaving, under the lock, so that its thread and
 * its descriptor come free: the first of the address with most connections.
 * If these are few, not before ROOM_GRACE, in which most peers have received
 * all that was sent.
 */
void room_cut(struct workers *workers);

/* Looks for peers that have gone, under the lock, so that later room_make
 * finds them. At most ten times a second; blocks nobody. */
void room_look(struct workers *workers);

#endif
