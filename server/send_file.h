#ifndef SERVER_SEND_FILE_H
#define SERVER_SEND_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/reply_writer.h"
#include "server/root.h"

/* A range of an open file on its way into a reply. */
struct file_range {
	const struct root_file *file;
	uint64_t offset; /* bytes, not past the end */
	uint64_t count;	 /* bytes, within the file */
	/* FETCH: attributes before the bytes and a trailer behind them, with
	 * a digest or without; NULL: the bare bytes, as GET has them. */
	const struct protocol_attributes *attributes;
	bool digest;
};

/*
 * Replies with the range. Where it cannot be read as it was found, before
 * anything of it was announced, the reply is an error (IO_ERROR, CHANGED,
 * BUSY). Returns as the functions of reply.h; ENODATA: the file has become
 * shorter than was announced.
 */
int send_file_range(const struct file_range *range, struct reply_writer *reply);

/*
 * The digest of a range as it is read, a slice at a time, each in a turn of
 * reply's, so that a long one does not keep the others waiting. Memory is lent
 * for a turn only. Returns 0 with *status, OK or why it cannot be had
 * (IO_ERROR; CHANGED: the range is no longer all there; BUSY: no turn is to be
 * had, or no memory); -1 with errno once reply's stream turns out to be broken.
 * The caller judges whether the file was modified meanwhile.
 */
int send_file_digest(const struct root_file *file, uint64_t offset,
    uint64_t count, struct reply_writer *reply,
    uint8_t value[PROTOCOL_DIGEST_SIZE], enum protocol_status *status);

#endif
