#ifndef CLIENT_TRANSFER_PIPELINE_H
#define CLIENT_TRANSFER_PIPELINE_H

/* The pipeline of one connection: requests go ahead, replies come in order, and
 * what breaks is tried again from where it broke. Each pipeline belongs to one
 * thread; several may fetch from one queue (transfer/parallel.h). */

#include "client/transfer/pipeline_state.h"

/* Prepares a pipeline without a connection; the arguments outlive it. */
void pipeline_open(struct pipeline *pipeline,
    const struct transfer_settings *settings, struct folder *folder,
    struct report *report, struct progress *progress, struct rate *rate);
void pipeline_close(struct pipeline *pipeline);

/* The two halves of pipeline_run, for several connections: pipeline_begin is
 * called once for all. pipeline_work is called for each, which has joined the
 * queue; it returns when there is no job left for the connection, which has
 * then left the queue. The queue's lock is held. */
void pipeline_begin(struct pipeline *pipeline, struct job_queue *queue);
void pipeline_work(struct pipeline *pipeline, struct job_queue *queue);

/* Fetches all jobs of a queue over one connection, which is kept for another
 * run. The jobs are gone afterwards, and reported. */
void pipeline_run(struct pipeline *pipeline, struct job_queue *queue);

#endif
