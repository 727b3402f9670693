#ifndef SERVER_FOREIGN_H
#define SERVER_FOREIGN_H

#include "common/stream.h"
#include "server/connection.h"

/*
 * Ends a connection whose peer speaks another protocol than this server wants,
 * except for closing its descriptor. Drops all buffered bytes unread: the body
 * of a POST, which any web page can send, may look like requests. Sends what
 * was committed, and waits until the peer can have received it; the peer may go
 * on sending meanwhile, and the connection counts as idle and may be evicted.
 * Returns 0, or -1 with errno if the refusal was not sent. For the session's
 * thread.
 */
int foreign_end(struct stream *stream, struct connection *connection);

#endif
