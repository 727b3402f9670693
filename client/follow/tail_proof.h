#ifndef CLIENT_FOLLOW_TAIL_PROOF_H
#define CLIENT_FOLLOW_TAIL_PROOF_H

#include "client/follow/tail_state.h"
#include "client/wire/reply_reader.h"

/* Receives a reply to TAIL_PROVE, TAIL_SAME, TAIL_REREAD or TAIL_HEAD, whose
 * header has come. Returns the event that the step ends with. */
enum tail_event tail_proof_receive(struct tail *tail,
    struct reply_reader *reader, struct connection *connection);

#endif
