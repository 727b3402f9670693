/* Each request names the file by its id, except in the stages that look for the
 * id. A reply that contradicts its request ends the connection. */

#include <string.h>

#include "client/follow/tail_wire.h"
#include "client/wire/request_writer.h"
#include "common/protocol.h"

enum {
	/* Bytes worth receiving to keep the connection. */
	TAIL_WIRE_SKIP = 1024 * 1024,
};

/* Sets the range that the request of the stage asks for. */
static void
set_range(const struct tail *tail, struct protocol_request *request)
{
	const struct printed *printed = &tail->printed;

	request->count = printed->size - printed->proved;
	request->offset = printed->proved;
	if (tail->stage == TAIL_READ) {
		request->count = PROTOCOL_TO_END;
		request->offset = printed->size - printed_last(printed);
	}
	if (tail->stage == TAIL_HEAD) {
		request->count = printed_head(printed);
		request->offset = printed->start;
	}
	if (tail->stage == TAIL_LINES) {
		request->count = line_search_next(&tail->search);
		request->offset = tail->search.at - request->count;
	}
	if (tail->stage == TAIL_SAME) {
		request->count = same_log_count(&tail->rotation.same, printed);
		request->offset = printed->start;
	}
}

int64_t
tail_wire_digest_time(const struct tail *tail)
{
	struct protocol_request request = {.op = PROTOCOL_OP_DIGEST};

	if (tail->stage != TAIL_PROVE && tail->stage != TAIL_SAME)
		return 0;
	set_range(tail, &request);
	return request_writer_digest_time(request.count);
}

int
tail_wire_ask(const struct tail *tail, struct stream *stream)
{
	bool any_id = tail->stage == TAIL_SAME;
	const char *name =
	    any_id ? tail->rotation.name : rotation_file_name(&tail->rotation);
	struct protocol_request request = {
	    .op = any_id || tail->stage == TAIL_PROVE ? PROTOCOL_OP_DIGEST :
							PROTOCOL_OP_FETCH,
	    .token = {.id = any_id ? 0 : tail->rotation.id},
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};
	const struct protocol_request named = {
	    .op = PROTOCOL_OP_STAT,
	    .name = (const uint8_t *)tail->rotation.name,
	    .name_len = strlen(tail->rotation.name),
	};

	set_range(tail, &request);
	if ((tail->stage == TAIL_READ || tail->stage == TAIL_LINES) &&
	    tail->settings->verify)
		request.flags = PROTOCOL_FETCH_DIGEST;
	if (tail->stage != TAIL_SIZE &&
	    request_writer_put(stream, &tail->settings->connection, &request) !=
		0)
		return -1;
	if ((tail->stage == TAIL_READ || tail->stage == TAIL_SIZE) &&
	    request_writer_put(stream, &tail->settings->connection, &named) !=
		0)
		return -1;
	/* The read that follows reports a send that failed. */
	(void)stream_push(stream);
	return 0;
}

enum tail_event
tail_wire_end(const struct reply_reader *reader)
{
	if (reader->end == OUTCOME_FATAL)
		return TAIL_FAILED;
	return reader->end == OUTCOME_CLOSED ? TAIL_CLOSED : TAIL_LOST;
}

enum tail_event
tail_wire_read_refusal(struct tail *tail, struct reply_reader *reader)
{
	if (reply_reader_read_refusal(reader) != 0)
		return tail_wire_end(reader);
	switch (reader->status) {
	case PROTOCOL_BUSY:
		return TAIL_BUSY;
	case PROTOCOL_NOT_FOUND:
	case PROTOCOL_CHANGED:
		return TAIL_OK;
	case PROTOCOL_DENIED:
	case PROTOCOL_NOT_A_FILE:
	case PROTOCOL_IO_ERROR: /* a mount that fails may come back */
		return tail->rotation.begun ? TAIL_OK : TAIL_FAILED;
	case PROTOCOL_BAD_RANGE:
		if (tail->printed.size > 0 || tail->stage == TAIL_LINES)
			return TAIL_OK;
		reply_reader_violation(reader,
		    "a refusal of a range that every file has");
		return tail_wire_end(reader);
	default:
		return TAIL_FAILED;
	}
}

int
tail_wire_read_attributes(const struct tail *tail, struct reply_reader *reader,
    struct protocol_attributes *attributes, uint64_t *n)
{
	struct protocol_request asked = {.op = PROTOCOL_OP_FETCH};

	if (reply_reader_read_attributes(reader, attributes) != 0)
		return -1;
	if (tail->rotation.id != 0 && attributes->token.id != tail->rotation.id)
		return reply_reader_violation(reader,
		    "another file than the one asked for");
	set_range(tail, &asked);
	*n = asked.count;
	if (attributes->size >= asked.offset &&
	    *n > attributes->size - asked.offset)
		*n = attributes->size - asked.offset;
	if (attributes->size < asked.offset ||
	    reader->length - PROTOCOL_ATTRIBUTES_SIZE - PROTOCOL_TRAILER_SIZE !=
		*n)
		return reply_reader_violation(reader,
		    "a length that does not fit the file's size");
	return 0;
}

enum tail_event
tail_wire_skip(struct reply_reader *reader, struct connection *connection,
    uint64_t n)
{
	if (n > TAIL_WIRE_SKIP) {
		connection_close(connection);
		return TAIL_OK;
	}
	return reply_reader_read(reader, NULL, n + PROTOCOL_TRAILER_SIZE) == 0 ?
	    TAIL_OK :
	    tail_wire_end(reader);
}
