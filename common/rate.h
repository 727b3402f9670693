#ifndef COMMON_RATE_H
#define COMMON_RATE_H

/*
 * A limit in bytes per second, shared by several streams: a token bucket. It
 * neither waits nor reads the clock; the caller does both. Any thread may call
 * these after rate_open.
 */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_MAX UINT64_C(100000000000) /* bytes per second: no limit */

/* Only rate.c uses the fields. Credit is in bytes times CLOCK_SEC, so that no
 * part of a byte is lost to rounding. */
struct rate {
	pthread_mutex_t lock; /* guards credit and at */
	int64_t limit;	      /* bytes per second; 0: no limit */
	int64_t depth;	      /* maximum of credit */
	int64_t credit;
	int64_t at; /* time up to which credit was added */
};

/* Starts with a full bucket. limit is in bytes per second; 0: no limit. Returns
 * 0, or -1 with errno. */
int rate_open(struct rate *rate, uint64_t limit);
void rate_close(struct rate *rate);

/*
 * Takes credit for up to n bytes (n > 0) at the time now, at most for the bytes
 * of 50 ms (or one byte). Returns the number of bytes that the caller may
 * receive, or 0 with too little credit: the caller then tries again at the time
 * *until. Both times are on the clock of common/clock.h.
 */
size_t rate_take(struct rate *rate, size_t n, int64_t now, int64_t *until);

/* Returns credit for n bytes that were taken and not received. */
void rate_return(struct rate *rate, size_t n);

#endif
