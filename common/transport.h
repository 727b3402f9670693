#ifndef COMMON_TRANSPORT_H
#define COMMON_TRANSPORT_H

/*
 * Bytes of a connection, plain or inside TLS. Only stream.c, stream_send.c and
 * stream_end.c use it; nothing above them needs to know which it is.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls;

struct transport {
	int fd;
	struct tls *tls; /* NULL: plain */
};

/* Like recv(2) and send(2); EINTR is retried, and no signal is sent. errno is
 * EPROTO for what only TLS can refuse. */
ssize_t transport_receive(const struct transport *transport, void *bytes,
    size_t n, int flags);
ssize_t transport_send(const struct transport *transport, const void *bytes,
    size_t n, int flags);

/* Looks at the first byte that the socket has received, of a record perhaps,
 * and leaves it there: like recv(2) with MSG_PEEK. */
ssize_t transport_look(const struct transport *transport, uint8_t *first,
    int flags);

/* Returns the least number of bytes that transport_send must be given, after it
 * failed with EAGAIN; they are the same bytes as before. */
size_t transport_unsent(const struct transport *transport);

/* Returns whether bytes, or a part of a record, were received inside TLS that
 * poll(2) no longer shows. */
bool transport_pending(const struct transport *transport);

#endif
