/*
 * The end of a connection whose peer will not understand more than a refusal,
 * in the session's thread. session.c and handshake.c write the refusal.
 */

#include "server/foreign.h"

int
foreign_end(struct stream *stream, struct connection *connection)
{
	size_t len;
	bool stays;

	stream_peek(stream, &len);
	stream_consume(stream, len);
	/* Becomes idle before the peer has the refusal, so that a peer that
	 * connects afterwards finds a connection to evict. */
	stays = connection_begin_idle(connection, false);
	if (stream_flush(stream, false) != 0)
		return -1;
	if (stays)
		stream_end_unread(stream);
	else
		stream_end(stream, true);
	atomic_store(&connection->idle_since, 0);
	return 0;
}
