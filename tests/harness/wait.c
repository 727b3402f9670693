/* Descriptors are waited for with poll(2); other conditions are checked every
 * few milliseconds. */

#include <errno.h>
#include <poll.h>

#include "tests/harness/wait.h"

enum {
	WAIT_STEP = 5
}; /* ms */

bool
wait_until(bool (*holds)(void *), void *argument, int64_t limit)
{
	int64_t deadline = clock_now() + limit;

	while (!holds(argument)) {
		if (clock_now() >= deadline)
			return false;
		poll(NULL, 0, WAIT_STEP);
	}
	return true;
}

bool
wait_ready(int fd, short events, int64_t limit)
{
	struct pollfd polled = {.fd = fd, .events = events};
	int64_t deadline = clock_now() + limit;
	int ready;

	do
		ready = poll(&polled, 1, clock_poll_timeout(deadline));
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}
