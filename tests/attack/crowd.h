#ifndef ATTACK_CROWD_H
#define ATTACK_CROWD_H

/*
 * Many non-blocking connections of one process to 127.0.0.1 that follow one
 * plan: connect, send something at once, send something else bit by bit later,
 * receive replies at once, slowly or never, leave or stay. Outcomes are
 * counted; only lack of memory fails the test.
 *
 * Replies are parsed wherever they are received: a connection that ends within
 * a reply counts as "cut".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "tests/attack/replies.h"

struct crowd;

struct crowd_plan {
	uint16_t port;
	unsigned n;	/* connections at one time */
	uint64_t total; /* connections in all, one after the other; 0: n */
	unsigned each;	/* connections from one address, 127.1.0.1 and so on; 0:
			   all from 127.0.0.1 */
	int receive_buffer; /* SO_RCVBUF, bytes; 0: the system's */

	/* Sent at once, repeat times in a row (0: once). */
	const uint8_t *request;
	size_t request_len;
	uint64_t repeat;
	/* Replaces request where each connection sends something else;
	 * number counts connections from 0. Its result is valid until the
	 * next call. */
	const uint8_t *(
	    *say)(const struct crowd_plan *plan, uint64_t number, size_t *len);

	/* Sent after later_after, then every later_every: later_step bytes of
	 * later (0: all), starting again at its end. */
	const uint8_t *later;
	size_t later_len;
	size_t later_step;
	int64_t later_after; /* nanoseconds; 0: never */
	int64_t later_every; /* 0: once */

	/* Receiving: everything at once; or take bytes every take_every; or
	 * nothing (deaf). */
	bool deaf;
	size_t take;
	int64_t take_every; /* nanoseconds */

	/* Keep their side open after the server has ended its own. */
	bool clings;

	/* Leaving: each abort_each-th connection resets after abort_after
	 * bytes; every connection leaves after that many replies. */
	unsigned abort_each; /* 0: none */
	uint64_t abort_after;
	bool gently;	  /* closes instead of resetting */
	uint64_t replies; /* 0: never leaves */

	/* The expected body of each OK reply; NULL: any. */
	const char *body;
	size_t body_len;
};

/* Counts so far. */
struct crowd_score {
	uint64_t made; /* connections started */
	uint64_t connected;
	uint64_t failed; /* connections that could not be made */
	uint64_t left;	 /* connections that left as planned */
	uint64_t ended;	 /* ended by the server between replies */
	uint64_t reset;	 /* reset by the server between replies */
	uint64_t cut;	 /* ended by the server within a reply */
	struct replies_count replies;
	uint64_t bytes; /* received */
	uint64_t sent;	/* bytes */
};

/* Starts to connect all n. Copies the plan, but not the bytes it points to. The
 * caller frees the crowd with crowd_close. */
struct crowd *crowd_open(const struct crowd_plan *plan);

/* Resets all connections and frees the crowd. */
void crowd_close(struct crowd *crowd);

/*
 * Runs the crowd until the deadline (monotonic, ns), until no connection is
 * left to be made or alive, or until done(argument), called 50 times a second,
 * returns true. done may be NULL. Returns false if the deadline ended it.
 */
bool crowd_run(struct crowd *crowd, int64_t deadline, bool (*done)(void *),
    void *argument);

/* Sends these bytes once on each connected one of n members, from number first
 * on. */
void crowd_say(struct crowd *crowd, unsigned first, unsigned n,
    const void *bytes, size_t len);

/* Makes all members receive at once from now on. */
void crowd_listen(struct crowd *crowd);

const struct crowd_score *crowd_score(const struct crowd *crowd);

/* Returns the number of connections that are made and have not ended. */
unsigned crowd_alive(const struct crowd *crowd);

#endif
