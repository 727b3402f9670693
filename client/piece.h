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

#endif
