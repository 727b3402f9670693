#ifndef CLIENT_TRANSFER_RECV_REUSE_H
#define CLIENT_TRANSFER_RECV_REUSE_H

#include <stdint.h>

#include "client/transfer/job_reply.h"
#include "common/digest.h"

/* Takes a piece from the older copy that is here, if it has the digest that the
 * server has sent. Returns OK when the piece is in its place and verified,
 * DIFFERENT if it has to be fetched, or why not. The queue's lock is held, and
 * released meanwhile. */
enum outcome recv_reuse_take(struct job_reply *reply, const struct job *job,
    const uint8_t digest[DIGEST_LENGTH]);

#endif
