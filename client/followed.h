#ifndef CLIENT_FOLLOWED_H
#define CLIENT_FOLLOWED_H

/*
 * What has been written of a file that is followed: how much, its first and
 * its last bytes, and a digest of those that no reply has confirmed yet. With
 * these a reply shows whether the file is still the one that was written. One
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

/* Whether the unproved bytes have this digest. */
bool followed_matches(const struct followed *followed,
    const uint8_t digest[DIGEST_LENGTH]);

/* How many bytes are kept of its beginning, and of its end. */
size_t followed_head(const struct followed *followed);
size_t followed_last(const struct followed *followed);

#endif
