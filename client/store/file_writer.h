#ifndef CLIENT_STORE_FILE_WRITER_H
#define CLIENT_STORE_FILE_WRITER_H

/*
 * Where bytes land: an open descriptor, how many it has, and their digests.
 * It is a part of one output (output.c) and of its thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/sha256sum.h"
#include "client/store/tally.h"
#include "common/digest.h"
#include "common/protocol.h"
#include "common/stream.h"

struct sink {
	struct tally tally;
	uint64_t size;	 /* bytes it has */
	int fd;		 /* the output's to open and to close */
	bool digests;	 /* what comes, while it comes */
	int pipe[2];	 /* -1, -1: none yet */
	uint8_t *buffer; /* NULL: none yet */
};

/* One of no bytes; fd may be -1 until some are received. */
void sink_open(struct sink *sink, int fd, bool digests, bool wants_sha256);

/* Frees all but the descriptor. */
void sink_close(struct sink *sink);

/* It has no bytes any more. */
void sink_reset(struct sink *sink);

/* It has size bytes, from the start of the file, that nobody has digested. */
void sink_resume(struct sink *sink, uint64_t size);

/* What comes from here on is what sink_matches is about. */
void sink_begin_body(struct sink *sink);

/* What has become of a step of receiving. */
enum sink_step {
	SINK_TAKEN, /* bytes have come, and are where they belong */
	SINK_ENDED, /* the server has ended the connection */
	SINK_LOST,  /* the connection has failed, errno says how */
	SINK_LOCAL, /* bytes cannot be kept here, errno says why */
};

/*
 * Moves at least 1 and at most n bytes from the stream to the descriptor;
 * stall as in stream.h. *taken says how many have left the stream, on a
 * failure too.
 */
enum sink_step sink_receive(struct sink *sink, struct stream *stream,
    uint64_t n, int64_t stall, uint64_t *taken);

/* Whether the bytes received since sink_begin_body have this digest. */
bool sink_matches(const struct sink *sink,
    const uint8_t digest[PROTOCOL_DIGEST]);

/* The digest of the bytes it has, read again where that was not kept: 0, or -1
 * with errno, ECANCELED after an interrupt. */
int sink_digest(struct sink *sink, uint8_t digest[DIGEST_LENGTH]);

/* The same for SHA-256, of a sink that wants it. */
int sink_sha256(struct sink *sink, uint8_t sha256[SUMS_LENGTH]);

#endif
