/* Converts 64-bit nanoseconds to and from the forms that system calls and
 * pthreads use: struct timespec, and milliseconds in an int. */

#include <time.h>

#include "common/clock.h"

#define CLOCK_HOUR_MS (60 * 60 * 1000)

int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * CLOCK_SEC + now.tv_nsec;
}

int
clock_poll_timeout(int64_t deadline)
{
	int64_t left;

	if (deadline == CLOCK_NEVER)
		return -1;
	left = deadline - clock_now();
	if (left <= 0)
		return 0;
	left = (left + CLOCK_MS - 1) / CLOCK_MS;
	return left > CLOCK_HOUR_MS ? CLOCK_HOUR_MS : (int)left;
}

void
clock_sleep(int64_t time)
{
	struct timespec wait = {
	    .tv_sec = (time_t)(time / CLOCK_SEC),
	    .tv_nsec = (long)(time % CLOCK_SEC),
	};

	(void)nanosleep(&wait, NULL);
}

int
clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;
	int code;

	code = pthread_condattr_init(&attributes);
	if (code != 0)
		return code;
	code = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (code == 0)
		code = pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
	return code;
}

int
clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline)
{
	struct timespec until = {
	    .tv_sec = (time_t)(deadline / CLOCK_SEC),
	    .tv_nsec = (long)(deadline % CLOCK_SEC),
	};

	return pthread_cond_timedwait(cond, mutex, &until);
}
