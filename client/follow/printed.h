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
	FOLLOWED_HEAD = 4096, /* bytes kept of its beginning */
	FOLLOWED_LAST = 1024, /* and of its end */
};

struct followed {
	uint64_t size;		/* bytes written, from its start */
	uint64_t proved;	/* of these, confirmed by a digest */
	struct digest unproved; /* of the others */
	uint8_t head[FOLLOWED_HEAD];
	uint8_t last[FOLLOWED_LAST];
};

/* Nothing of it has been written. */
void followed_reset(struct followed *followed);

/* These bytes have been written. */
void followed_add(struct followed *followed, const void *bytes, size_t n);

/* All bytes are confirmed. */
void followed_prove(struct followed *followed);

/* Returns whether the unproved bytes have this digest. */
bool followed_matches(const struct followed *followed,
    const uint8_t digest[DIGEST_LENGTH]);

/* How many bytes are kept of its beginning, and of its end. */
size_t followed_head(const struct followed *followed);
size_t followed_last(const struct followed *followed);

#endif
