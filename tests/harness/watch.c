/* The samples are counts in a table, so that their number is not limited. */

#include "tests/harness/watch.h"

unsigned
watch_sample(struct watch *watch)
{
	unsigned running = server_running(watch->server);

	if (running > WATCH_THREADS)
		running = WATCH_THREADS;
	watch->seen[running]++;
	watch->samples++;
	return running;
}

unsigned
watch_median(const struct watch *watch)
{
	unsigned n = 0, below = watch->seen[0];

	while (below <= watch->samples / 2)
		below += watch->seen[++n];
	return n;
}
