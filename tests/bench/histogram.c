/*
 * A value's slot is its highest bit and the six bits below that; values
 * under 64 have a slot each.
 */

#include "tests/bench/histogram.h"

static unsigned
slot_of(uint64_t value)
{
	unsigned shift;

	if (value < HISTOGRAM_STEPS)
		return (unsigned)value;
	shift = 63 - 6 - (unsigned)__builtin_clzll(value);
	return (shift + 1) * HISTOGRAM_STEPS +
	    (unsigned)(value >> shift) % HISTOGRAM_STEPS;
}

static int64_t
value_of(unsigned slot)
{
	unsigned shift;

	if (slot < HISTOGRAM_STEPS)
		return slot;
	shift = slot / HISTOGRAM_STEPS - 1;
	return ((int64_t)HISTOGRAM_STEPS + slot % HISTOGRAM_STEPS) << shift;
}

void
histogram_add(struct histogram *histogram, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	histogram->count++;
	if (ns > histogram->max)
		histogram->max = ns;
	histogram->slots[slot_of((uint64_t)ns)]++;
}

int64_t
histogram_at(const struct histogram *histogram, double fraction)
{
	double wanted = fraction * (double)histogram->count;
	uint64_t seen = 0;
	unsigned slot;

	if (histogram->count == 0)
		return 0;
	for (slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
		seen += histogram->slots[slot];
		if (seen > 0 && (double)seen >= wanted)
			break;
	}
	return value_of(slot);
}
