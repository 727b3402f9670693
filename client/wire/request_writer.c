/* Encodes requests into a stream's output. Callers decide what to ask and when
 * to send; any thread that owns the stream. */

#include "client/wire/request_writer.h"
#include "common/clock.h"

enum {
	/* Bytes a second: a server digests at least this fast. */
	REQUEST_WRITER_DIGEST_RATE = 50 * 1024 * 1024,
};

int
request_writer_put(struct stream *stream,
    const struct protocol_request *request)
{
	uint8_t *bytes = stream_reserve(stream, REQUEST_WRITER_MAX);

	if (bytes == NULL)
		return -1;
	stream_commit(stream, protocol_encode_request(request, bytes));
	return 0;
}

int64_t
request_writer_digest_time(uint64_t bytes)
{
	return (int64_t)(bytes / REQUEST_WRITER_DIGEST_RATE) * CLOCK_SEC;
}
