/*
 * An entry of such a folder has its kind and nothing else, the form that lists
 * have for what a server cannot look at: asking for the entry itself tells
 * more. The folder's own attributes are fixed but for its id, which differs for
 * each name: a client that finds an id twice on its way down takes it for a
 * circle.
 */

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <xxhash.h>

#include "common/protocol.h"
#include "common/stream.h"
#include "server/scope_folder.h"

/* Bytes of the body of a list. */
#define SCOPE_FOLDER_PAGE (STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE)

static int
put_attributes(const struct scope *scope,
    const struct protocol_request *request, struct reply_writer *reply)
{
	uint64_t id = XXH3_64bits(request->name, request->name_len);
	const struct protocol_attributes attributes = {
	    .token = {.id = id == 0 ? 1 : id, .version = 1},
	    .mtime_ns = scope->mtime_ns,
	    .mode = S_IFDIR | 0755,
	};
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE];

	protocol_encode_attributes(&attributes, body);
	return reply_writer_put(reply, PROTOCOL_OK, body, sizeof(body));
}

/* Writes the entries from *at on that fit a page behind its cursor, and moves
 * *at behind them; to 0 at the end. Returns the bytes of the page. */
static size_t
fill_scope_page(const struct scope *scope,
    const struct protocol_request *request, size_t *at, uint8_t *page)
{
	struct protocol_record record = {.mode = S_IFDIR};
	struct scope_name entry;
	size_t len = PROTOCOL_CURSOR_SIZE, next = *at;

	while (scope_next_entry(scope, request->name, request->name_len, &next,
	    &entry)) {
		if (SCOPE_FOLDER_PAGE - len < PROTOCOL_RECORD_SIZE + entry.len)
			return len;
		record.name_len = entry.len;
		protocol_encode_record(&record, page + len);
		memcpy(page + len + PROTOCOL_RECORD_SIZE, entry.bytes,
		    entry.len);
		len += PROTOCOL_RECORD_SIZE + entry.len;
		*at = next;
	}
	*at = 0;
	return len;
}

static int
put_entries(const struct scope *scope, const struct protocol_request *request,
    struct reply_writer *reply)
{
	size_t at = (size_t)request->cursor, len;
	uint8_t *bytes;

	if (request->cursor > scope->n)
		return reply_writer_refuse(reply, PROTOCOL_BAD_RANGE);
	bytes = stream_reserve(reply->stream,
	    PROTOCOL_REPLY_HEADER_SIZE + SCOPE_FOLDER_PAGE);
	if (bytes == NULL)
		return -1;
	len = fill_scope_page(scope, request, &at,
	    bytes + PROTOCOL_REPLY_HEADER_SIZE);
	protocol_encode_cursor(at, bytes + PROTOCOL_REPLY_HEADER_SIZE);
	protocol_encode_reply(PROTOCOL_OK, len, bytes);
	stream_commit(reply->stream, PROTOCOL_REPLY_HEADER_SIZE + len);
	reply->announced = reply->sent = len;
	return 0;
}

int
scope_folder_answer(const struct scope *scope,
    const struct protocol_request *request, struct reply_writer *reply)
{
	switch (request->op) {
	case PROTOCOL_OP_STAT:
		return put_attributes(scope, request, reply);
	case PROTOCOL_OP_LIST:
		return put_entries(scope, request, reply);
	default:
		return reply_writer_refuse(reply, PROTOCOL_NOT_A_FILE);
	}
}
