#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

/* The monotonic clock of clock_gettime(2), in nanoseconds, for time limits and
 * durations. A deadline is a time on this clock. Any thread may call these. */

#include <pthread.h>
#include <stdint.h>

#define CLOCK_MS  ((int64_t)1000000)
#define CLOCK_SEC ((int64_t)1000000000)

#define CLOCK_NEVER INT64_MAX /* a deadline that never passes */

int64_t clock_now(void);

/*
 * Returns the time left until the deadline as a time-out for poll(2): in
 * milliseconds, rounded up; 0 after the deadline; -1 for CLOCK_NEVER. At most
 * one hour: the caller must check the deadline again after poll returns.
 */
int clock_poll_timeout(int64_t deadline);

/* Sleeps for time nanoseconds, or until a signal arrives. Use it only where
 * poll(2) cannot wait. */
void clock_sleep(int64_t time);

/* Makes cond use this clock. Returns 0, or a pthread_cond_init(3) error. */
int clock_cond_init(pthread_cond_t *cond);

/* Waits as pthread_cond_timedwait(3) does, on a cond that clock_cond_init has
 * initialized. Returns 0, or ETIMEDOUT after the deadline. */
int clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
    int64_t deadline);

#endif
