#ifndef CLIENT_WIRE_SERVER_H
#define CLIENT_WIRE_SERVER_H

/*
 * A server: a host, a port and the host's addresses. These are looked up once
 * before this process is confined, by all means of the system. A confined
 * process cannot ask nscd or systemd-resolved (unix sockets), so these
 * addresses are kept for when a later look-up finds none.
 */

#include <netdb.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/trust/host_trust.h"
#include "common/endpoint.h"
#include "common/net.h"

enum {
	SERVER_NAME = ENDPOINT_TEXT, /* bytes of a name with its NUL */
};

struct server {
	char host[ENDPOINT_HOST]; /* without brackets */
	uint16_t port;		  /* 0: not given yet */
	/* "host:port" or "[host]:port" for a person. Not escaped: ui/report.h
	 * escapes what it prints. */
	char name[SERVER_NAME];
	/* The host as the user has given it: host is one of its addresses with
	 * --all-addresses. */
	char given[ENDPOINT_HOST];

	/* ---- written by server_list_trust, before any thread ---- */
	struct host_trust trust;

	/* ---- written by server_find, before any thread is started ---- */
	struct addrinfo *known; /* NULL: none was found */
	char why[NET_ERROR];	/* why none was found */
	atomic_bool is_fresh;	/* no server_connect since server_find */

	/* ---- this run; any thread sets them to true ---- */
	atomic_bool has_answered; /* it has replied as a fileserv */
	atomic_bool is_foreign;	  /* it is no fileserv, breaks the protocol, or
				     is not trusted: it is not asked again */
	atomic_bool is_told;	  /* a person was told that it has failed */
};

/* Sets host, port and name; all else is as for a new server. host is shorter
 * than ENDPOINT_HOST. */
void server_set(struct server *server, const char *host, uint16_t port);

/* Returns how the server was known when TLS began, in the first connection of
 * this run; NULL if it is plain. Any thread may call it. */
const struct report_tls *server_tls(const struct server *server);

/* Looks the host up. The first server_connect returns a failure of it. Called
 * at most once, before any thread is started. */
void server_find(struct server *server);

/* Forgets what server_find has found. */
void server_forget(struct server *server);

/* Connects to the server within timeout nanoseconds. The first call after
 * server_find uses its addresses; later calls look the host up again. Returns a
 * blocking socket that the caller closes, or -1 with errno and a message in
 * error. Any thread may call it. */
int server_connect(struct server *server, int64_t timeout, int wake_fd,
    char error[NET_ERROR]);

#endif
