#ifndef CLIENT_TRANSFER_RECV_FILE_H
#define CLIENT_TRANSFER_RECV_FILE_H

#include "client/transfer/job_reply.h"

/* Receives the reply to a job's FETCH, a file or the rest of one (the
 * counterpart of server/send_file.h). Returns OK when the file has its name;
 * UNPROVED or MOVED when all bytes are here and the last question is still to
 * be asked (transfer/recv_snapshot.h); or why not. */
enum outcome recv_file_receive(struct job_reply *reply, struct job *job);

/* Moves n bytes of a body into an output, and counts them in tally, that of the
 * file. Returns OK, or why not. The queue's lock is released meanwhile, unless
 * the bytes are few and here already. */
enum outcome recv_file_bytes(struct job_reply *reply, struct job *job,
    struct output *output, struct tally_file *tally, uint64_t n);

/* Checks the sums that are required of a file whose bytes are here and proved,
 * publishes the file and reports it. Returns OK, or why not. */
enum outcome recv_file_finish(struct job_reply *reply, struct job *job);

/* Discards a file whose bytes are wrong; what is the failure's text. Returns
 * FAILED. */
enum outcome recv_file_mismatch(struct job_reply *reply, struct job *job,
    const char *what);

#endif
