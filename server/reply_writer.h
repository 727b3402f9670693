#ifndef SERVER_REPLY_WRITER_H
#define SERVER_REPLY_WRITER_H

/*
 * Writes replies with a short body into the stream. reply_writer_put and the
 * functions that refuse run in the session's thread, set status, announced and
 * sent, and return 0, or -1 with errno if the connection can no longer be used.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "common/stream.h"
#include "server/hangs.h"
#include "server/work_slots.h"

/* The reply to one request. */
struct reply_writer {
	struct stream *stream;
	struct work_slot *slot; /* the connection's */
	/* The connection's, under way while it reads; or NULL. */
	struct hangs_call *call;
	enum protocol_status status;
	uint64_t announced; /* bytes of the body */
	uint64_t sent;	    /* bytes of these, so far */
	bool changed;	    /* the trailer says CHANGED */
	/* ESTALE before anything was written: the request is to be answered
	 * again by a file opened anew. Not set while reopened. */
	bool stale;
	bool reopened;
};

/* Replies with an error status and its standard message. */
int reply_writer_refuse(struct reply_writer *reply,
    enum protocol_status status);

/* Refuses after a call on a file or folder failed with this errno. An IO_ERROR
 * names it, and so does a BUSY of storage that does not answer: a failing disk
 * and a stale mount need different repairs. */
int reply_writer_refuse_errno(struct reply_writer *reply,
    enum protocol_status status, int code);

/* Returns true, and sets stale, if this errno of a file is one after which the
 * caller writes nothing and the request is answered again. */
bool reply_writer_reopens(struct reply_writer *reply, int code);

/*
 * Returns room for n bytes, as stream_reserve does, or NULL with errno. If
 * earlier replies have to be sent for it, the call on a file begins anew
 * afterwards: a peer that receives slowly is no storage that hangs.
 */
uint8_t *reply_writer_reserve(struct reply_writer *reply, size_t n);

/* Refuses with this message, of at most PROTOCOL_MESSAGE_MAX bytes. */
int reply_writer_refuse_text(struct reply_writer *reply,
    enum protocol_status status, const char *message);

/* Replies with up to STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE bytes of body. */
int reply_writer_put(struct reply_writer *reply, enum protocol_status status,
    const void *body, size_t len);

/* Sends BUSY with this message, of at most PROTOCOL_MESSAGE_MAX bytes, without
 * a stream. Never blocks. The caller closes fd. Any thread may call this. */
void reply_writer_send_busy(int fd, const char *message);

#endif
