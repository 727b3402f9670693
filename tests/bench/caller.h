#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H

/*
 * One connection that asks: the bytes of its requests on their way out, and of
 * the replies as they come. When each is asked, and what that tells, is
 * swarm.c's. One thread.
 */

#include <netinet/in.h>
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/dialect.h"
#include "tests/bench/round.h"

enum {
	CALLER_BUFFER = 256 * 1024, /* bytes received at once */
	CALLER_PATIENCE = 10,	    /* seconds without an answer: broken */
};

struct caller {
	int fd; /* -1: not connected */
	enum dialect dialect;
	const struct round *round;
	uint64_t asked, answered; /* requests */
	uint64_t sent;		  /* bytes, of all its requests */
	uint64_t to_send;	  /* the same, when all are sent that may be */
	uint64_t body;		  /* bytes of the reply under way to come */
	size_t head_len;
	uint8_t head[DIALECT_HEAD]; /* the beginning of a reply */
};

/* Connects, to ask for what the round says, which outlives the caller. 0, or
 * -1 with errno. To be closed with caller_close in the first case. */
int caller_open(struct caller *caller, const struct sockaddr_in *address,
    enum dialect dialect, const struct round *round);

/* One more request is to be sent. */
void caller_ask(struct caller *caller);

/* Sends what is to be sent; with MSG_DONTWAIT, as much of it as there is room
 * for. 0, or -1 with errno. */
int caller_send(struct caller *caller, int flags);

/*
 * Receives once, counting the replies that are whole then as answered: how
 * many bytes, or -1 with errno; EPROTO for a reply that is none, ECONNABORTED
 * for an end between two. With MSG_DONTWAIT, 0: there was nothing. buffer has
 * CALLER_BUFFER bytes, of no meaning from one call to the next.
 */
ssize_t caller_receive(struct caller *caller, uint8_t *buffer, int flags);

/* One that is closed may be closed again. */
void caller_close(struct caller *caller);

#endif
