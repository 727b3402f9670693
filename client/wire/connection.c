/*
 * Chooses the server, makes the connection and decides when to give up. A first
 * round that fails is not repeated: the addresses may be wrong. A connection
 * that breaks later is made again, since a server has worked before. Callers
 * say what counts as progress; wire/server.c chooses the address.
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
	connection->server = &settings->servers->members[0];
	connection_limit(connection, CONNECTION_NO_LIMIT);
}

void
connection_choose(struct connection *connection, struct server *server,
    bool is_pinned)
{
	connection_close(connection);
	connection->server = server;
	connection->is_pinned = is_pinned;
	connection->failed = connection->passed = 0;
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
	tls_client_end(&connection->tls_client);
	close(connection->fd);
	connection->fd = -1;
	connection->idle = false;
	connection->received = 0;
}

/* Returns whether there are several servers to choose from. */
static bool
has_choice(const struct connection *connection)
{
	return connection->settings->servers->n > 1 && !connection->is_pinned;
}

const char *
connection_which(const struct connection *connection)
{
	return connection->settings->servers->n > 1 ? connection->server->name :
						      "";
}

/* Returns the set of the servers that may be tried. */
static uint64_t
usable_servers(const struct connection *connection)
{
	struct server_list *list = connection->settings->servers;

	return connection->is_pinned ?
	    server_list_bit(list, connection->server) :
	    server_list_usable(list);
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
	report_note(connection->report,
	    "%s; trying %sagain in %.1f s (%d of %d)", connection->failure.text,
	    has_choice(connection) ? "all servers " : "",
	    (double)wait / CLOCK_SEC, connection->tries, connection->retry);
	if (interrupt_wait(wait))
		return 0;
	return failure_set(&connection->failure, EXIT_INTERRUPTED,
	    "interrupted");
}

/* ---- servers that fail -------------------------------------------------- */

/* Notes that the server has failed, and takes the next one. After the last one
 * of a round counts a try. */
static void
pass_server(struct connection *connection)
{
	struct server_list *list = connection->settings->servers;
	uint64_t usable = usable_servers(connection);
	struct server *next;

	connection->failed |= server_list_bit(list, connection->server);
	connection->passed |= server_list_bit(list, connection->server);
	server_list_note(list, connection->server, connection->failure.text);
	next = server_list_next(list, connection->server,
	    usable & ~connection->failed);
	if (next == NULL) {
		connection->tries++;
		connection->failed = 0;
		next = server_list_next(list, connection->server, usable);
	}
	if (next != NULL)
		connection->server = next;
}

/* Tells which servers have failed before this one: each the first time, and
 * with -v each time. */
static void
tell_passed(struct connection *connection)
{
	struct server_list *list = connection->settings->servers;
	const char *name = connection->server->name;
	char reason[SERVER_LIST_REASON];
	struct server *server;
	size_t i;

	for (i = 0; i < list->n; i++) {
		server = &list->members[i];
		if (server == connection->server ||
		    (connection->passed >> i & 1) == 0)
			continue;
		server_list_reason(list, server, reason);
		if (atomic_exchange(&server->is_told, true))
			report_detail(connection->report,
			    "%s; going on with %s", reason, name);
		else
			report_note(connection->report, "%s; going on with %s",
			    reason, name);
	}
	connection->passed = 0;
}

/* Tells the reasons of all servers, if there are several. Returns -1. */
static int
give_up(struct connection *connection)
{
	char reasons[FAILURE_TEXT - 32];

	if (!has_choice(connection))
		return -1;
	server_list_tell(connection->settings->servers, reasons,
	    sizeof(reasons));
	return failure_set(&connection->failure, connection->failure.code,
	    "no server is left: %s", reasons);
}

/* ---- connecting --------------------------------------------------------- */

static int
fail_to_connect(struct connection *connection, const char *error)
{
	const struct server *server = connection->server;
	/* The error begins with the address, or with the host. */
	bool is_named = !has_choice(connection) ||
	    strncmp(error, server->name, strlen(server->name)) == 0 ||
	    strncmp(error, server->host, strlen(server->host)) == 0;
	bool is_refused = errno == ECONNREFUSED && !has_choice(connection);
	int code = errno;

	if (interrupt_pending())
		return failure_set(&connection->failure, EXIT_INTERRUPTED,
		    "interrupted");
	if (code == ETIMEDOUT)
		return failure_set(&connection->failure, EXIT_CONNECT,
		    "cannot connect to %s%s%s after %" PRId64
		    " s (--connect-timeout)",
		    is_named ? "" : server->name, is_named ? "" : ": ", error,
		    connection->connect_timeout / CLOCK_SEC);
	return failure_set(&connection->failure, EXIT_CONNECT,
	    "cannot connect to %s%s%s%s", is_named ? "" : server->name,
	    is_named ? "" : ": ", error,
	    is_refused ? " (is fileserv running there, on that port?)" : "");
}

