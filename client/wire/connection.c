/*
 * Makes the connection and decides when to give up. A first connection that
 * fails is not tried again: the address may be wrong. One that breaks later is
 * made again, since the server has worked before. Callers say what counts as
 * progress; wire/host.c chooses the address.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "client/wire/connection.h"
#include "client/wire/host.h"
#include "common/clock.h"
#include "common/socket.h"

enum {
	CONNECTION_WAIT_MAX = 6, /* doublings: the longest wait is 64 s */
	/* Bytes that count as progress; a complete file counts too. */
	CONNECTION_PROGRESS = 1024 * 1024,
};

void
connection_open(struct connection *connection,
    const struct connection_settings *settings, struct report *report,
    struct rate *rate)
{
	memset(connection, 0, sizeof(*connection));
	connection->settings = settings;
	connection->report = report;
	connection->rate = rate;
	connection->fd = -1;
	connection_limit(connection, CONNECTION_NO_LIMIT);
}

void
connection_limit(struct connection *connection, int64_t limit)
{
	const struct connection_settings *settings = connection->settings;

	connection->connect_timeout = settings->connect_timeout < limit ?
	    settings->connect_timeout :
	    limit;
	connection->timeout =
	    settings->timeout < limit ? settings->timeout : limit;
	connection->retry = limit == CONNECTION_NO_LIMIT ? settings->retry : 0;
}

void
connection_close(struct connection *connection)
{
	if (connection->fd < 0)
		return;
	stream_rest(&connection->stream);
	close(connection->fd);
	connection->fd = -1;
	connection->idle = false;
	connection->received = 0;
}

void
connection_name(const struct connection *connection, char *text, size_t size)
{
	/* An IPv6 address has colons of its own. */
	snprintf(text, size,
	    strchr(connection->settings->host, ':') == NULL ? "%s:%u" :
							      "[%s]:%u",
	    connection->settings->host, connection->settings->port);
}

/* Waits 1, 2, 4 ... seconds, varied by a quarter so that many clients do not
 * return at the same time. Returns 0, or -1 after an interrupt. */
static int
wait_before_try(struct connection *connection)
{
	int doublings = connection->tries - 1 < CONNECTION_WAIT_MAX ?
	    connection->tries - 1 :
	    CONNECTION_WAIT_MAX;
	int64_t wait = CLOCK_SEC << doublings;

	wait += (int64_t)arc4random_uniform(500) * (wait / 1000) - wait / 4;
	report_note(connection->report, "%s; trying again in %.1f s (%d of %d)",
	    connection->failure.text, (double)wait / CLOCK_SEC,
	    connection->tries, connection->retry);
	if (interrupt_wait(wait))
		return 0;
	return failure_set(&connection->failure, EXIT_INTERRUPTED,
	    "interrupted");
}

static atomic_uint made; /* connections so far */

static int
connect_once(struct connection *connection)
{
	char error[NET_ERROR];

	connection->fd = host_connect(connection->settings,
	    connection->connect_timeout, interrupt_fd(), error);
	if (connection->fd < 0 && interrupt_pending())
		return failure_set(&connection->failure, EXIT_INTERRUPTED,
		    "interrupted");
	if (connection->fd < 0 && errno == ETIMEDOUT)
		return failure_set(&connection->failure, EXIT_CONNECT,
		    "cannot connect to %s after %" PRId64
		    " s (--connect-timeout)",
		    error, connection->connect_timeout / CLOCK_SEC);
	if (connection->fd < 0)
		return failure_set(&connection->failure, EXIT_CONNECT,
		    "cannot connect to %s%s", error,
		    errno == ECONNREFUSED ?
			" (is fileserv running there, on that port?)" :
			"");
	connection->number = 1 + atomic_fetch_add(&made, 1);
	socket_tune_client(connection->fd);
	if (net_peer(connection->fd, &connection->address) != 0)
		connection->address.any.sa_family = AF_UNSPEC;
	stream_open(&connection->stream, connection->fd, interrupt_fd());
	if (connection->settings->rate > 0)
		stream_limit(&connection->stream, connection->rate);
	connection->ever = true;
	return 0;
}

int
connection_connect(struct connection *connection)
{
	if (connection->fd >= 0)
		return 0;
	if (!connection->ever && connection->tries == 0)
		return connect_once(connection);
	for (;;) {
		if (connection->tries > connection->retry)
			return -1;
		if (connection->tries > 0 && wait_before_try(connection) != 0)
			return -1;
		if (connect_once(connection) == 0)
			return 0;
		if (connection->failure.code == EXIT_INTERRUPTED)
			return -1;
		connection->tries++;
	}
}

void
connection_lost(struct connection *connection, enum exit_code code,
    const char *why)
{
	char name[FAILURE_TEXT / 2];

	connection_name(connection, name, sizeof(name));
	failure_set(&connection->failure, code, "%s: %s", name, why);
	/* The server may end an idle connection: no try is counted. */
	if (connection->idle)
		connection->ever = false;
	else
		connection->tries++;
	connection_close(connection);
}

void
connection_begin(struct connection *connection)
{
	connection->tries = 0;
	connection_idle(connection);
	connection->ever = connection->idle;
}

void
connection_idle(struct connection *connection)
{
	connection->idle = connection->fd >= 0;
}

void
connection_persist(struct connection *connection)
{
	connection->ever = true;
	connection->tries++;
}

void
connection_answered(struct connection *connection)
{
	connection->idle = false;
	connection->report->has_answer = true;
}

const struct net_address *
connection_unanswered(const struct connection *connection)
{
	return connection->report->has_answer ||
		connection->address.any.sa_family == AF_UNSPEC ?
	    NULL :
	    &connection->address;
}

void
connection_delivered(struct connection *connection)
{
	connection->tries = 0;
}

void
connection_received(struct connection *connection, uint64_t bytes)
{
	connection->received += bytes;
	if (connection->received >= CONNECTION_PROGRESS)
		connection->tries = 0;
}
