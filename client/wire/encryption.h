#ifndef CLIENT_WIRE_ENCRYPTION_H
#define CLIENT_WIRE_ENCRYPTION_H

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
struct encryption {
	struct tls *tls;	   /* NULL: plain, or no connection */
	const struct trust *trust; /* set with tls */
};

/*
 * Encrypts a new connection to a server within timeout nanoseconds, if that
 * server is encrypted; sends and expects nothing else before. stream was opened
 * on fd. Returns 0 if the connection can be used, with encryption->tls set, or
 * NULL if it is plain; 1 if a person has just confirmed the key of the server,
 * so that the connection has to be made again; or -1 with failure set. In any
 * case the caller calls encryption_end.
 */
int encryption_begin(struct encryption *encryption, struct stream *stream,
    int fd, struct server *server, int64_t timeout, struct failure *failure);

/* Tells the peer the end and frees tls, if there is one. The caller then closes
 * the socket. */
void encryption_end(struct encryption *encryption);

/* If a read has failed, with errno, because the server refuses the key of this
 * client or TLS is broken: sets failure and returns true. encryption may be
 * NULL, which is plain. */
bool encryption_explain(const struct encryption *encryption,
    struct failure *failure);

#endif
