#ifndef SERVER_SEND_FILE_H
#define SERVER_SEND_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/reply_writer.h"
#include "server/root.h"

/* A range of an open file, and the form of the reply that carries it. */
struct file_range {
	const struct root_file *file;
	uint64_t offset; /* bytes, at most the file's size */
	uint64_t count;	 /* bytes, all within the file's size */
	/* FETCH: sent before the bytes, with a trailer behind them; NULL: the
	 * bytes alone (GET). */
	const struct protocol_attributes *attributes;
	bool digest; /* the trailer has a digest */
};

/*
 * Replies with the range. If the file cannot be read before its length was
 * announced, the reply is a refusal (IO_ERROR, CHANGED, BUSY), or there is none
 * and reply->stale is set (see reply_writer.h). Returns 0, or -1 with errno if
 * the connection can no longer be used; ENODATA: the file has become shorter
 * than was announced.
 */
int send_file_range(const struct file_range *range, struct reply_writer *reply);

#endif
