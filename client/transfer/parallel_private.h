#ifndef CLIENT_TRANSFER_PARALLEL_PRIVATE_H
#define CLIENT_TRANSFER_PARALLEL_PRIVATE_H

/* Shared by parallel.c and parallel_growth.c, and by no other file. The queue's
 * lock is held for all functions. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/transfer/handover.h"
#include "client/transfer/pipeline.h"
#include "common/clock.h"

/* Time after a connection that raised nothing, or broke, until the next is
 * tried. */
#define PARALLEL_REST (5 * CLOCK_SEC)

/* A place for one connection and its thread. */
struct member {
	struct pipeline pipeline;
	struct pipeline *works; /* its own, or for the first, the caller's;
				NULL: the place is free */
	struct parallel *parallel;
	pthread_t thread;
	bool is_done;
	bool is_sent_away;	     /* it brought nothing */
	const struct server *server; /* whose place it has; NULL: not known */

	/* ---- at the last look ---- */
	uint64_t bytes;	  /* that it had received */
	unsigned replies; /* pipeline->replies */
	uint64_t rate;	  /* bytes a second, when it last received some */
	int64_t active;	  /* clock_now when it last received something */
};

struct parallel {
	struct pipeline *first;
	struct job_queue *queue;
	struct sources *sources;     /* of the queue */
	struct member *members;	     /* settings->jobs of them */
	struct handover_view *views; /* one for each member */
	pthread_cond_t ended; /* a member is done; with the queue's lock */
	uint64_t bytes;	      /* at the last look */
	int64_t looked;	      /* clock_now at the last look */
	uint64_t last_rate;   /* bytes a second, at the last look */
	struct member *tried; /* not judged yet; or NULL */
	uint64_t rate;	      /* bytes a second, without it */
	int warming;	      /* looks until it is judged */
	int64_t try_again;    /* clock_now before which none is tried */
	/* Connections that have ended since the last one brought something. */
	unsigned fruitless;
};

/* Starts one more connection in this place, to this server (NULL: the first
 * that can be reached). Returns 0, or -1 without a thread. */
int parallel_add_member(struct parallel *parallel, struct member *member,
    struct server *server);

/* Starts a connection to each server that has none, as far as places and work
 * go. */
void parallel_start_servers(struct parallel *parallel, int64_t now);

/* Judges the connection that is tried by the rate of all, in bytes a second,
 * and tries one more. */
void parallel_grow(struct parallel *parallel, uint64_t rate, int64_t now);

#endif
