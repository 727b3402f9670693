#ifndef ATTACK_REPLIES_H
#define ATTACK_REPLIES_H

/* The replies in what a connection receives, taken apart and counted. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

struct replies_count {
	uint64_t begun; /* replies, and of these */
	uint64_t ok, busy, refused;
	uint64_t wrong; /* no reply at all, or another body than it must be */
};

/* One connection's; zeroed. */
struct replies {
	uint64_t done;
	uint8_t head[PROTOCOL_REPLY_HEADER_SIZE];
	size_t head_len;
	uint64_t left; /* bytes of the body */
	size_t body_at;
	bool compares, differs;
};

/* What was received; body, unless NULL, is what that of each OK must be. */
void replies_take(struct replies *replies, const uint8_t *bytes, size_t len,
    const char *body, size_t body_len, struct replies_count *count);

/* Whether an end would be one within a reply. */
bool replies_under_way(const struct replies *replies);

#endif
