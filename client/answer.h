#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

/*
 * The parts of a reply as they come out of the stream, each held against
 * common/PROTOCOL.md before it is believed. All functions return 0, or -1
 * with end and failure set; then the connection is of no use. One thread.
 */

#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "common/protocol.h"
#include "common/stream.h"

enum answer_end {
	ANSWER_CLOSED, /* the peer has ended before a byte of the reply */
	ANSWER_LOST,   /* the connection has broken or stalled */
	ANSWER_FAILED, /* against the protocol, or interrupted */
};

struct answer {
	struct stream *stream;
	int64_t stall; /* without a byte, nanoseconds */
	enum protocol_status status;
	uint64_t length; /* of the body, bytes */
	enum answer_end end;
	struct failure failure;
};

/* Status and length; patience (nanoseconds) is for the first byte. */
int answer_begin(struct answer *answer, int64_t patience);

/* Exactly n bytes of the body. */
int answer_bytes(struct answer *answer, void *bytes, size_t n);

/* The body of a refusal, as a text. */
int answer_message(struct answer *answer, char text[PROTOCOL_MESSAGE_MAX + 1]);

/* What FETCH has before and behind the bytes. The first also looks whether
 * the body is long enough for both. */
int answer_attributes(struct answer *answer,
    struct protocol_attributes *attributes);
int answer_trailer(struct answer *answer, struct protocol_trailer *trailer);

/* All of what DIGEST has. */
int answer_digest(struct answer *answer, struct protocol_attributes *attributes,
    uint8_t digest[PROTOCOL_DIGEST]);

/* Sets end and failure: something against the protocol; a read that has
 * returned 0, or -1 with errno. Both return -1. */
int answer_wrong(struct answer *answer, const char *what);
int answer_lost(struct answer *answer, int got, int64_t stall);

#endif
