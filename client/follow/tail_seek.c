/*
 * Finds the place where the last lines begin (--lines), before the file is
 * read: sends STAT for its size and id, then FETCH for one piece at a time,
 * from the end backwards. The pieces are requested by the id, so that all come
 * from one file; bytes that are appended meanwhile are read afterwards. If that
 * file is gone or shorter, the search begins again with the file that the name
 * leads to.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "client/follow/tail_seek.h"
#include "client/follow/tail_wire.h"
#include "common/protocol.h"

/* Sets the file to read and the offset of the first byte to write. The bytes
 * before it are read too: tail.c compares later replies with them. */
static void
begin_at(struct tail *tail, uint64_t id, uint64_t first)
{
	rotation_begin_with(&tail->rotation, id);
	printed_begin(&tail->printed,
	    first < PRINTED_LAST ? 0 : first - PRINTED_LAST);
	tail->first = first;
}

/* Returns the event for the state of the search. */
static enum tail_event
end_seek_step(struct tail *tail)
{
	if (!tail->search.is_found)
		return TAIL_SEEK_ON;
	begin_at(tail, tail->rotation.id, tail->search.at);
	free(tail->piece);
	tail->piece = NULL;
	return TAIL_SOUGHT;
}

static enum tail_event
receive_size(struct tail *tail, struct reply_reader *reader)
{
	struct protocol_attributes attributes;

	if (reply_reader_read_state(reader, &attributes) != 0)
		return tail_wire_end(reader);
	if (!S_ISREG(attributes.mode)) {
		/* FETCH gets the server's reason. */
		begin_at(tail, 0, 0);
		return TAIL_SOUGHT;
	}
	if (failure_check_size(&tail->failure, attributes.size,
		tail->settings->max_size) != 0)
		return TAIL_FAILED;
	rotation_begin_with(&tail->rotation, attributes.token.id);
	line_search_begin(&tail->search, (uint64_t)tail->settings->lines,
	    attributes.size);
	return end_seek_step(tail);
}

/* Receives the n bytes of a piece and their trailer. */
static enum tail_event
receive_piece_bytes(struct tail *tail, struct reply_reader *reader, size_t n)
{
	struct protocol_trailer trailer;
	uint8_t value[DIGEST_LENGTH];

	if (reply_reader_read(reader, tail->piece, n) != 0 ||
	    reply_reader_read_trailer(reader, &trailer) != 0)
		return tail_wire_end(reader);
	digest_of(tail->piece, n, value);
	if (!tail->settings->verify ||
	    memcmp(value, trailer.digest, sizeof(value)) == 0)
		return TAIL_OK;
	/* The file may have been rewritten while the piece was sent. */
	if (trailer.status == PROTOCOL_CHANGED)
		return TAIL_SEEK_ANEW;
	failure_set(&tail->failure, EXIT_MISMATCH,
	    "the received bytes differ from the file (digest mismatch)");
	return TAIL_FAILED;
}

static enum tail_event
receive_piece(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	struct protocol_attributes attributes = {.size = 0};
	enum tail_event event;
	uint64_t n = 0;

	if (tail_wire_read_attributes(tail, reader, &attributes, &n) != 0)
		return tail_wire_end(reader);
	if (attributes.size < tail->search.at) {
		event = tail_wire_skip(reader, connection, n);
		return event == TAIL_OK ? TAIL_SEEK_ANEW : event;
	}
	if (tail->piece == NULL)
		tail->piece = malloc(LINE_SEARCH_PIECE_MAX);
	if (tail->piece == NULL) {
		failure_set(&tail->failure, EXIT_LOCAL, "out of memory");
		return TAIL_FAILED;
	}
	event = receive_piece_bytes(tail, reader, (size_t)n);
	if (event != TAIL_OK)
		return event;
	connection_received(connection, n);
	line_search_add(&tail->search, tail->piece, (size_t)n);
	return end_seek_step(tail);
}

static enum tail_event
receive_seek_refusal(struct tail *tail, struct reply_reader *reader)
{
	enum tail_event event = tail_wire_read_refusal(tail, reader);

	if (event != TAIL_OK)
		return event;
	if (tail->stage == TAIL_LINES)
		return TAIL_SEEK_ANEW;
	/* A file that appears later is read from its start, because all of its
	 * bytes are new. */
	begin_at(tail, 0, 0);
	return TAIL_NO_NAME;
}

enum tail_event
tail_seek_receive(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	if (reader->status != PROTOCOL_OK)
		return receive_seek_refusal(tail, reader);
	return tail->stage == TAIL_SIZE ?
	    receive_size(tail, reader) :
	    receive_piece(tail, reader, connection);
}
