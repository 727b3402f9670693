#ifndef CLIENT_WIRE_REQUEST_WRITER_H
#define CLIENT_WIRE_REQUEST_WRITER_H

#include <stdint.h>

#include "common/names.h"
#include "common/protocol.h"
#include "common/stream.h"

enum {
	/* Bytes of the longest request. */
	REQUEST_WRITER_MAX =
	    PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + NAMES_MAX,
};

/* Puts a request with a valid name into the stream's output; stream_push
 * sends it. Returns 0, or -1 with errno. */
int request_writer_put(struct stream *stream,
    const struct protocol_request *request);

/* Returns the nanoseconds that a server may need to digest so many bytes. */
int64_t request_writer_digest_time(uint64_t bytes);

#endif
