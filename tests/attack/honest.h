#ifndef ATTACK_HONEST_H
#define ATTACK_HONEST_H

/*
 * Somebody who just wants a file, while others attack: a thread that fetches
 * it again and again, each time on a new connection, from 127.0.0.2, compares
 * all its bytes, and takes the time from before the connection is made to the
 * last byte. It asserts nothing: what goes wrong is counted.
 */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/histogram.h"

struct honest {
	/* After honest_stop. */
	uint64_t fetched;
	uint64_t failed;
	char error[128]; /* the first failure, or "" */
	struct histogram latency;
	int64_t time; /* of all fetches that went well, nanoseconds */

	/* honest.c's own. */
	uint16_t port;
	char *wanted; /* the reply: header and file */
	size_t size;
	char request[256];
	size_t request_len;
	int stop_fd;
	pthread_t thread;
};

/* The pause between two fetches, so that a processor is left for others. */
#define HONEST_PAUSE 5 /* ms */

/* name is below "served" of the scratch folder; the file stays as it is. */
void honest_start(struct honest *honest, uint16_t port, const char *name);

/*
 * The same in two steps, with any one request. honest_ask makes it once, before
 * the attack; after honest_begin each reply must be what that one was.
 */
void honest_ask(struct honest *honest, uint16_t port, const uint8_t *request,
    size_t len);
void honest_begin(struct honest *honest);

/* Ends it after the fetch under way, of which it waits 10 s for each byte. */
void honest_stop(struct honest *honest);

/* For so long, nanoseconds: both, for the figures of an idle server. */
void honest_run(struct honest *honest, uint16_t port, const char *name,
    int64_t time);

/* Milliseconds that this fraction of the fetches stayed within. */
double honest_ms(const struct honest *honest, double fraction);

/* MB (10^6 bytes) a second while it fetched. */
double honest_speed(const struct honest *honest);

/* "1234 fetches, 0 failed, p50 0.61 ms, p99 1.40 ms, max 3.2 ms". */
const char *honest_text(const struct honest *honest, char *text, size_t size);

#endif
