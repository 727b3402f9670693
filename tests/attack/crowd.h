#ifndef ATTACK_CROWD_H
#define ATTACK_CROWD_H

/*
 * Many connections of one process to 127.0.0.1, none of which ever blocks,
 * all of which do the same: connect, say something at once, say something
 * else bit by bit later, take replies as they come, slowly or never, leave or
 * stay. A plan says what; what became of it is counted. Nothing is asserted
 * but that there is memory for it.
 *
 * Replies are taken apart wherever they are taken at all: a connection that
 * ends within one is "cut".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "tests/attack/replies.h"

struct crowd;

struct crowd_plan {
	uint16_t port;
	unsigned n;	    /* connections at one time */
	uint64_t total;	    /* in all, one after the other; 0: n */
	unsigned each;	    /* from one address, 127.1.0.1 and so on; 0: all
			       from 127.0.0.1 */
	int receive_buffer; /* SO_RCVBUF, bytes; 0: as it is */

	/* Said at once, so many times without a pause (0: once). */
	const uint8_t *request;
	size_t request_len;
	uint64_t repeat;
	/* Instead, where each says something else; number is that of the
	 * connection, from 0. Valid until the next call. */
	const uint8_t *(
	    *say)(const struct crowd_plan *plan, uint64_t number, size_t *len);

	/* Said after a time, and again after each further time: so many bytes
	 * of these (0: all), from their beginning again after their end. */
	const uint8_t *later;
	size_t later_len;
	size_t later_step;
	int64_t later_after; /* nanoseconds; 0: never */
	int64_t later_every; /* 0: once */

	/* Taking: whatever comes; or so many bytes each time; or nothing. */
	bool deaf;
	size_t take;
	int64_t take_every; /* nanoseconds */

	/* When the server has ended its side, they keep theirs open. */
	bool clings;

	/* Leaving: those whose number divides by this, once they have so
	 * many bytes, with a reset; and any, once it has so many replies. */
	unsigned abort_each; /* 0: none */
	uint64_t abort_after;
	bool gently;	  /* without the reset */
	uint64_t replies; /* 0: stays */

	/* What the body of each OK reply must be, unless NULL. */
	const char *body;
	size_t body_len;
};

/* So far. */
struct crowd_score {
	uint64_t made;	 /* connections begun */
	uint64_t failed; /* to connect */
	uint64_t left;	 /* by themselves */
	uint64_t ended;	 /* by the server, between replies */
	uint64_t reset;	 /* by the server, between replies, by a reset */
	uint64_t cut;	 /* by the server, within a reply */
	struct replies_count replies;
	uint64_t bytes; /* received */
	uint64_t sent;	/* bytes */
};

/* Begins to connect all n. The plan is copied; what it points to is not. */
struct crowd *crowd_open(const struct crowd_plan *plan);

/* Resets all that are left, and frees. */
void crowd_close(struct crowd *crowd);

/*
 * Goes on until the deadline, until no connection is left to be made or
 * alive, or until done (may be NULL), asked 50 times a second, says so:
 * whether it was not the deadline.
 */
bool crowd_run(struct crowd *crowd, int64_t deadline, bool (*done)(void *),
    void *argument);

/* Those of these n places, from the first on, that are connected say this,
 * once, as well. */
void crowd_say(struct crowd *crowd, unsigned first, unsigned n,
    const void *bytes, size_t len);

/* From now on they take whatever comes, at once. */
void crowd_listen(struct crowd *crowd);

const struct crowd_score *crowd_score(const struct crowd *crowd);

/* Connections that are made and have not ended. */
unsigned crowd_alive(const struct crowd *crowd);

#endif
