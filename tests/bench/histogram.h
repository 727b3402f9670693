#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

/*
 * Latencies, counted in steps of a 64th of their power of two: percentiles
 * are within 1.6 % however many values there are. One thread.
 */

#include <stdint.h>

enum {
	HISTOGRAM_STEPS = 64, /* of each power of two */
	HISTOGRAM_SLOTS = 64 * HISTOGRAM_STEPS,
};

struct histogram {
	uint64_t count;
	int64_t max; /* nanoseconds */
	uint32_t slots[HISTOGRAM_SLOTS];
};

/* ns below 0 counts as 0. */
void histogram_add(struct histogram *histogram, int64_t ns);

/* Returns the value in ns that this fraction (0 to 1) of all values do not
 * exceed; 0 if there are none. */
int64_t histogram_at(const struct histogram *histogram, double fraction);

#endif
