#ifndef CLIENT_WIRE_REPLY_READER_H
#define CLIENT_WIRE_REPLY_READER_H

/*
 * The parts of a reply as they come out of the stream, each held against
 * common/PROTOCOL.md before it is believed. All functions return 0, or -1
 * with end and failure set; then the connection is of no use. What a reply
 * means for whoever asked is said by reply.h, exchange.h and tail.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "common/protocol.h"
#include "common/stream.h"

struct jobs;

enum answer_end {
	ANSWER_CLOSED, /* the peer has ended before a byte of the reply */
	ANSWER_LOST,   /* the connection has broken or stalled */
	ANSWER_FAILED, /* against the protocol, or interrupted */
};

/* The first four fields are the caller's to set. */
struct answer {
	struct stream *stream;
	int64_t stall; /* without a byte, nanoseconds */
	/* Their lock is held by the caller, and given up for as long as bytes
	 * are waited for, not for those that are here already; NULL: none. */
	struct jobs *jobs;
	struct failure *failure;
	enum protocol_status status;
	uint64_t length; /* of the body, bytes */
	enum answer_end end;
};

/* Status and length; limit (nanoseconds) is for the first byte. */
int answer_begin(struct answer *answer, int64_t limit);

/* The body of a refusal: failure says what it does. */
int answer_read_refusal(struct answer *answer);

/* Exactly n bytes of the body; and the same to be dropped. */
int answer_read(struct answer *answer, void *bytes, size_t n);
int answer_skip(struct answer *answer, uint64_t n);

/* Whether so many bytes are here already: to take them will not wait. */
bool answer_has(const struct answer *answer, uint64_t n);

/* All of what STAT has. */
int answer_read_state(struct answer *answer,
    struct protocol_attributes *attributes);

/* What FETCH has before and behind the bytes. The first also looks whether
 * the body is long enough for both. */
int answer_read_attributes(struct answer *answer,
    struct protocol_attributes *attributes);
int answer_read_trailer(struct answer *answer,
    struct protocol_trailer *trailer);

/* All of what DIGEST has. */
int answer_read_digest(struct answer *answer,
    struct protocol_attributes *attributes, uint8_t digest[PROTOCOL_DIGEST]);

/* Set end and failure, and return -1. answer_violation: the server has said
 * what no server of this protocol would say. answer_lost: a read of the stream
 * has returned got, 0 or -1 with errno. */
int answer_violation(struct answer *answer, const char *what);
int answer_lost(struct answer *answer, int got);

#endif