static atomic_uint made; /* connections so far */

/* Makes a connection, which may still have to be encrypted. */
static int
open_socket(struct connection *connection)
{
	char error[NET_ERROR];

	connection->fd = server_connect(connection->server,
	    connection->connect_timeout, interrupt_fd(), error);
	if (connection->fd < 0)
		return fail_to_connect(connection, error);
	connection->number = 1 + atomic_fetch_add(&made, 1);
	socket_tune_client(connection->fd);
	if (net_peer(connection->fd, &connection->address) != 0)
		connection->address.any.sa_family = AF_UNSPEC;
	stream_open(&connection->stream, connection->fd, interrupt_fd());
	if (connection->settings->rate > 0)
		stream_limit(&connection->stream, connection->rate);
	return 0;
}

static int
connect_once(struct connection *connection)
{
	int result;

	do {
		if (open_socket(connection) != 0)
			return -1;
		result = tls_client_begin(&connection->tls_client,
		    &connection->stream, connection->fd, connection->server,
		    connection->connect_timeout, &connection->failure);
		if (result != 0)
			connection_close(connection);
	} while (result > 0);
	if (result != 0)
		return -1;
	connection->ever = true;
	tell_passed(connection);
	return 0;
}

int
connection_connect(struct connection *connection)
{
	bool is_first = !connection->ever && connection->tries == 0;

	if (connection->fd >= 0)
		return 0;
	for (;;) {
		if (!is_first && connection->tries > connection->retry)
			return give_up(connection);
		if (connection->tries > 0 && connection->failed == 0 &&
		    wait_before_try(connection) != 0)
			return -1;
		if (connect_once(connection) == 0)
			return 0;
		if (connection->failure.code == EXIT_INTERRUPTED)
			return -1;
		/* The server ended the connection before TLS had begun, as one
		 * with too many clients does. */
		if (connection->failure.code == EXIT_STALLED &&
		    !connection->is_spare) {
			connection->ever = true;
			is_first = false;
		}
		if (failure_is_of_server(&connection->failure))
			atomic_store(&connection->server->is_foreign, true);
		pass_server(connection);
		if (atomic_load(&connection->server->is_foreign))
			return give_up(connection);
		if (is_first && connection->tries > 0) {
			connection->tries = 0;
			return give_up(connection);
		}
	}
}

void
connection_lost(struct connection *connection, enum exit_code code,
    const char *why)
{
	failure_set(&connection->failure, code, "%.*s: %s", FAILURE_TEXT / 2,
	    connection->server->name, why);
	/* The server may end an idle connection, which is no failure. */
	if (connection->idle)
		connection->ever = false;
	else
		pass_server(connection);
	connection_close(connection);
}

bool
connection_leave(struct connection *connection, struct failure *failure)
{
	if (!failure_is_of_server(failure) || !has_choice(connection))
		return false;
	atomic_store(&connection->server->is_foreign, true);
	failure_set(&connection->failure, failure->code, "%.*s: %s",
	    FAILURE_TEXT / 2, connection->server->name, failure->text);
	connection_close(connection);
	pass_server(connection);
	/* Like a first round, one in which no server has replied is not
	 * repeated. */
	connection->ever = connection->report->has_answer;
	if (usable_servers(connection) != 0 &&
	    (connection->ever || connection->failed != 0))
		return true;
	connection->tries = 0;
	(void)give_up(connection);
	*failure = connection->failure;
	return false;
}

void
connection_begin(struct connection *connection)
{
	connection_delivered(connection);
	connection_idle(connection);
	connection->ever = connection->idle;
	atomic_store(&connection->has_delivered, false);
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
	connection->failed = 0;
}

void
connection_answered(struct connection *connection)
{
	connection->idle = false;
	connection->report->has_answer = true;
	atomic_store(&connection->server->has_answered, true);
}

const struct net_address *
connection_unanswered(const struct connection *connection)
{
	/* Nothing is asked in plain of a server that is encrypted. */
	return atomic_load(&connection->server->has_answered) ||
		connection->tls_client.tls != NULL ||
		connection->address.any.sa_family == AF_UNSPEC ?
	    NULL :
	    &connection->address;
}

void
connection_delivered(struct connection *connection)
{
	connection->tries = 0;
	connection->failed = 0;
	atomic_store_explicit(&connection->has_delivered, true,
	    memory_order_relaxed);
}

void
connection_received(struct connection *connection, uint64_t bytes)
{
	connection->received += bytes;
	atomic_fetch_add_explicit(&connection->total, bytes,
	    memory_order_relaxed);
	if (connection->received >= CONNECTION_PROGRESS)
		connection_delivered(connection);
}
