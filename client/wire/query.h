#ifndef CLIENT_WIRE_QUERY_H
#define CLIENT_WIRE_QUERY_H

/*
 * Short questions (STAT, LIST) whose replies are waited for, over the same
 * connection and with the same patience as files are fetched (fetch.h). One
 * thread, and no requests of another kind under way.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/wire/reply_reader.h"
#include "client/ui/failure.h"
#include "client/wire/connection.h"
#include "common/protocol.h"

/* What has become of a reply; the failure is set for all but the first. */
enum exchange_outcome {
	EXCHANGE_DONE,
	EXCHANGE_REFUSED, /* by the server; the connection is in frame */
	EXCHANGE_LOST,	  /* the connection is of no use; try again */
	EXCHANGE_FATAL,	  /* it makes no sense to try again */
};

/*
 * Connects where there is no connection, and attempts it until it is not
 * LOST any more or the tries are used up. 0 with the failure's code EXITS_OK,
 * or -1 with the failure set; after FATAL the connection is closed.
 */
int exchange_run(struct link *link,
    enum exchange_outcome (*attempt)(void *argument), void *argument,
    struct failure *failure);

/* Whether a failure says that nobody answers any more, so that other questions
 * need not be tried. */
bool exchange_is_over(const struct failure *failure);

/* ---- for an attempt ----------------------------------------------------- */

/*
 * Puts a request into the stream; exchange_receive sends it. The name is
 * valid, or ".". DONE, or FATAL without memory.
 */
enum exchange_outcome exchange_ask(struct link *link, enum protocol_op op,
    uint64_t cursor, const char *name, struct failure *failure);

/* Receives a reply's header, and all of a refusal: DONE with the body to be
 * taken out of answer, or what is to be returned instead. */
enum exchange_outcome exchange_receive(struct link *link, struct answer *answer,
    struct failure *failure);

/* The whole reply to a STAT. */
enum exchange_outcome exchange_receive_state(struct link *link,
    struct protocol_attributes *attributes, struct failure *failure);

/* What follows when a function of answer.h has returned -1: LOST or FATAL. */
enum exchange_outcome exchange_end(const struct answer *answer);

/* The server has said what no server of this protocol would say: FATAL. */
enum exchange_outcome exchange_violation(struct failure *failure,
    const char *what);

#endif
