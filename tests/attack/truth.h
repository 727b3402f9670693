#ifndef ATTACK_TRUTH_H
#define ATTACK_TRUTH_H

/*
 * The share of a fake server, and changes to its true replies: files f, g and
 * h, and a folder t that holds f and g; any other path to one of these names
 * works too. All files have the same contents, letters.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/harness/fake.h"

enum {
	TRUTH_SIZE = 100000,		/* bytes of a file */
	TRUTH_LARGE = 64 * 1024 * 1024, /* bytes; fetched in pieces */
	TRUTH_BLOCK = 65520,		/* period of the contents, bytes */
};

/* The piece of a reply that is sent one byte at a time. */
enum truth_drip {
	TRUTH_NO_DRIP,
	TRUTH_HEADER,
	TRUTH_ATTRIBUTES,
	TRUTH_BODY,
	TRUTH_TRAILER,
};

/* Pause between two such bytes, ns; shorter than any time-out. */
#define TRUTH_PAUSE (100 * CLOCK_MS)

/* Changes to a true reply to FETCH or DIGEST; zeroed: none. */
struct truth_change {
	uint64_t length; /* replaces the header's length */
	uint64_t size;	 /* replaces the attributes' size */
	uint64_t token;	 /* added to the version, once a connection */
	uint8_t trailer; /* status in the trailer */
	bool odd_size;	 /* wrong size in the trailer */
	bool odd_byte;	 /* wrong byte in the body */
	bool odd_digest;
	bool endless; /* the body never ends */
	uint64_t cut; /* bytes of the body before a reset */
	enum truth_drip drip;
};

/* Sends the true reply with the change applied. size: TRUTH_SIZE or
 * TRUTH_LARGE. */
bool truth_tell(struct fake *fake, const struct fake_asked *asked,
    uint64_t size, const struct truth_change *change);

/* Returns whether these are the first n bytes of a file. */
bool truth_has(const void *bytes, size_t n);

/* Sends n bytes one at a time, with pauses. */
bool truth_drip(struct fake *fake, const void *bytes, size_t n);

#endif
