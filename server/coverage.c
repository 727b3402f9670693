/* Ranges that touch or overlap are merged when they are added, so a client that
 * takes a file in order has one range, however often it was cut off. */

#include <stdlib.h>
#include <string.h>

#include "server/coverage.h"

/* Makes room for one more range. */
static bool
grow_ranges(struct coverage *coverage)
{
	size_t room = coverage->room == 0 ? 8 : 2 * coverage->room;
	struct coverage_range *ranges;

	if (coverage->n < coverage->room)
		return true;
	if (coverage->n == COVERAGE_MOST)
		return false;
	ranges = reallocarray(coverage->ranges, room, sizeof(*ranges));
	if (ranges == NULL)
		return false;
	coverage->ranges = ranges;
	coverage->room = room;
	return true;
}

bool
coverage_add(struct coverage *coverage, uint64_t from, uint64_t to)
{
	struct coverage_range *ranges;
	size_t first = 0, last;

	if (from >= to)
		return true;
	while (first < coverage->n && coverage->ranges[first].to < from)
		first++;
	for (last = first;
	     last < coverage->n && coverage->ranges[last].from <= to; last++) {
		if (coverage->ranges[last].from < from)
			from = coverage->ranges[last].from;
		if (coverage->ranges[last].to > to)
			to = coverage->ranges[last].to;
	}
	/* The new range stands for ranges[first..last). */
	if (first == last && !grow_ranges(coverage))
		return false;
	ranges = coverage->ranges;
	memmove(&ranges[first + 1], &ranges[last],
	    (coverage->n - last) * sizeof(*ranges));
	ranges[first] = (struct coverage_range){.from = from, .to = to};
	coverage->n = coverage->n + 1 - (last - first);
	return true;
}

bool
coverage_is_whole(const struct coverage *coverage, uint64_t size)
{
	return size == 0 ||
	    (coverage->n > 0 && coverage->ranges[0].from == 0 &&
		coverage->ranges[0].to >= size);
}

uint64_t
coverage_sum(const struct coverage *coverage)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < coverage->n; i++)
		sum += coverage->ranges[i].to - coverage->ranges[i].from;
	return sum;
}

void
coverage_clear(struct coverage *coverage)
{
	free(coverage->ranges);
	*coverage = (struct coverage){.ranges = NULL};
}
