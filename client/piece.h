#ifndef CLIENT_PIECE_H
#define CLIENT_PIECE_H

#include "client/jobs.h"
#include "client/reply.h"
#include "client/split.h"

/*
 * Receives the reply to the request of a job for a piece, and writes it in its
 * place, or proves that it is there. A failure ends the file that it is of:
 * that is noted there, and the outcome is REPLY_DONE for the job.
 */
enum reply_outcome piece_receive(struct reply *reply, struct job *job);

/*
 * Some pieces are done with: once all of them are, or none is wanted any more,
 * the file is finished, begun anew or given up, and reported. True if the
 * split is gone; the jobs' lock was given up meanwhile.
 */
bool piece_settle(struct jobs *jobs, struct split *split, struct report *report,
    struct progress *progress);

#endif
