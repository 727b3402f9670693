#ifndef CLIENT_WIRE_CONNECTION_H
#define CLIENT_WIRE_CONNECTION_H

/*
 * The connection to the server. When it breaks or stalls, it is made again,
 * after 1, 2, 4 ... seconds, up to --retry times in a row without progress.
 * Each connection belongs to one thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/report.h"
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
	int fd;		 /* -1: no connection */
	unsigned number; /* of this connection; each has its own, from 1 */
	struct net_address address; /* of the server; AF_UNSPEC: unknown */
	bool ever;		    /* the server was reached in this run */
	bool idle;		/* no question is open; the server may end it */
	int tries;		/* in a row without progress */
	uint64_t received;	/* bytes of files on this connection */
	struct failure failure; /* the reason why the last one ended */
};

/* Prepares a connection without connecting. Those with one rate share it. */
void connection_open(struct connection *connection,
    const struct connection_settings *settings, struct report *report,
    struct rate *rate);

/* Limits each wait for the server to so many nanoseconds and forbids further
 * tries, for a person who waits. CONNECTION_NO_LIMIT restores the settings. */
void connection_limit(struct connection *connection, int64_t limit);

/* Closes the connection, if there is one. */
void connection_close(struct connection *connection);

/* Connects unless connected. The first connection of a run is tried once; after
 * connection_lost, waits before each try and counts it. Returns 0, or -1 with
 * connection->failure set when the tries are used up or the program is
 * interrupted (EXIT_INTERRUPTED). */
int connection_connect(struct connection *connection);

/* Closes a connection that broke or is useless. code and why describe the
 * reason. Counts a try, unless the connection was idle. */
void connection_lost(struct connection *connection, enum exit_code code,
    const char *why);

/* Begins a run with a new count of tries. An open connection counts as idle. */
void connection_begin(struct connection *connection);

/* Marks the connection as idle: its end before a reply counts as no try. */
void connection_idle(struct connection *connection);

/* Lets connection_connect try again after the first connection failed. */
void connection_persist(struct connection *connection);

/* Notes a reply on this connection, here and in the report. */
void connection_answered(struct connection *connection);

/* Returns the server's address if no reply has come in this run, or NULL. */
const struct net_address *connection_unanswered(
    const struct connection *connection);

/* Resets the count of tries: a reply is complete, or another job begins. */
void connection_delivered(struct connection *connection);

/* Notes received bytes of a file. Enough of them reset the count of tries. */
void connection_received(struct connection *connection, uint64_t bytes);

/* Prints "host:port" or "[host]:port" for messages, not escaped. */
void connection_name(const struct connection *connection, char *text,
    size_t size);

#endif
