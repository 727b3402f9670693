#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H

/*
 * One connection of the load generator: sends requests and parses replies.
 * swarm.c decides when to ask and measures. One thread.
 */

#include <netinet/in.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/channel.h"
#include "tests/bench/dialect.h"
#include "tests/bench/round.h"

enum {
	CALLER_BUFFER = 256 * 1024, /* bytes received at once */
	CALLER_PATIENCE = 10, /* seconds without a reply before an error */
};

struct caller {
	struct channel channel;
	enum dialect dialect;
	const struct round *round;
	uint64_t asked, answered; /* requests */
	uint64_t sent;		  /* bytes of all requests sent */
	uint64_t to_send;	  /* bytes of all requests that may be sent */
	bool full;		  /* the socket must accept bytes first */
	uint64_t body;		  /* bytes of the current reply still to come */
	size_t head_len;
	uint8_t head[DIALECT_HEAD]; /* start of a reply */
};

/* Connects to ask for the round's names, inside TLS if encrypted; round must
 * outlive the caller. Returns 0, or -1 with errno set. The user closes it with
 * caller_close. */
int caller_open(struct caller *caller, const struct sockaddr_in *address,
    enum dialect dialect, bool encrypted, const struct round *round);

/* Adds a request to be sent. */
void caller_ask(struct caller *caller);

/* Sends pending requests; with MSG_DONTWAIT, as much as the socket takes.
 * Returns 0, or -1 with errno set. */
int caller_send(struct caller *caller, int flags);

/*
 * Receives once and counts completed replies as answered. Returns the number of
 * bytes, or -1 with errno: EPROTO for a malformed reply, ECONNABORTED for an
 * end between two replies. Returns 0 with MSG_DONTWAIT if nothing has arrived.
 * buffer is scratch space of CALLER_BUFFER bytes.
 */
ssize_t caller_receive(struct caller *caller, uint8_t *buffer, int flags);

/* May be called more than once. */
void caller_close(struct caller *caller);

#endif
