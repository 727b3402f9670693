#ifndef CLIENT_FOLLOW_TAIL_SEEK_H
#define CLIENT_FOLLOW_TAIL_SEEK_H

#include "client/follow/tail_state.h"
#include "client/wire/reply_reader.h"

/* Receives a reply to TAIL_SIZE or TAIL_LINES, whose header has come. Returns
 * the event that the step ends with; TAIL_SOUGHT when the place to begin at is
 * set. */
enum tail_event tail_seek_receive(struct tail *tail,
    struct reply_reader *reader, struct connection *connection);

#endif
