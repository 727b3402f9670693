#ifndef CLIENT_FOLLOW_ROTATION_H
#define CLIENT_FOLLOW_ROTATION_H

/*
 * The turns that a followed log takes: when the old file is left, what is read
 * next, and what is said about it. Called by follow/tail.c.
 */

#include "client/follow/tail.h"

/* The first reply with bytes of a file has come. */
void rotation_begin(struct tail *tail,
    const struct protocol_attributes *attributes);

/* Decides on what the replies of TAIL_READ have shown. */
enum tail_outcome rotation_decide(struct tail *tail,
    const struct tail_look *look);

/* The file has lost bytes that were written of it (TAIL_SHORTER), or has others
 * in all places (TAIL_REWRITTEN): looks for a copy of it, then begins anew. */
enum tail_outcome rotation_shortened(struct tail *tail, enum tail_anew anew);

/* The file is not to be had by the name by which it was read: looks for it. */
enum tail_outcome rotation_elsewhere(struct tail *tail);

/* Does TAIL_SEARCH. */
enum tail_outcome rotation_search(struct tail *tail,
    struct connection *connection);

#endif
