#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

/*
 * Time for limits and durations: the monotonic clock, in nanoseconds, which
 * no one can set (clock_gettime(2)). A deadline is a time on this clock. Any
 * thread may call these.
 */

#include <pthread.h>
#include <stdint.h>

#define CLOCK_MS  ((int64_t)1000000)
#define CLOCK_SEC ((int64_t)1000000000)

/* A deadline that never comes. */
#define CLOCK_NEVER INT64_MAX

int64_t clock_now(void);

/*
 * What is left until a deadline as a time-out for poll(2): milliseconds,
 * rounded up, 0 once it has passed, -1 (for ever) for CLOCK_NEVER. Never more
 * than an hour: whoever waits looks again.
 */
int clock_poll_timeout(int64_t deadline);

/* Sleeps, or less where a signal comes: for where poll(2) itself fails. */
void clock_sleep(int64_t time);

/* A condition variable whose waits are on this clock. 0, or an error number
 * as from pthread_cond_init(3). */
int clock_cond_init(pthread_cond_t *cond);

/* pthread_cond_timedwait(3) on such a one: 0, or ETIMEDOUT. */
int clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
    int64_t deadline);

#endif
