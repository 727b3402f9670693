/*
 * Keeps the addresses found before the process was confined, for common/net to
 * connect to. They are written before the first thread starts and only read
 * afterwards, so they need no lock.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/wire/server.h"
#include "common/resolve.h"

void
server_set(struct server *server, const char *host, uint16_t port)
{
	memset(server, 0, sizeof(*server));
	strlcpy(server->host, host, sizeof(server->host));
	strlcpy(server->given, host, sizeof(server->given));
	server->port = port;
	endpoint_print(server->host, port, server->name);
}

const struct report_tls *
server_tls(const struct server *server)
{
	return host_trust_tls(&server->trust);
}

void
server_find(struct server *server)
{
	if (resolve_host(server->host, server->port, 0, &server->known,
		server->why, sizeof(server->why)) != 0)
		server->known = NULL;
	atomic_store(&server->is_fresh, true);
}

void
server_forget(struct server *server)
{
	if (server->known != NULL)
		freeaddrinfo(server->known);
	server->known = NULL;
	atomic_store(&server->is_fresh, false);
}

int
server_connect(struct server *server, int64_t timeout, int wake_fd,
    char error[NET_ERROR])
{
	bool first = atomic_exchange(&server->is_fresh, false);
	struct addrinfo *found;
	int fd, saved;

	if (first && server->known == NULL) {
		strlcpy(error, server->why, NET_ERROR);
		errno = EHOSTUNREACH;
		return -1;
	}
	/* If the look-up fails now, the earlier addresses may still work. */
	if (first ||
	    resolve_host(server->host, server->port, 0, &found, error,
		NET_ERROR) != 0)
		return server->known == NULL ?
		    -1 :
		    net_connect(server->known, timeout, wake_fd, error);
	fd = net_connect(found, timeout, wake_fd, error);
	saved = errno;
	freeaddrinfo(found);
	errno = saved;
	return fd;
}
