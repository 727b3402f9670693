/*
 * Decodes requests from the stream's buffer, in the session's thread. The time
 * limits are enforced here: idle_timeout while nothing of a request has
 * arrived, by the socket's own time-out (socket_tune_server), and
 * request_timeout from a request's first byte to its last.
 */

#include <errno.h>

#include "common/clock.h"
#include "server/request_reader.h"
#include "server/stacks.h"

/* Time without a request after which a stack is trimmed. */
#define READER_REST (100 * CLOCK_MS)

/* Waits for the first bytes of a request while a file is kept, and closes the
 * kept file when its time is over. Returns 1, or -1 with errno. */
static int
await_keeping(struct request_reader *reader)
{
	int64_t end = clock_now() + reader->idle_timeout;
	int64_t until = kept_until(&reader->handle->kept);
	int ready;

	ready =
	    stream_await_readable(reader->stream, until < end ? until : end);
	if (ready == 0) {
		kept_release(&reader->handle->kept);
		ready = stream_await_readable(reader->stream, end);
	}
	if (ready > 0)
		return stream_await(reader->stream, true);
	if (ready == 0)
		errno = ETIMEDOUT;
	return -1;
}

/* Waits for the first bytes of a request. A connection inside TLS that stays
 * idle gives back the stack that its handshake has needed. Returns 1, 0 or
 * -1. */
static int
await_first(struct request_reader *reader)
{
	if (stream_is_encrypted(reader->stream) &&
	    stream_await_readable(reader->stream, clock_now() + READER_REST) ==
		0)
		stacks_trim();
	return stream_await(reader->stream, true);
}

/* Receives the first bytes of a request, idle until then; a connection that
 * must end takes only what has arrived. Returns 1, 0 or -1. */
static int
receive_first(struct request_reader *reader)
{
	bool stays =
	    connection_begin_idle(reader->connection, reader->count == 0);
	int got;

	request_log_flush_due(reader->log);
	if (stays && kept_until(&reader->handle->kept) != CLOCK_NEVER)
		got = await_keeping(reader);
	else if (stays)
		got = await_first(reader);
	else
		got = stream_await(reader->stream, false);
	atomic_store(&reader->connection->idle_since, 0);
	return got < 0 && !stays && errno == EAGAIN ? 0 : got;
}

/* Receives more of a request that has begun. *deadline is set at the first
 * call. Returns 1, 0 if the connection makes room, or -1. */
static int
receive_rest(struct request_reader *reader, int64_t *deadline)
{
	int got;

	if (*deadline == CLOCK_NEVER)
		*deadline = clock_now() + reader->request_timeout;
	atomic_store(&reader->connection->late_since,
	    *deadline - reader->request_timeout + CONNECTION_GRACE);
	got = stream_fill(reader->stream, *deadline);
	atomic_store(&reader->connection->late_since, 0);
	if (got != 0 ||
	    connection_leaving(reader->connection) == CONNECTION_MAKES_ROOM)
		return got;
	errno = ENODATA;
	return -1;
}

/* Prepares for a wait of any length. Closes the open file, whose name stands in
 * the buffer that is received into. The kept file expires here too, for a
 * client that never lets the session become idle. */
static int
prepare_wait(struct request_reader *reader)
{
	struct kept *kept = &reader->handle->kept;

	handle_close(reader->handle);
	if (kept_until(kept) != CLOCK_NEVER)
		kept_expire(kept, clock_now());
	work_slot_give(&reader->connection->slot);
	reader->row = 0;
	return stream_flush(reader->stream, false);
}

/* Waits for more of the next request; *deadline is CLOCK_NEVER until its first
 * byte has arrived. Returns 1, 0 or -1. Kept out of line, since most requests
 * need no wait; so is drop_request. */
static __attribute__((noinline)) int
receive_more(struct request_reader *reader, int64_t *deadline)
{
	size_t buffered;
	int got;

	if (prepare_wait(reader) != 0)
		return -1;
	if (reader->last_look)
		return 0;
	reader->last_look =
	    connection_leaving(reader->connection) == CONNECTION_MAKES_ROOM;
	stream_peek(reader->stream, &buffered);
	if (buffered > 0 || *deadline != CLOCK_NEVER)
		return receive_rest(reader, deadline);
	got = receive_first(reader);
	stream_peek(reader->stream, &buffered);
	/* Inside TLS, a part of a record may have arrived. */
	if (got == 1 && buffered == 0)
		*deadline = clock_now() + reader->request_timeout;
	return got;
}

/* Drops the last request as its rest arrives. Returns 0, or -1 with errno. */
static __attribute__((noinline)) int
drop_request(struct request_reader *reader)
{
	int64_t deadline = CLOCK_NEVER;
	size_t len;
	int got;

	for (;;) {
		stream_peek(reader->stream, &len);
		if (len > reader->size)
			len = reader->size;
		stream_consume(reader->stream, len);
		reader->size -= len;
		if (reader->size == 0)
			return 0;
		if (prepare_wait(reader) != 0)
			return -1;
		got = receive_rest(reader, &deadline);
		if (got == 0)
			errno = ECANCELED;
		if (got <= 0)
			return -1;
	}
}

int
request_reader_next(struct request_reader *reader,
    struct protocol_request *request, enum protocol_status *status)
{
	int64_t deadline = CLOCK_NEVER;
	const uint8_t *bytes;
	size_t len;
	int got;

	stream_peek(reader->stream, &len);
	if (reader->size <= len)
		stream_consume(reader->stream, reader->size);
	else if (drop_request(reader) != 0)
		return -1;
	for (;;) {
		bytes = stream_peek(reader->stream, &len);
		*status =
		    protocol_decode_request(bytes, len, request, &reader->size);
		if (*status != PROTOCOL_INCOMPLETE)
			break;
		got = receive_more(reader, &deadline);
		if (got <= 0)
			return got;
	}
	reader->count++;
	reader->row++;
	return 1;
}
