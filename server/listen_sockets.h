#ifndef SERVER_LISTEN_SOCKETS_H
#define SERVER_LISTEN_SOCKETS_H

#include "common/net.h"
#include "server/server_options.h"

enum {
	LISTEN_SOCKETS_MAX = 64,
};

struct listen_sockets {
	int fds[LISTEN_SOCKETS_MAX]; /* non-blocking */
	int n;
};

/* Listens on the addresses of the options, or on all, and sets the options that
 * accepted sockets inherit. Returns 0 with a socket or more, for
 * listen_sockets_close; or -1 with a line in error and no socket open. Called
 * before the first thread. */
int listen_sockets_open(struct listen_sockets *sockets,
    const struct server_options *options, char error[NET_ERROR]);

void listen_sockets_close(struct listen_sockets *sockets);

#endif
