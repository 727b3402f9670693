#ifndef SERVER_REQUEST_READER_H
#define SERVER_REQUEST_READER_H

/*
 * The requests of one connection, in the order of their arrival. The session's
 * thread alone uses a reader.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "common/stream.h"
#include "server/connection.h"
#include "server/handle.h"
#include "server/request_log.h"

/* The session sets all fields but the last three. */
struct request_reader {
	struct stream *stream;
	struct connection *connection;
	struct handle *handle;	 /* closed before each wait */
	struct request_log *log; /* flushed before the session is idle */
	int64_t idle_timeout;	 /* nanoseconds without a request */
	int64_t request_timeout; /* nanoseconds from its first byte to its last
				  */
	uint64_t count;		 /* requests so far */
	unsigned row;		 /* requests since the last wait */
	bool last_look; /* the connection was evicted; only requests that have
			   arrived are taken */
};

/*
 * Takes the next request out of the stream's buffer, waiting for bytes as long
 * as there is no whole request. Before each wait it closes the handle's file,
 * gives the work slot back and sends the replies.
 * Returns 1 with *status, the verdict of protocol_decode_request, and *size,
 * the request's bytes on the wire (0: another protocol). All of them have
 * arrived, unless *status is UNSUPPORTED. Returns 0 if the connection ends
 * between requests. Returns -1 with errno: ETIMEDOUT, ENODATA if the peer left
 * inside a request, ECANCELED if the connection makes room, or that of the
 * socket. request->name points into the buffer until request_reader_finish.
 */
int request_reader_next(struct request_reader *reader,
    struct protocol_request *request, enum protocol_status *status,
    size_t *size);

/* Drops a request of size bytes; receives what has not arrived of it first.
 * Returns 0, or -1 with errno as request_reader_next sets it. */
int request_reader_finish(struct request_reader *reader, size_t size);

#endif
