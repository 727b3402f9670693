#ifndef CLIENT_TRANSFER_PIPELINE_END_H
#define CLIENT_TRANSFER_PIPELINE_END_H

/* Ends jobs, requests and runs that fail. The queue's lock is held. */

#include "client/transfer/pipeline_state.h"
#include "client/ui/failure.h"

/* Reports a job that has failed, with a hint (NULL: none), and frees it. The
 * failure of a piece ends its file instead, which is reported later. */
void pipeline_end_job(struct pipeline *pipeline, struct job *job,
    const struct failure *failure, const char *hint);

/* Returns requests without a reply to the queue, to be made again. */
void pipeline_end_requests(struct pipeline *pipeline);

/* Ends the run. The job whose turn it was, or else the first, fails with this
 * failure, and so do those that have begun; the others are counted as not
 * begun.
 */
void pipeline_end_run(struct pipeline *pipeline, const struct failure *failure);

/* Decides what follows when no connection can be made, or kept until a job is
 * done. Returns 1 to try again, or 0 if this pipeline ends. */
int pipeline_end_unconnected(struct pipeline *pipeline);

#endif
