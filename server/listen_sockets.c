/*
 * Opens the sockets that the server listens on, and sets their options, which
 * Linux copies to each accepted socket. Runs in main, before any thread.
 */

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/socket.h"
#include "server/listen_sockets.h"

static int
tune_listening(int fd, const struct server_options *options)
{
	struct net_address address;

	if (socket_tune_server(fd, options->timeout) != 0 ||
	    net_local(fd, &address) != 0)
		return -1;
	if (net_is_loopback(&address))
		(void)socket_choose_reno(fd);
	return options->rate == 0 ? 0 : socket_pace(fd, options->rate);
}

/* Returns advice about a failure to listen with this errno, or "". */
static const char *
listen_hint(int code, uint16_t port)
{
	switch (code) {
	case EADDRINUSE:
		return "; another program, which 'ss -ltnp' shows, or another "
		       "--address has this port: take another one with --port, "
		       "or behind the address";
	case EADDRNOTAVAIL:
		return "; this machine has no such address ('ip address' "
		       "shows them)";
	case EACCES:
		return port == 0 || port >= IPPORT_RESERVED ?
		    "" :
		    "; ports below 1024 are for root: take a higher one "
		    "(--port 8080), start as root with --user NAME, or once "
		    "as root: setcap cap_net_bind_service=ep fileserv";
	case EMFILE:
		return "; raise the limit on open files (ulimit -n)";
	default:
		return "";
	}
}

/* Listens on one address of the command line; on all addresses if it is NULL.
 * *port 0 is set to a free port. */
static int
listen_on(struct listen_sockets *sockets, const char *address, uint16_t *port,
    const struct server_options *options, char *error)
{
	int n = net_listen(address, port, sockets->fds, sockets->n,
	    LISTEN_SOCKETS_MAX, error);

	if (n < 0) {
		strlcat(error, listen_hint(errno, *port), NET_ERROR);
		return -1;
	}
	if (error[0] != '\0')
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "not listening on %s",
		    error);
	while (sockets->n < n)
		if (tune_listening(sockets->fds[sockets->n++], options) != 0) {
			snprintf(error, NET_ERROR, "socket options: %s",
			    strerror(errno));
			sockets->n = n;
			return -1;
		}
	return 0;
}

int
listen_sockets_open(struct listen_sockets *sockets,
    const struct server_options *options, char error[NET_ERROR])
{
	const struct endpoint *address;
	uint16_t port = options->port, own;
	int i, result = 0;

	sockets->n = 0;
	if (options->n_addresses == 0)
		result = listen_on(sockets, NULL, &port, options, error);
	for (i = 0; i < options->n_addresses && result == 0; i++) {
		address = &options->addresses[i];
		own = address->port;
		result = listen_on(sockets, address->host,
		    address->has_port ? &own : &port, options, error);
	}
	if (result != 0)
		listen_sockets_close(sockets);
	return result;
}

void
listen_sockets_close(struct listen_sockets *sockets)
{
	while (sockets->n > 0)
		close(sockets->fds[--sockets->n]);
}
