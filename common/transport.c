/*
 * One call of the socket or of TLS, chosen by the pointer to TLS. Deadlines,
 * buffers and the end of a connection are in the files of the stream.
 */

#include <sys/socket.h>

#include <errno.h>

#include "common/tls.h"
#include "common/transport.h"

ssize_t
transport_receive(const struct transport *transport, void *bytes, size_t n,
    int flags)
{
	ssize_t got;

	if (transport->tls != NULL)
		return tls_receive(transport->tls, bytes, n, flags);
	do
		got = recv(transport->fd, bytes, n, flags);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t
transport_look(const struct transport *transport, uint8_t *first, int flags)
{
	ssize_t got;

	do
		got = recv(transport->fd, first, 1, MSG_PEEK | flags);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t
transport_send(const struct transport *transport, const void *bytes, size_t n,
    int flags)
{
	ssize_t sent;

	if (transport->tls != NULL)
		return tls_send(transport->tls, bytes, n, flags);
	do
		sent = send(transport->fd, bytes, n, MSG_NOSIGNAL | flags);
	while (sent < 0 && errno == EINTR);
	return sent;
}

size_t
transport_unsent(const struct transport *transport)
{
	return transport->tls == NULL ? 0 : tls_unsent(transport->tls);
}

bool
transport_pending(const struct transport *transport)
{
	return transport->tls != NULL && tls_pending(transport->tls);
}
