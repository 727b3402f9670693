#ifndef CLIENT_TRANSFER_SETTLE_H
#define CLIENT_TRANSFER_SETTLE_H

/* --settle S: a name is fetched only when its file has stood still for S
 * seconds: two looks (STAT) at least S apart, and all between them, have shown
 * the same file, size and modification time. Our clock measures the time
 * between looks, not the server's. The queue's lock is held. */

#include <stdbool.h>

#include "client/transfer/job_reply.h"
#include "common/protocol.h"

/* Judges what a STAT of a named file has shown. Returns OK if the file has
 * stood still, or need not; NOT_YET if it is to be looked at again, with the
 * time in job->again; FAILED with EXIT_CHANGED if it is still being written to
 * when the time of --wait, if there is one, is over. */
enum outcome settle_judge(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes);

/* Returns whether the file has the size and time that it stood still with; true
 * without --settle. */
bool settle_holds(const struct transfer_settings *settings,
    const struct job *job, const struct protocol_attributes *attributes);

#endif
