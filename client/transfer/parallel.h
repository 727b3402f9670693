#ifndef CLIENT_TRANSFER_PARALLEL_H
#define CLIENT_TRANSFER_PARALLEL_H

/* Works on the same jobs over several connections (-j), each in a thread of its
 * own. Tries one more connection at a time, and keeps it only if it raises the
 * rate. Called by one thread; returns when all connections have ended. */

#include "client/transfer/job_queue.h"
#include "client/transfer/pipeline.h"

/* Fetches all jobs over the pipeline's connection, which is kept, and others,
 * up to settings->jobs in all. The jobs are gone afterwards, and reported. */
void parallel_run(struct pipeline *pipeline, struct job_queue *queue);

#endif
