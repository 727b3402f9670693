/* Encodes requests into a stream's output. Callers decide what to ask and when
 * to send; any thread that owns the stream. */

#include <string.h>

#include "client/wire/request_writer.h"
#include "common/clock.h"

enum {
	/* Bytes a second: a server digests at least this fast. */
	REQUEST_WRITER_DIGEST_RATE = 50 * 1024 * 1024,
};

/* Encodes a request whose name is behind a ticket; returns its bytes. The top
 * (".") has no name there: a server with tickets has nothing at its top. */
static size_t
encode_with_ticket(const struct protocol_request *request,
    const struct key_name *ticket, uint8_t *bytes)
{
	uint8_t name[REQUEST_WRITER_TICKET + NAMES_MAX];
	struct protocol_request behind = *request;
	bool is_top = request->name_len == 1 && request->name[0] == '.';

	name[0] = '~';
	memcpy(name + 1, ticket->letters, KEY_NAME_LETTERS);
	name[REQUEST_WRITER_TICKET - 1] = '/';
	memcpy(name + REQUEST_WRITER_TICKET, request->name, request->name_len);
	behind.name = name;
	behind.name_len = is_top ? REQUEST_WRITER_TICKET - 1 :
				   REQUEST_WRITER_TICKET + request->name_len;
	return protocol_encode_request(&behind, bytes);
}

int
request_writer_put(struct stream *stream,
    const struct connection_settings *settings,
    const struct protocol_request *request)
{
	uint8_t *bytes = stream_reserve(stream, REQUEST_WRITER_MAX);

	if (bytes == NULL)
		return -1;
	stream_commit(stream,
	    settings->ticket == NULL ?
		protocol_encode_request(request, bytes) :
		encode_with_ticket(request, settings->ticket, bytes));
	return 0;
}

int64_t
request_writer_digest_time(uint64_t bytes)
{
	return (int64_t)(bytes / REQUEST_WRITER_DIGEST_RATE) * CLOCK_SEC;
}
