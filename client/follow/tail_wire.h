#ifndef CLIENT_FOLLOW_TAIL_WIRE_H
#define CLIENT_FOLLOW_TAIL_WIRE_H

/* The requests of the stages, and steps of receiving that stages share. */

#include <stdint.h>

#include "client/follow/tail_state.h"
#include "client/wire/connection.h"
#include "client/wire/reply_reader.h"

enum {
	TAIL_WIRE_PIECE = 64 * 1024, /* bytes received at a time */
};

/* Sends the request of any stage but TAIL_SEARCH; with TAIL_READ also STAT of
 * the followed name. Returns 0, or -1 if memory is short. */
int tail_wire_ask(const struct tail *tail, struct stream *stream);

/* Returns the nanoseconds that the server may need to read what the stage's
 * request wants digested; 0 if it wants no digest alone. */
int64_t tail_wire_digest_time(const struct tail *tail);

/* Returns the event for a reader whose function has returned -1: TAIL_CLOSED,
 * TAIL_LOST or TAIL_FAILED. */
enum tail_event tail_wire_end(const struct reply_reader *reader);

/* Receives the body of a refusal. Returns TAIL_OK if the refusal is about
 * the name or the file, else TAIL_BUSY or an event of tail_wire_end. */
enum tail_event tail_wire_read_refusal(struct tail *tail,
    struct reply_reader *reader);

/* Receives the attributes in front of a range and checks them against the
 * request; *n is the number of bytes that follow. Returns 0, or -1 with the
 * reader's end and failure set. */
int tail_wire_read_attributes(const struct tail *tail,
    struct reply_reader *reader, struct protocol_attributes *attributes,
    uint64_t *n);

/* Drops the other n bytes of a range and the trailer; closes the connection
 * instead if they are many. Returns TAIL_OK, or an event of tail_wire_end. */
enum tail_event tail_wire_skip(struct reply_reader *reader,
    struct connection *connection, uint64_t n);

#endif
