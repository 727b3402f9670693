#ifndef CLIENT_TRANSFER_PARALLEL_H
#define CLIENT_TRANSFER_PARALLEL_H

/* Several connections at the same jobs (-j), each in a thread of its own. How
 * many are used is found by trying: one more is kept only while it brings more
 * bytes. Called by one thread, which returns when all of them have ended. */

#include "client/transfer/job_queue.h"
#include "client/transfer/pipeline.h"

/* Fetches all jobs over the pipeline's connection, which is kept, and others,
 * up to settings->jobs in all. The jobs are gone afterwards, and reported. */
void parallel_run(struct pipeline *pipeline, struct job_queue *queue);

#endif
