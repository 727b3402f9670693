#ifndef SERVER_WORKERS_PRIVATE_H
#define SERVER_WORKERS_PRIVATE_H

/* Shared by workers.c (connections and threads), workers_life.c (start and
 * stop), lobby.c and eviction.c, and by no other file. */

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
	WORKER_UNUSED = 0, /* no thread, or one that is ending */
	WORKER_SPARE,	   /* a thread that waits for a connection */
	/* From here on the worker has a connection. */
	WORKER_BUSY,	/* with a place */
	WORKER_LEAVING, /* evicted, without a place */
	WORKER_LOST,	/* evicted, and its peer is gone; it may hang */
	WORKER_STATES,
};

struct worker {
	TAILQ_ENTRY(worker) next;
	struct workers *workers;
	enum worker_state state;
	pthread_cond_t wake;
	pthread_t thread;
	bool ended; /* the thread must be joined */
	struct connection connection;
	struct peer *peer;     /* of the connection */
	bool cut;	       /* broken by eviction_break_one */
	int64_t left;	       /* time of its eviction */
	int64_t silent_since;  /* see eviction.c; 0: not silent */
	uint64_t acknowledged; /* bytes, at the last look */
};

TAILQ_HEAD(worker_list, worker);

/* A connection that waits for a thread; it has a place. */
struct newcomer {
	int fd;
	struct net_address address;
	bool proxied; /* begins with a PROXY header */
	struct peer *peer;
	int64_t deadline;
};

enum {
	WORKERS_LOBBY = 64, /* newcomers that wait, at most */
};

struct workers {
	/*
	 * Guards everything below and all workers, except for constants and
	 * the atomics of a connection. Taken before the lock of struct
	 * work_slots. A descriptor is closed only after its worker has left
	 * the lists of connections, so shutdown(2) under the lock never meets
	 * a number that was used again.
	 */
	pthread_mutex_t lock;
	pthread_cond_t gone; /* threads has become 0 */
	pthread_attr_t attributes;
	struct worker *all; /* n of them */
	unsigned n;
	unsigned made; /* the first of all, which are initialized */
	struct stacks stacks;
	struct worker_list lists[WORKER_STATES];
	unsigned in[WORKER_STATES]; /* lengths of the lists */
	struct session_shared *shared;
	struct peers *peers;
	uint64_t connections; /* handed over so far */
	unsigned count;	      /* places taken */
	unsigned max;	      /* places */
	unsigned threads;
	unsigned most_threads;	 /* since the heap was trimmed */
	unsigned ended;		 /* threads to be joined */
	int64_t no_thread_until; /* time to create one again after a failure */
	struct newcomer lobby[WORKERS_LOBBY]; /* a ring */
	unsigned lobby_first, lobby_n;
	struct pollfd *fds; /* n, for eviction_look */
	int64_t looked_at;  /* time of the last eviction_look */
	struct hangs hangs; /* of all connections, for workers_tend */
	bool draining;
	bool ending;  /* spare threads must end */
	int empty_fd; /* see workers_drain */
};

/* Moves a worker to the list of a state, under the lock. */
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

/* Logs how many connections wait for storage that hangs, once a second. Called
 * under the lock. */
void workers_report_hangs(struct workers *workers, int64_t now);

/* Signals empty_fd if the workers drain and no connection is left. Called under
 * the lock. */
void workers_signal_if_empty(struct workers *workers);

/* ---- lobby.c; called under the lock, but for the last one --------------- */

/* Puts a newcomer at the end of the lobby; returns false if that is full. */
bool lobby_enter(struct workers *workers, const struct newcomer *newcomer);

/* Takes out the newcomer that has waited longest; valid under the lock. Returns
 * NULL if there is none. */
struct newcomer *lobby_leave(struct workers *workers);

/* Refuses the first of the lobby if its deadline has passed at now; returns
 * false if there is none. Takes the lock. */
bool lobby_refuse_first(struct workers *workers, int64_t now);

/* ---- eviction.c; called under the lock ---------------------------------- */

/*
 * Frees a place by evicting a connection: the one that has waited longest for
 * its peer; else, of those that wait for a work slot, the oldest of the address
 * with most connections; else one whose peer is gone. Returns false if there is
 * none.
 */
bool eviction_free_place(struct workers *workers);

/* Counts a connection of a proxy, as peers_enter_proxied does. If the class is
 * full, evicts the one of it that has waited longest for its header. */
struct peer *eviction_enter_proxied(struct workers *workers);

/* Frees a thread and descriptor by breaking an evicted connection: the first of
 * the address with most connections. An address with few first gets
 * EVICTION_GRACE, in which its peer can receive the rest. */
void eviction_break_one(struct workers *workers);

/* Looks for peers that are gone, for eviction_free_place to find. Does so at
 * most ten times a second; never blocks. */
void eviction_look(struct workers *workers);

/* Gives the unused memory of the heap back to the system, if far fewer threads
 * are left than have used it. For the listener's thread, without the lock. */
void workers_trim_heap(struct workers *workers);

#endif
