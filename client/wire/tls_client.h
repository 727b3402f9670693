#ifndef CLIENT_WIRE_TLS_CLIENT_H
#define CLIENT_WIRE_TLS_CLIENT_H

/*
 * TLS of a connection: the handshake, and words for a failure. trust/ decides
 * which servers are encrypted and which keys they may have. The thread of the
 * connection calls these functions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/wire/server.h"
#include "common/stream.h"

struct tls;

/* The encryption of a connection; zeroed, it has none. */
struct tls_client {
	struct tls *tls;	   /* NULL: plain, or no connection */
	const struct trust *trust; /* set with tls */
};

/*
 * Encrypts a new connection to a server within timeout nanoseconds, if that
 * server is encrypted; sends and expects nothing else before. stream was opened
 * on fd. Returns 0 if the connection can be used, with client->tls set, or
 * NULL if it is plain; 1 if a person has just confirmed the key of the server,
 * so that the connection has to be made again; or -1 with failure set. In any
 * case the caller calls tls_client_end.
 */
int tls_client_begin(struct tls_client *client, struct stream *stream, int fd,
    struct server *server, int64_t timeout, struct failure *failure);

/* Tells the peer the end and frees tls, if there is one. The caller then closes
 * the socket. */
void tls_client_end(struct tls_client *client);

/* If a read has failed, with errno, because the server refuses the key of this
 * client or TLS is broken: sets failure and returns true. client may be
 * NULL, which is plain. */
bool tls_client_explain(const struct tls_client *client,
    struct failure *failure);

#endif
