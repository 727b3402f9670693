#ifndef CLIENT_TRANSFER_RECV_PIECE_H
#define CLIENT_TRANSFER_RECV_PIECE_H

#include "client/transfer/job_reply.h"

/*
 * Receives the reply to the request of a job for a piece: writes it in its
 * place, or proves that it is there. Returns OK when the piece is verified;
 * UNPROVED when all of its bytes are here; DIFFERENT when it is to be fetched
 * again; AGAIN when it is to be asked for by the file's id; FAILED if the file
 * cannot be fetched; or why not.
 */
enum outcome recv_piece_receive(struct job_reply *reply, struct job *job);

#endif
