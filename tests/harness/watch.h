#ifndef HARNESS_WATCH_H
#define HARNESS_WATCH_H

/* Samples how many of a server's threads run at one time. */

#include "tests/harness/server.h"

enum {
	WATCH_THREADS = 128, /* more threads count as this many */
};

/* Zeroed, with server set. */
struct watch {
	const struct server *server;
	unsigned seen[WATCH_THREADS + 1]; /* samples, by running threads */
	unsigned samples;
};

/* Takes a sample. Returns the number of threads that run or could run. */
unsigned watch_sample(struct watch *watch);

/* Returns the median of all samples. */
unsigned watch_median(const struct watch *watch);

#endif
