#ifndef SERVER_COVERAGE_H
#define SERVER_COVERAGE_H

/* A set of byte ranges of a file. One thread at a time uses a coverage. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	COVERAGE_MOST = 4096, /* ranges; one that would be more is left out */
};

struct coverage_range {
	uint64_t from, to; /* bytes [from, to) */
};

/* All zero: the empty set. */
struct coverage {
	/* In order, neither touching nor overlapping. */
	struct coverage_range *ranges;
	size_t n, room;
};

/* Adds the bytes [from, to). Returns false if the set is full or memory is
 * short; it is then unchanged. */
bool coverage_add(struct coverage *coverage, uint64_t from, uint64_t to);

/* Returns whether all bytes [0, size) are in the set. */
bool coverage_is_whole(const struct coverage *coverage, uint64_t size);

/* Returns the number of bytes in the set. */
uint64_t coverage_sum(const struct coverage *coverage);

/* Empties the set and frees its memory. */
void coverage_clear(struct coverage *coverage);

#endif
