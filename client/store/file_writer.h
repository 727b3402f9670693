#ifndef CLIENT_STORE_FILE_WRITER_H
#define CLIENT_STORE_FILE_WRITER_H

/*
 * Where bytes land: an open descriptor, how many it has, and their digests.
 * It is a part of one output (store/output.c) and of its thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/sha256sum.h"
#include "client/store/file_digests.h"
#include "common/digest.h"
#include "common/protocol.h"
#include "common/stream.h"

struct file_writer {
	struct tally tally;
	uint64_t size;	 /* bytes it has */
	int fd;		 /* the output's to open and to close */
	bool digests;	 /* what comes, while it comes */
	int pipe[2];	 /* -1, -1: none yet */
	uint8_t *buffer; /* NULL: none yet */
};

/* One of no bytes; fd may be -1 until some are received. */
void file_writer_open(struct file_writer *writer, int fd, bool digests,
    bool wants_sha256);

/* Frees all but the descriptor. */
void file_writer_close(struct file_writer *writer);

/* It has no bytes any more. */
void file_writer_reset(struct file_writer *writer);

/* It has size bytes, from the start of the file, that nobody has digested. */
void file_writer_resume(struct file_writer *writer, uint64_t size);

/* What comes from here on is what file_writer_matches is about. */
void file_writer_begin_body(struct file_writer *writer);

/* What has become of a step of receiving. */
enum file_writer_step {
	FILE_WRITER_TAKEN, /* bytes have come, and are where they belong */
	FILE_WRITER_ENDED, /* the server has ended the connection */
	FILE_WRITER_LOST,  /* the connection has failed, errno says how */
	FILE_WRITER_LOCAL, /* bytes cannot be kept here, errno says why */
};

/*
 * Moves at least 1 and at most n bytes from the stream to the descriptor;
 * stall as in stream.h. *taken says how many have left the stream, on a
 * failure too.
 */
enum file_writer_step file_writer_receive(struct file_writer *writer,
    struct stream *stream, uint64_t n, int64_t stall, uint64_t *taken);

/* Whether the bytes received since file_writer_begin_body have this digest. */
bool file_writer_matches(const struct file_writer *writer,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE]);

/* The digest of the bytes it has, read again where that was not kept: 0, or -1
 * with errno, ECANCELED after an interrupt. */
int file_writer_digest(struct file_writer *writer,
    uint8_t digest[DIGEST_LENGTH]);

/* The same for SHA-256, of a sink that wants it. */
int file_writer_sha256(struct file_writer *writer,
    uint8_t sha256[SHA256SUM_LENGTH]);

#endif
