#ifndef BENCH_ROUND_H
#define BENCH_ROUND_H

/*
 * The requests of a connection as an endless stream of bytes: for one name, or
 * for several names of equal length in turn.
 */

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/dialect.h"

struct round {
	size_t request; /* bytes of a request */
	size_t len;	/* bytes of a round of names */
	uint8_t *block; /* a round, and the bytes that may directly follow it */
	size_t block_len;
};

/*
 * With files 0, asks for name; otherwise for name00 to, at most, name99 in
 * turn. most is the number of requests sent at once. Returns 0, or -1 with
 * errno set; call round_close in either case.
 */
int round_open(struct round *round, enum dialect dialect, const char *name,
    unsigned files, unsigned most);

/* Returns the bytes at a position of the stream, and lowers *len to those
 * contiguous in the block; call again for the rest. */
const uint8_t *round_bytes(const struct round *round, uint64_t at,
    uint64_t *len);

void round_close(struct round *round);

#endif
