#ifndef CLIENT_TRANSFER_RECV_PIECE_H
#define CLIENT_TRANSFER_RECV_PIECE_H

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"
#include "client/transfer/pieces.h"

/*
 * Receives the reply to the request of a job for a piece, and writes it in its
 * place, or proves that it is there. A failure ends the file that it is of:
 * that is noted there, and the outcome is OUTCOME_DONE for the job.
 */
enum outcome recv_piece_receive(struct job_reply *reply, struct job *job);

#endif
