#ifndef CLIENT_WIRE_REPLY_READER_H
#define CLIENT_WIRE_REPLY_READER_H

/*
 * The parts of a reply as they come out of the stream, each held against
 * common/PROTOCOL.md before it is believed. All functions return 0, or -1
 * with end and failure set; then the connection is of no use. What a reply
 * means for whoever asked is said by transfer/job_reply.h, wire/query.h and
 * follow/tail.h.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/outcome.h"
#include "common/protocol.h"
#include "common/stream.h"

/* The first four fields are the caller's to set. */
struct reply_reader {
	struct stream *stream;
	int64_t stall; /* without a byte, nanoseconds */
	/* A lock that the caller holds, released while the reader waits for
	 * the network; NULL if there is none. */
	pthread_mutex_t *lock;
	struct failure *failure;
	enum protocol_status status;
	uint64_t length;  /* of the body, bytes */
	enum outcome end; /* CLOSED, LOST or FATAL: against the protocol, or
			     interrupted */
};

/* Status and length; limit (nanoseconds) is for the first byte. */
int reply_reader_begin(struct reply_reader *reader, int64_t limit);

/* The body of a refusal: failure says what it does. */
int reply_reader_read_refusal(struct reply_reader *reader);

/* Exactly n bytes of the body; and the same to be dropped. */
int reply_reader_read(struct reply_reader *reader, void *bytes, size_t n);
int reply_reader_skip(struct reply_reader *reader, uint64_t n);

/* Whether so many bytes are here already: to take them will not wait. */
bool reply_reader_has(const struct reply_reader *reader, uint64_t n);

/* All of what STAT has. */
int reply_reader_read_state(struct reply_reader *reader,
    struct protocol_attributes *attributes);

/* What FETCH has before and behind the bytes. The first also looks whether
 * the body is long enough for both. */
int reply_reader_read_attributes(struct reply_reader *reader,
    struct protocol_attributes *attributes);
int reply_reader_read_trailer(struct reply_reader *reader,
    struct protocol_trailer *trailer);

/* All of what DIGEST has. */
int reply_reader_read_digest(struct reply_reader *reader,
    struct protocol_attributes *attributes,
    uint8_t digest[PROTOCOL_DIGEST_SIZE]);

/* Set end and failure, and return -1. reply_reader_violation: the server has
 * said what no server of this protocol would say. reply_reader_lost: a read of
 * the stream has returned got, 0 or -1 with errno. */
int reply_reader_violation(struct reply_reader *reader, const char *what);
int reply_reader_lost(struct reply_reader *reader, int got);

#endif
