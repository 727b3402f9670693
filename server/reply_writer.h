#ifndef SERVER_REPLY_WRITER_H
#define SERVER_REPLY_WRITER_H

/*
 * The reply to one request, as it goes into the stream, and what became of
 * it. The session's thread calls these. All return 0, or -1 with errno if a
 * reply that was announced could not be finished: then the connection is of
 * no more use.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "common/stream.h"
#include "server/work_slots.h"

struct reply_writer {
	struct stream *stream;
	struct work_slot *slot; /* the connection's, for what costs much */
	enum protocol_status status;
	uint64_t announced; /* bytes of its body */
	uint64_t sent;	    /* of these, so far */
	bool changed;	    /* the trailer says CHANGED */
};

/* An error and its message. */
int reply_writer_refuse(struct reply_writer *reply,
    enum protocol_status status);

/*
 * The same after a call on a file or folder that failed with code, an errno:
 * IO_ERROR says which, since a disk that fails, a mount that is gone and a
 * file server that forgot the file are mended differently.
 */
int reply_writer_refuse_errno(struct reply_writer *reply,
    enum protocol_status status, int code);

/* The same with a message of its own, at most PROTOCOL_MESSAGE_MAX bytes. */
int reply_writer_refuse_text(struct reply_writer *reply,
    enum protocol_status status, const char *message);

/* OK with a body that is at hand, at most STREAM_OUT -
 * PROTOCOL_REPLY_HEADER_SIZE. */
int reply_writer_put(struct reply_writer *reply, const uint8_t *body,
    size_t len);

/*
 * BUSY, with a message of at most PROTOCOL_MESSAGE_MAX bytes, as the only
 * reply on a connection that no session serves; closes fd. Never blocks; the
 * listener's thread calls it.
 */
void reply_writer_turn_away(int fd, const char *message);

#endif
