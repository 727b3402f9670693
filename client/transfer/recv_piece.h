#ifndef CLIENT_TRANSFER_RECV_PIECE_H
#define CLIENT_TRANSFER_RECV_PIECE_H

#include "client/transfer/job_reply.h"

/* Receives the reply to a piece's request: writes the piece in its place, or
 * proves that it is there. Returns OK when the piece is verified; UNPROVED when
 * all of its bytes are here; DIFFERENT to fetch it again; AGAIN to ask by the
 * file's id; FAILED if the file cannot be fetched; or why not. */
enum outcome recv_piece_receive(struct job_reply *reply, struct job *job);

#endif
