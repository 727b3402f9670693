#ifndef CLIENT_WIRE_QUERY_H
#define CLIENT_WIRE_QUERY_H

/*
 * Short questions (STAT, LIST) whose replies are waited for, over the same
 * connection and with the same patience as files are fetched
 * (transfer/pipeline.h). One thread, and no requests of another kind under way.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/wire/reply_reader.h"
#include "client/ui/failure.h"
#include "client/ui/outcome.h"
#include "client/wire/connection.h"
#include "common/protocol.h"

/*
 * Connects where there is no connection, and attempts it until it is not
 * LOST any more or the tries are used up. 0 with the failure's code EXIT_OK,
 * or -1 with the failure set; after FATAL the connection is closed.
 */
int query_run(struct connection *connection,
    enum outcome (*attempt)(void *argument), void *argument,
    struct failure *failure);

/* Whether a failure says that nobody answers any more, so that other questions
 * need not be tried. */
bool query_is_over(const struct failure *failure);

/* ---- for an attempt ----------------------------------------------------- */

/*
 * Puts a request into the stream; query_receive sends it. The name is
 * valid, or ".". OK, or FATAL without memory.
 */
enum outcome query_ask(struct connection *connection, enum protocol_op op,
    uint64_t cursor, const char *name, struct failure *failure);

/* Receives a reply's header, and all of a refusal: OK with the body to be
 * taken out of answer, or what is to be returned instead. */
enum outcome query_receive(struct connection *connection,
    struct reply_reader *reader, struct failure *failure);

/* The whole reply to a STAT. */
enum outcome query_receive_state(struct connection *connection,
    struct protocol_attributes *attributes, struct failure *failure);

/* What follows when a function of wire/reply_reader.h has returned -1: LOST or
 * FATAL. */
enum outcome query_end(const struct reply_reader *reader);

/* The server has said what no server of this protocol would say: FATAL. */
enum outcome query_violation(struct failure *failure, const char *what);

#endif
