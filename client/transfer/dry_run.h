#ifndef CLIENT_TRANSFER_DRY_RUN_H
#define CLIENT_TRANSFER_DRY_RUN_H

/* --dry-run: tells what would become of a file, instead of fetching it. The
 * queue's lock is held. */

#include "client/transfer/job_reply.h"
#include "common/protocol.h"

/* Tells that an entry would be fetched, or reports why it would fail, as far as
 * the listing and what is here show. Its folder is open. */
void dry_run_entry(struct job_reply *reply, const struct job *job);

/* Does the same for a name that was asked for, whose state a STAT has said.
 * Returns SAME, or FAILED with the failure set. */
enum outcome dry_run_name(struct job_reply *reply, const struct job *job,
    const struct protocol_attributes *attributes);

#endif
