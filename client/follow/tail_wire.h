#ifndef CLIENT_FOLLOW_TAIL_WIRE_H
#define CLIENT_FOLLOW_TAIL_WIRE_H

/* Shared by follow/tail.c and follow/tail_proof.c alone. */

#include <stdint.h>

#include "client/wire/reply_reader.h"
#include "client/wire/connection.h"
#include "client/follow/tail.h"

enum {
	TAIL_PIECE = 64 * 1024, /* bytes received at a time */
};

/* Ends a reply whose rest does not come, or is not to be believed. */
enum tail_outcome tail_end(struct tail *tail,
    const struct reply_reader *reader);

/* Receives a refusal: TAIL_DONE if it is one that says what the name leads
 * to, or what is to be returned instead. */
enum tail_outcome tail_receive_refusal(struct tail *tail,
    struct reply_reader *reader);

/* Receives what stands before a range's bytes and holds it against what was
 * asked; *n is how many bytes follow. 0, or -1 as those of wire/reply_reader.h.
 */
int tail_receive_attributes(const struct tail *tail,
    struct reply_reader *reader, struct protocol_attributes *attributes,
    uint64_t *n);

/* Passes over what is left of a reply, n bytes and the trailer, or closes the
 * connection, if they are many: TAIL_DONE, or as tail_end. */
enum tail_outcome tail_pass_over(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, uint64_t n);

/* Receives the reply to TAIL_PROVE, TAIL_REREAD or TAIL_HEAD. */
enum tail_outcome tail_receive_proof(struct tail *tail,
    struct reply_reader *reader, struct connection *connection);

#endif
