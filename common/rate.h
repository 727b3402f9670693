#ifndef COMMON_RATE_H
#define COMMON_RATE_H

/*
 * A limit of so many bytes a second, shared by all who receive under it: a
 * bucket that fills with time and that every byte is taken from. It never
 * waits or looks at the clock itself. Any thread may call these after
 * rate_open.
 */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* From here on a limit is none: no machine receives so much. */
#define RATE_MAX UINT64_C(100000000000) /* bytes a second */

/* The fields are rate.c's own. */
struct rate {
	pthread_mutex_t lock; /* guards credit and at */
	int64_t limit;	      /* bytes a second; 0: none */
	int64_t depth;	      /* credit at most; both in bytes times */
	int64_t credit;	      /* CLOCK_SEC, so that nothing is rounded */
	int64_t at;	      /* the time that credit stands for */
};

/* A full bucket. limit is in bytes a second; 0: no limit. 0, or -1 with errno.
 */
int rate_open(struct rate *rate, uint64_t limit);
void rate_close(struct rate *rate);

/*
 * Takes what may be received at this time of n bytes (at least 1), which is
 * at most what the limit allows in 50 ms, or one byte. 0: nothing yet, and
 * *until is when to ask again, on the clock of common/clock.h; then there is
 * enough to be worth a call, unless another was faster.
 */
size_t rate_take(struct rate *rate, size_t n, int64_t now, int64_t *until);

/* Gives back what was taken and not received. */
void rate_return(struct rate *rate, size_t n);

#endif
