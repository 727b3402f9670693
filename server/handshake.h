#ifndef SERVER_HANDSHAKE_H
#define SERVER_HANDSHAKE_H

#include "common/log.h"
#include "common/stream.h"
#include "server/connection.h"
#include "server/encryption.h"

/*
 * Tells by a connection's first byte whether its client speaks TLS, and makes
 * the handshake; receives nothing of a plain request. The client has
 * encryption->timeout for its first byte, and encryption->request_timeout from
 * there to the end of the handshake. Meanwhile the connection holds no buffers
 * and may be evicted, as one that waits for its first request.
 *
 * Returns 0 if requests may be received: inside TLS if connection->tls is set,
 * and then peer->tls is too. Returns -1 if the connection is over: the client
 * was told why where it can understand it, and a line was logged. The caller
 * only closes it. For the session's thread, before the first request.
 */
int handshake_admit(struct encryption *encryption, struct stream *stream,
    struct connection *connection, struct log_peer *peer);

#endif
