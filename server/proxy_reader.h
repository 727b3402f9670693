#ifndef SERVER_PROXY_READER_H
#define SERVER_PROXY_READER_H

#include "common/stream.h"
#include "server/connection.h"

/*
 * Receives the PROXY header that a proxied connection begins with, and counts
 * the connection by the client's address from then on. Takes exactly the
 * header: bytes behind it stay in the stream, as the first of a request. The
 * whole header must arrive within 5 s, or limit (nanoseconds) if that is less.
 *
 * Returns 0 with connection->address, and connection->proxy if an address was
 * announced. Returns -1 if the connection is over: a line was logged where the
 * operator can mend something, BUSY was sent where the client may come again,
 * and else closing will reset the connection. The caller only closes it. For
 * the session's thread, before anything else.
 */
int proxy_reader_admit(struct stream *stream, struct connection *connection,
    int64_t limit);

#endif
