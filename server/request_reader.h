#ifndef SERVER_REQUEST_READER_H
#define SERVER_REQUEST_READER_H

/* The requests of one connection, in the order of their arrival. The session's
 * thread alone uses a reader. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "common/stream.h"
#include "server/connection.h"
#include "server/handle.h"
#include "server/request_log.h"

/* The session sets all fields but the last four, which start as 0. */
struct request_reader {
	struct stream *stream;
	struct connection *connection;
	struct handle *handle;	 /* closed before each wait */
	struct request_log *log; /* flushed before the session is idle */
	int64_t idle_timeout;	 /* nanoseconds without a request */
	int64_t request_timeout; /* nanoseconds, first byte to last */
	size_t size;		 /* bytes of the last request, to be dropped */
	uint64_t count;		 /* requests so far */
	unsigned row;		 /* requests since the last wait */
	bool last_look;		 /* evicted: takes only what has arrived */
};

/*
 * Drops the request before, and takes the next one out of the stream's buffer;
 * waits for bytes as long as there is no whole request. Before each wait it
 * closes the handle's file, gives the work slot back and sends the replies.
 * Returns 1 with *status, the verdict of protocol_decode_request. All bytes of
 * the request have arrived, unless *status is UNSUPPORTED. Returns 0 if the
 * connection ends between requests. Returns -1 with errno: ETIMEDOUT, ENODATA
 * if the peer left inside a request, ECANCELED if the connection makes room, or
 * that of the socket. request->name points into the buffer until the next call.
 */
int request_reader_next(struct request_reader *reader,
    struct protocol_request *request, enum protocol_status *status);

#endif
