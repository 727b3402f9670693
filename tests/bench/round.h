#ifndef BENCH_ROUND_H
#define BENCH_ROUND_H

/*
 * The requests of a connection as one endless stream of bytes: for one name,
 * or for some in turn, all as long as each other.
 */

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/dialect.h"

struct round {
	size_t request; /* bytes of a request */
	size_t len;	/* of a round of names */
	uint8_t *block; /* a round, and what may follow it at once */
	size_t block_len;
};

/*
 * files is 0 for name itself, else name00 to, at most, name99; most is how
 * many requests are sent at once. 0, or -1 with errno; to be closed with
 * round_close in either case.
 */
int round_open(struct round *round, enum dialect dialect, const char *name,
    unsigned files, unsigned most);

/* The bytes at a position of the stream. *len is cut to what is contiguous in
 * the block; call again for the rest. */
const uint8_t *round_bytes(const struct round *round, uint64_t at,
    uint64_t *len);

void round_close(struct round *round);

#endif
