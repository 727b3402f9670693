#ifndef CLIENT_WIRE_REPLY_READER_H
#define CLIENT_WIRE_REPLY_READER_H

/*
 * Reads the parts of a reply from the stream and checks each against
 * common/PROTOCOL.md. All functions return 0, or -1 with end and failure set
 * when the connection is of no further use. Callers (transfer/job_reply.h,
 * wire/query.h, follow/tail.h) decide what follows from a reply.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/outcome.h"
#include "common/net.h"
#include "common/protocol.h"
#include "common/stream.h"

struct tls_client;

/* The first seven fields are the caller's to set. */
struct reply_reader {
	struct stream *stream;
	int64_t stall; /* without a byte, nanoseconds */
	/* A lock that the caller holds, released while the reader waits for
	 * the network; NULL if there is none. */
	pthread_mutex_t *lock;
	struct failure *failure;
	/* The server's address until it has replied in this run, else NULL:
	 * see wire/foreign_peer.h. */
	const struct net_address *unanswered;
	/* The server's name for messages if there are several; else "". */
	const char *which;
	const struct tls_client *tls_client; /* of the stream; NULL: plain */
	enum protocol_status status;
	uint64_t length;  /* of the body, bytes */
	enum outcome end; /* CLOSED, LOST or FATAL: against the protocol, or
			     interrupted */
};

/* Reads status and length. Waits up to limit nanoseconds for the first byte. */
int reply_reader_begin(struct reply_reader *reader, int64_t limit);

/* Reads the body of a refusal and sets failure from it. */
int reply_reader_read_refusal(struct reply_reader *reader);

/* Reads n bytes of the body; drops them if bytes is NULL. */
int reply_reader_read(struct reply_reader *reader, void *bytes, uint64_t n);

/* Returns true if n bytes can be read without waiting. */
bool reply_reader_has(const struct reply_reader *reader, uint64_t n);

/* Reads the body of a reply to STAT. */
int reply_reader_read_state(struct reply_reader *reader,
    struct protocol_attributes *attributes);

/* Read the parts before and after the bytes of a file, in a reply to FETCH. The
 * first also checks that the body is long enough for both. */
int reply_reader_read_attributes(struct reply_reader *reader,
    struct protocol_attributes *attributes);
int reply_reader_read_trailer(struct reply_reader *reader,
    struct protocol_trailer *trailer);

/* Reads the body of a reply to DIGEST. */
int reply_reader_read_digest(struct reply_reader *reader,
    struct protocol_attributes *attributes,
    uint8_t digest[PROTOCOL_DIGEST_SIZE]);

/* Set end and failure, and return -1. reply_reader_violation is for a reply
 * against the protocol, reply_reader_lost for a read of the stream that
 * returned got, 0 or -1 with errno. */
int reply_reader_violation(struct reply_reader *reader, const char *what);
int reply_reader_lost(struct reply_reader *reader, int got);

#endif
