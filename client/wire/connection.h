#ifndef CLIENT_WIRE_CONNECTION_H
#define CLIENT_WIRE_CONNECTION_H

/*
 * A connection to one of the servers, the first in the order of the list that
 * can be reached. When it breaks or stalls, the next server is taken at once.
 * A round is over when each server has failed since there was progress; then
 * the next round begins after 1, 2, 4 ... seconds, up to --retry times in a
 * row. With one server, each failure is a round. Each connection belongs to one
 * thread.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/report.h"
#include "client/wire/tls_client.h"
#include "client/wire/server_list.h"
#include "client/wire/settings.h"
#include "common/net.h"
#include "common/rate.h"
#include "common/stream.h"

#define CONNECTION_NO_LIMIT INT64_MAX

struct connection {
	const struct connection_settings *settings;
	struct report *report;
	struct rate *rate; /* shared by all connections of a run */
	/* In force now, see connection_limit. */
	int64_t connect_timeout, timeout; /* nanoseconds */
	int retry;
	struct stream stream;
	struct tls_client tls_client;
	int fd;		 /* -1: no connection */
	unsigned number; /* of this connection; each has its own, from 1 */
	/* The server of this connection, or the one to be tried next. */
	struct server *server;
	struct net_address address; /* of the server; AF_UNSPEC: unknown */
	bool is_pinned;	 /* to this server: the others are not tried */
	bool is_spare;	 /* other connections do its work if it fails */
	uint64_t failed; /* set of servers that failed in this round */
	/* Set of servers that have failed since the last connection. */
	uint64_t passed;
	bool ever;	   /* a server was reached in this run */
	bool idle;	   /* no question is open; the server may end it */
	int tries;	   /* rounds in a row without progress */
	uint64_t received; /* bytes of files on this connection */
	/* Bytes of files on all connections so far; any thread may read it. */
	_Atomic uint64_t total;
	/* A file, or 1 MiB, has come; transfer/parallel.c looks and clears. */
	atomic_bool has_delivered;
	struct failure failure; /* the reason why the last one ended */
};

/* Prepares a connection without connecting. Those with one rate share it. */
void connection_open(struct connection *connection,
    const struct connection_settings *settings, struct report *report,
    struct rate *rate);

/* Closes the connection and takes this server for the next one. If pinned, no
 * other server is tried, and each failure is a round. */
void connection_choose(struct connection *connection, struct server *server,
    bool is_pinned);

/* Limits each wait for the server to so many nanoseconds and forbids further
 * tries, for a person who waits. CONNECTION_NO_LIMIT restores the settings. */
void connection_limit(struct connection *connection, int64_t limit);

/* Closes the connection, if there is one. */
void connection_close(struct connection *connection);

/* Connects unless connected. The first connection of a run is tried for one
 * round; later rounds each begin after a wait. Returns 0, or -1 with
 * connection->failure set when the tries are used up or the program is
 * interrupted (EXIT_INTERRUPTED). Of several servers, failure tells the reason
 * of each, with the code of the last. */
int connection_connect(struct connection *connection);

/* Closes a connection that broke or is useless. code and why describe the
 * reason. The server has failed in this round, unless the connection was idle.
 */
void connection_lost(struct connection *connection, enum exit_code code,
    const char *why);

/* Decides about a failure that would end the run. If it says that the server
 * does not speak this protocol, and another server may be tried, leaves this
 * one for good and returns true: the run goes on with connection_connect.
 * Otherwise returns false; failure then tells the reasons of all servers. */
bool connection_leave(struct connection *connection, struct failure *failure);

/* Begins a run with a new count of tries. An open connection counts as idle. */
void connection_begin(struct connection *connection);

/* Marks the connection as idle: its end before a reply counts as no try. */
void connection_idle(struct connection *connection);

/* Lets connection_connect try again after the first connection failed. */
void connection_persist(struct connection *connection);

/* Notes a reply on this connection, here and in the report. */
void connection_answered(struct connection *connection);

/* Returns the server's address if it has not replied in this run, or NULL. */
const struct net_address *connection_unanswered(
    const struct connection *connection);

/* Resets the count of tries: a reply is complete, or another job begins. */
void connection_delivered(struct connection *connection);

/* Notes received bytes of a file. Enough of them reset the count of tries. */
void connection_received(struct connection *connection, uint64_t bytes);

/* Returns the server's name if there are several servers, or "". Messages put
 * it behind "the server", not escaped. */
const char *connection_which(const struct connection *connection);

#endif
