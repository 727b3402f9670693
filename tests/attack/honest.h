#ifndef ATTACK_HONEST_H
#define ATTACK_HONEST_H

/*
 * A well-behaved client beside the attackers: a thread that fetches one file
 * again and again from 127.0.0.2, each time on a new connection, compares all
 * bytes and measures the time from before connect(2) to the last byte. Failures
 * are counted, not asserted.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/histogram.h"

struct honest {
	/* Valid after honest_stop. */
	uint64_t fetched;
	uint64_t failed;
	char error[128]; /* the first failure, or "" */
	struct histogram latency;
	int64_t time; /* sum of all successful fetches, ns */

	bool encrypted; /* inside TLS */

	/* Private to honest.c. */
	uint16_t port;
	char *wanted; /* the reply: header and file */
	size_t size;
	char request[256];
	size_t request_len;
	int stop_fd;
	pthread_t thread;
};

/* Pause between two fetches, which leaves processor time for others. */
#define HONEST_PAUSE 5 /* ms */

/* Starts to fetch a file of the scratch folder "served". The file must not
 * change. */
void honest_start(struct honest *honest, uint16_t port, const char *name);

/* Starts to fetch it inside TLS, with a handshake each time. */
void honest_start_encrypted(struct honest *honest, uint16_t port,
    const char *name);

/*
 * Another way to start, for any one request: honest_ask makes it once, before
 * the attack, and keeps the reply; after honest_begin each reply must be equal
 * to that one.
 */
void honest_ask(struct honest *honest, uint16_t port, const uint8_t *request,
    size_t len);
void honest_begin(struct honest *honest);

/* Stops after the current fetch, which may take 10 s for each byte. */
void honest_stop(struct honest *honest);

/* Fetches for time ns: honest_start and honest_stop. Measures an idle
 * server. */
void honest_run(struct honest *honest, uint16_t port, const char *name,
    int64_t time);

/* Returns the time in ms within which this fraction of the fetches ended. */
double honest_ms(const struct honest *honest, double fraction);

/* Returns MB (10^6 bytes) a second of fetch time. */
double honest_speed(const struct honest *honest);

/* Formats "1234 fetches, 0 failed, p50 0.61 ms, p99 1.40 ms, max 3.2 ms" into
 * text, and returns it. */
const char *honest_text(const struct honest *honest, char *text, size_t size);

#endif
