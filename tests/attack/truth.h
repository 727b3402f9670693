#ifndef ATTACK_TRUTH_H
#define ATTACK_TRUTH_H

/*
 * A small share that a fake server has, and what changes of the truth make of
 * it: the files f, g, h, and a folder t with f and g in it; any other path to
 * one of that name is as good. All are of the same bytes, which are letters.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/harness/fake.h"

enum {
	TRUTH_SIZE = 100000,		/* bytes of a file */
	TRUTH_LARGE = 64 * 1024 * 1024, /* of one that goes in pieces */
	TRUTH_BLOCK = 65520,		/* after which it repeats itself */
};

/* What comes a byte at a time. */
enum truth_drip {
	TRUTH_NO_DRIP,
	TRUTH_HEADER,
	TRUTH_ATTRIBUTES,
	TRUTH_BODY,
	TRUTH_TRAILER,
};

/* Between two bytes of it, ns; less than any time-out. */
#define TRUTH_PAUSE (100 * CLOCK_MS)

/* How a reply to FETCH or DIGEST differs from the truth; zeroed: not. */
struct truth_change {
	uint64_t length; /* in the header */
	uint64_t size;	 /* in the attributes */
	uint64_t token;	 /* is added to its version, once a connection */
	uint8_t trailer; /* its status */
	bool odd_size;	 /* in the trailer */
	bool odd_byte;	 /* in the body */
	bool odd_digest;
	bool endless; /* the body goes on for ever */
	uint64_t cut; /* reset after so many bytes of it */
	enum truth_drip drip;
};

/* How large the files are: TRUTH_SIZE, or TRUTH_LARGE. */
bool truth_tell(struct fake *fake, const struct fake_asked *asked,
    uint64_t size, const struct truth_change *change);

/* Whether these are the first n bytes of a file. */
bool truth_has(const void *bytes, size_t n);

/* A byte at a time, with pauses. */
bool truth_drip(struct fake *fake, const void *bytes, size_t n);

#endif
