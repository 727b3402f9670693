#ifndef ATTACK_REPLIES_H
#define ATTACK_REPLIES_H

/* Parses and counts the replies in the bytes that a connection received. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

struct replies_count {
	uint64_t begun; /* replies begun; among them: */
	uint64_t ok, busy, refused;
	uint64_t wrong; /* malformed, or with another body than expected */
};

/* Parser state of one connection; zeroed at first. */
struct replies {
	uint64_t done;
	uint8_t head[PROTOCOL_REPLY_HEADER_SIZE];
	size_t head_len;
	uint64_t left; /* bytes of the body still to come */
	size_t body_at;
	bool compares, differs;
};

/* Parses n received bytes. Each OK reply must have this body, unless body is
 * NULL. */
void replies_take(struct replies *replies, const uint8_t *bytes, size_t len,
    const char *body, size_t body_len, struct replies_count *count);

/* Returns whether the bytes so far end within a reply. */
bool replies_under_way(const struct replies *replies);

#endif
