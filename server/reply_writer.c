/*
 * A short reply is a header and a body, copied into the stream's output buffer
 * in one piece. send_file.c and send_list.c write the long replies.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/extent.h"
#include "server/reply_writer.h"
#include "server/storage.h"

enum {
	REPLY_WRITER_TEXT = 128, /* bytes of a message that names an errno */
};

_Static_assert((int)REPLY_WRITER_TEXT <= (int)PROTOCOL_MESSAGE_MAX,
    "a message fits");

/* Encodes a header and a body; returns their length in bytes. */
static size_t
encode_reply(enum protocol_status status, const void *body, size_t len,
    uint8_t *bytes)
{
	protocol_encode_reply(status, len, bytes);
	memcpy(bytes + PROTOCOL_REPLY_HEADER_SIZE, body, len);
	return PROTOCOL_REPLY_HEADER_SIZE + len;
}

uint8_t *
reply_writer_reserve(struct reply_writer *reply, size_t n)
{
	uint8_t *bytes;

	if (reply->call == NULL || stream_room(reply->stream) >= n)
		return stream_reserve(reply->stream, n);
	hangs_end(reply->call);
	bytes = stream_reserve(reply->stream, n);
	if (bytes != NULL)
		hangs_resume(reply->call);
	return bytes;
}

int
reply_writer_put(struct reply_writer *reply, enum protocol_status status,
    const void *body, size_t len)
{
	uint8_t *bytes;

	reply->status = status;
	reply->announced = len;
	bytes = reply_writer_reserve(reply, PROTOCOL_REPLY_HEADER_SIZE + len);
	if (bytes == NULL)
		return -1;
	stream_commit(reply->stream, encode_reply(status, body, len, bytes));
	reply->sent = len;
	return 0;
}

int
reply_writer_refuse(struct reply_writer *reply, enum protocol_status status)
{
	return reply_writer_refuse_text(reply, status,
	    protocol_status_message(status));
}

int
reply_writer_refuse_errno(struct reply_writer *reply,
    enum protocol_status status, int code)
{
	char message[REPLY_WRITER_TEXT];

	if (status == PROTOCOL_BUSY && storage_may_come_back(code, true))
		snprintf(message, sizeof(message),
		    "the file system does not answer, try again later: %s",
		    strerror(code));
	else if (status == PROTOCOL_IO_ERROR &&
	    (code == ENODATA || code == EOVERFLOW))
		return reply_writer_refuse_text(reply, status, EXTENT_MESSAGE);
	else if (status == PROTOCOL_IO_ERROR)
		snprintf(message, sizeof(message), "%s: %s",
		    protocol_status_message(status), strerror(code));
	else
		return reply_writer_refuse(reply, status);
	return reply_writer_refuse_text(reply, status, message);
}

bool
reply_writer_reopens(struct reply_writer *reply, int code)
{
	reply->stale = code == ESTALE && !reply->reopened;
	return reply->stale;
}

int
reply_writer_refuse_text(struct reply_writer *reply,
    enum protocol_status status, const char *message)
{
	return reply_writer_put(reply, status, message, strlen(message));
}

void
reply_writer_send_busy(int fd, const char *message)
{
	uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_MESSAGE_MAX];

	stream_refuse(fd, bytes,
	    encode_reply(PROTOCOL_BUSY, message, strlen(message), bytes));
}
