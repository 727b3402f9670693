#ifndef CLIENT_TRANSFER_DRY_RUN_H
#define CLIENT_TRANSFER_DRY_RUN_H

/* --dry-run: reports the outcome that fetching a file would have. The caller
 * holds the queue's lock. */

#include "client/transfer/job_reply.h"
#include "common/protocol.h"

/* Reports that an entry would be fetched, or why it would fail, as far as the
 * listing and the local files show. Its folder is open. */
void dry_run_entry(struct job_reply *reply, const struct job *job);

/* Does the same for a requested name, after a STAT of it.
 * Returns SAME, or FAILED with the failure set. */
enum outcome dry_run_name(struct job_reply *reply, const struct job *job,
    const struct protocol_attributes *attributes);

#endif
