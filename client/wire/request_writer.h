#ifndef CLIENT_WIRE_REQUEST_WRITER_H
#define CLIENT_WIRE_REQUEST_WRITER_H

#include <stdint.h>

#include "client/wire/settings.h"
#include "common/key_name.h"
#include "common/names.h"
#include "common/protocol.h"
#include "common/stream.h"

enum {
	/* Bytes of "~TICKET/". */
	REQUEST_WRITER_TICKET = 1 + KEY_NAME_LETTERS + 1,
	/* Bytes of the longest request. */
	REQUEST_WRITER_MAX = PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX +
	    REQUEST_WRITER_TICKET + NAMES_MAX,
};

/*
 * Puts a request with a valid name into the stream's output; stream_push sends
 * it. With a ticket (settings->ticket) the name on the wire is ~TICKET/NAME; a
 * server answers one that is too long thereby with BAD_NAME. Returns 0, or -1
 * with errno.
 */
int request_writer_put(struct stream *stream,
    const struct connection_settings *settings,
    const struct protocol_request *request);

/* Returns the nanoseconds that a server may need to digest so many bytes. */
int64_t request_writer_digest_time(uint64_t bytes);

#endif
