#ifndef CLIENT_TRANSFER_PARALLEL_H
#define CLIENT_TRANSFER_PARALLEL_H

/*
 * Several connections at the same jobs (-j), each in a thread of its own. How
 * many are used is found by trying: one more is kept only while it brings
 * more bytes. Called by one thread, which returns when all of them have ended.
 */

#include "client/transfer/pipeline.h"
#include "client/transfer/job_queue.h"

/*
 * Fetches all jobs, as pipeline_run does, over up to settings->jobs
 * connections: the pipeline's own, which stays open, and others.
 */
void parallel_run(struct pipeline *pipeline, struct job_queue *queue);

#endif
