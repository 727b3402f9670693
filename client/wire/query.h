#ifndef CLIENT_WIRE_QUERY_H
#define CLIENT_WIRE_QUERY_H

/*
 * Short questions (STAT, LIST), each answered before the next is asked. One
 * thread, while no file is being fetched over the same connection.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/outcome.h"
#include "client/wire/connection.h"
#include "client/wire/reply_reader.h"
#include "common/protocol.h"

/* Connects unless connected and calls attempt, again after OUTCOME_LOST while
 * the connection allows tries. Returns 0 with failure->code EXIT_OK, or -1 with
 * the failure set; after OUTCOME_FATAL the connection is closed. */
int query_run(struct connection *connection,
    enum outcome (*attempt)(void *argument), void *argument,
    struct failure *failure);

/* Asks for the attributes of a file or folder; the name is valid, or ".".
 * Returns 0, or -1 with the failure set. */
int query_stat(struct connection *connection, const char *name,
    struct protocol_attributes *attributes, struct failure *failure);

/* Returns true for a failure after which further questions are useless. */
bool query_is_over(const struct failure *failure);

/* For an attempt: puts a request with a valid name, or ".", into the stream;
 * query_receive sends it. Returns OUTCOME_OK, or OUTCOME_FATAL if memory is
 * short. */
enum outcome query_ask(struct connection *connection, enum protocol_op op,
    uint64_t cursor, const char *name, struct failure *failure);

/* Receives the header of a reply, and the body of a refusal. Returns
 * OUTCOME_OK if the body is to be read next, or the outcome of the attempt. */
enum outcome query_receive(struct connection *connection,
    struct reply_reader *reader, struct failure *failure);

/* Receives a whole reply to STAT. Returns the outcome of the attempt. */
enum outcome query_receive_state(struct connection *connection,
    struct protocol_attributes *attributes, struct failure *failure);

/* Returns the outcome of an attempt after a function of wire/reply_reader.h
 * returned -1. */
enum outcome query_end(const struct reply_reader *reader);

/* Sets the failure for a reply against the protocol. Returns OUTCOME_FATAL. */
enum outcome query_violation(struct failure *failure, const char *what);

#endif
