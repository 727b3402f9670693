#ifndef CLIENT_FOLLOW_PRINTED_H
#define CLIENT_FOLLOW_PRINTED_H

/*
 * The bytes of a followed file that were written so far: their number, the
 * first and the last of them, and a digest of those that no reply has confirmed
 * yet. A reply is compared with these, to see if it is of the same file. One
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"

enum {
	PRINTED_HEAD = 4096, /* bytes kept of its beginning */
	PRINTED_LAST = 1024, /* and of its end */
};

struct printed {
	uint64_t size;		/* bytes written, from its start */
	uint64_t proved;	/* of these, confirmed by a digest */
	struct digest unproved; /* of the others */
	uint8_t head[PRINTED_HEAD];
	uint8_t last[PRINTED_LAST];
};

/* Nothing of it has been written. */
void printed_reset(struct printed *printed);

/* These bytes have been written. */
void printed_add(struct printed *printed, const void *bytes, size_t n);

/* All bytes are confirmed. */
void printed_prove(struct printed *printed);

/* Returns whether the unproved bytes have this digest. */
bool printed_matches(const struct printed *printed,
    const uint8_t digest[DIGEST_LENGTH]);

/* How many bytes are kept of its beginning, and of its end. */
size_t printed_head(const struct printed *printed);
size_t printed_last(const struct printed *printed);

#endif
