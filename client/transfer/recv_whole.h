#ifndef CLIENT_TRANSFER_RECV_WHOLE_H
#define CLIENT_TRANSFER_RECV_WHOLE_H

/*
 * The whole-range proof: compares all bytes that are here with one file of one
 * server, where the bytes have several origins (transfer/origin.h). Without it
 * such a file gets no name. DIGESTs of JOB_REQUEST_PROOF bytes each are asked
 * for by the content version, JOB_REQUEST_AHEAD at a time, over one connection;
 * all replies must bear one token. The queue's lock is held, and released while
 * bytes are read.
 */

#include "client/transfer/job_reply.h"

/* Receives the replies that JOB_WHOLE_PROOF or JOB_PIECE_WHOLE waits for.
 * Returns MORE if some bytes are not proved yet; OK if all are, and the file
 * then has its name, while pieces are left to transfer/pieces_end.c; AGAIN to
 * begin anew, because the file was touched; CHANGED, or FAILED with
 * EXIT_CHANGED, if the bytes differ; or why not. */
enum outcome recv_whole_receive(struct job_reply *reply, struct job *job);

#endif
