#ifndef CLIENT_WIRE_CONNECTION_H
#define CLIENT_WIRE_CONNECTION_H

/*
 * The connection to the server, and the patience with it: when it breaks or
 * stalls it is made again, after 1, 2, 4 ... seconds, up to --retry times in
 * a row without getting anywhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/wire/settings.h"
#include "client/ui/report.h"
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
	int fd;			/* -1: no connection */
	bool ever;		/* there has been one */
	bool idle;		/* the prompt has kept it; it
				   may have ended meanwhile */
	int tries;		/* in a row, in vain */
	uint64_t received;	/* bytes of files, on this one */
	struct failure failure; /* why the last one ended */
};

/* What arrives on all links that are given the same rate keeps to it. */
void connection_open(struct connection *connection,
    const struct connection_settings *settings, struct report *report,
    struct rate *rate);

/*
 * Limits each wait for the server to so many nanoseconds and forbids further
 * tries, for a person who waits. CONNECTION_NO_LIMIT restores the settings.
 */
void connection_limit(struct connection *connection, int64_t limit);

/* Closes the connection, if there is one. */
void connection_close(struct connection *connection);

/*
 * Connects where there is no connection. The first one is tried once; later
 * ones, after connection_lost, wait and count. 0, or -1 with failure set when
 * no more is to be tried (EXIT_INTERRUPTED among the reasons).
 */
int connection_connect(struct connection *connection);

/* The connection has broken or is of no use, because of this. */
void connection_lost(struct connection *connection, enum exit_code code,
    const char *why);

/*
 * A run begins, with a new count of tries. A connection that is there from
 * the last one may have ended meanwhile: that does not count as a try.
 */
void connection_begin(struct connection *connection);

/* Nothing will be asked for a while: that the connection ends meanwhile does
 * not count as a try. */
void connection_idle(struct connection *connection);

/* One that could not be made is tried again all the same, as if there had been
 * one before. */
void connection_persist(struct connection *connection);

/* Another job is given as many tries as the last one had. */
void connection_forgive(struct connection *connection);

/* The server has answered on this connection. */
void connection_answered(struct connection *connection);

/* Something has come of it, a file or bytes of one: the count of tries begins
 * anew when it is enough. */
void connection_delivered(struct connection *connection);
void connection_received(struct connection *connection, uint64_t bytes);

/* The server, for messages: "host:port", foreign bytes and all. */
void connection_name(const struct connection *connection, char *text,
    size_t size);

#endif
