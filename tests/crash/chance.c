/* Waits with a finer resolution than the milliseconds of
 * tests/harness/wait.h. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <check.h>

#include "common/clock.h"
#include "tests/crash/chance.h"

static uint64_t state;

/* Returns the number in an environment variable, or 0 if it is not set. */
static uint64_t
setting(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : strtoull(text, NULL, 10);
}

void
chance_open(const char *test)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	state = setting("CRASH_SEED");
	if (state == 0)
		state = (uint64_t)now.tv_sec * 1000 +
		    (uint64_t)now.tv_nsec / CLOCK_MS;
	fprintf(stderr, "%s: CRASH_SEED=%llu\n", test,
	    (unsigned long long)state);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t
chance_below(uint64_t n)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

unsigned
chance_rounds(unsigned most)
{
	uint64_t wanted = setting("CRASH_ROUNDS");

	return wanted > 0 && wanted < most ? (unsigned)wanted : most;
}

bool
chance_wait(const struct program *program, int64_t ns)
{
	struct pollfd polled = {.fd = program->pid_fd, .events = POLLIN};
	int64_t left, deadline = clock_now() + ns;
	struct timespec time;
	int ready;

	do {
		left = deadline - clock_now();
		left = left < 0 ? 0 : left;
		time.tv_sec = (time_t)(left / CLOCK_SEC);
		time.tv_nsec = (long)(left % CLOCK_SEC);
		ready = ppoll(&polled, 1, &time, NULL);
	} while (ready < 0 && errno == EINTR);
	ck_assert_int_ge(ready, 0);
	return ready > 0;
}
