/*
 * The first bytes of a connection from a proxy (--proxy-from), in the session's
 * thread. While it waits for them, the connection holds no buffers and may be
 * evicted before all others. proxy_header.c decodes the header; workers.c
 * counts the address. A proxy that connects and closes without a byte, as
 * health checks do, is no problem, and is logged with -v only.
 */

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/proxy_header.h"
#include "server/proxy_reader.h"
#include "server/reply_writer.h"
#include "server/request_log.h"

#define PROXY_READER_LIMIT (5 * CLOCK_SEC) /* for the whole header */

static const char nothing[] = "closed without a byte";
static const char too_many[] = "too many connections, try again later";

/* Receives more of the header. Returns 1, 0 at the peer's end, or -1 with
 * errno. */
static int
receive_header_bytes(struct stream *stream, bool first, int64_t deadline)
{
	int ready;

	if (!first)
		return stream_fill(stream, deadline);
	ready = stream_await_readable(stream, deadline);
	if (ready > 0)
		return stream_await(stream, true);
	if (ready == 0)
		errno = ETIMEDOUT;
	return -1;
}

/* Receives the header into the stream. Returns NULL with *header set, or the
 * reason why there is no header. */
static const char *
receive_header(struct stream *stream, int64_t deadline,
    struct proxy_header *header)
{
	enum proxy_header_verdict verdict;
	const char *wrong = NULL;
	const uint8_t *bytes;
	size_t len;
	int got;

	for (;;) {
		bytes = stream_peek(stream, &len);
		verdict = proxy_header_decode(bytes, len, header, &wrong);
		if (verdict != PROXY_HEADER_INCOMPLETE)
			return wrong;
		got = receive_header_bytes(stream, len == 0, deadline);
		if (got > 0)
			continue;
		if (len == 0 && (got == 0 || errno == ECONNRESET))
			return nothing;
		if (got == 0)
			return "the proxy closed the connection inside it";
		return errno == ETIMEDOUT ? "it did not arrive in time" :
					    strerror(errno);
	}
}

/* Logs one line about the end of a connection. proxy is NULL if no address was
 * announced. */
static void
log_end(enum log_level level, const struct connection *connection,
    const struct net_address *address, const struct net_address *proxy,
    const char *what, const char *why)
{
	char text[NET_TEXT], via[NET_TEXT];
	struct log_peer peer = {.address = text};

	if (!log_wants(level) || !request_log_may_log_end())
		return;
	net_print(address, text);
	if (proxy != NULL) {
		net_print(proxy, via);
		peer.via = via;
	}
	log_event(level, &peer, connection->number, "%s%s", what, why);
}

/* Ends a connection that has no header, for this reason. */
static void
end_without_header(struct stream *stream, const struct connection *connection,
    const char *why)
{
	enum connection_leaving leaving = connection_leaving(connection);

	if (leaving == CONNECTION_AT_STOP) {
		why = "the server stops";
	} else if (leaving == CONNECTION_MAKES_ROOM) {
		why = "it was evicted";
		if (connection->is_plain)
			reply_writer_send_busy(connection->fd, too_many);
	}
	if (leaving != CONNECTION_STAYS || why == nothing)
		log_end(LOG_LEVEL_CONNECTIONS, connection, &connection->address,
		    NULL, "ended without a PROXY header: ", why);
	else
		log_end(LOG_LEVEL_PROBLEMS, connection, &connection->address,
		    NULL,
		    "reset: a proxy must begin with a PROXY header "
		    "(--proxy-from): ",
		    why);
	if (leaving == CONNECTION_STAYS)
		stream_abort(stream);
	stream_rest(stream);
}

/* Ends a connection whose client's address cannot be counted (code). */
static void
end_uncounted(struct stream *stream, const struct connection *connection,
    const struct proxy_header *header, int code)
{
	bool crowd = code == EUSERS;

	if (connection->is_plain)
		reply_writer_send_busy(connection->fd,
		    crowd ? "too many connections from your address" :
			    too_many);
	log_end(crowd ? LOG_LEVEL_PROBLEMS : LOG_LEVEL_CONNECTIONS, connection,
	    &header->address, header->announced ? &connection->address : NULL,
	    "refused: ",
	    crowd ? "too many from one address (--max-per-address)" :
		    "it was evicted");
	stream_rest(stream);
}

int
proxy_reader_admit(struct stream *stream, struct connection *connection,
    int64_t limit)
{
	int64_t most = limit < PROXY_READER_LIMIT ? limit : PROXY_READER_LIMIT;
	struct proxy_header header = {.size = 0};
	const char *wrong;
	int code;

	wrong = receive_header(stream, clock_now() + most, &header);
	if (wrong != NULL) {
		end_without_header(stream, connection, wrong);
		return -1;
	}
	if (!header.announced)
		header.address = connection->address;
	code = connection->announce(connection, &header.address);
	if (code != 0) {
		end_uncounted(stream, connection, &header, code);
		return -1;
	}
	stream_consume(stream, header.size);
	if (header.announced)
		connection->proxy = connection->address;
	connection->address = header.address;
	/* No longer waits: request_reader.c says when it does. */
	atomic_store(&connection->idle_since, 0);
	return 0;
}
