#ifndef CLIENT_TRANSFER_RECV_FILE_H
#define CLIENT_TRANSFER_RECV_FILE_H

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"

/* Receives the reply to a job's FETCH, a file or the rest of one: the
 * counterpart of server/send_file.h. */
enum outcome recv_file_receive(struct job_reply *reply, struct job *job);

/* The n bytes of it that follow, into the job's output: OUTCOME_OK, or what is
 * to be returned instead. The jobs' lock is given up meanwhile, unless they
 * are few and here already. */
enum outcome recv_file_bytes(struct job_reply *reply, struct job *job,
    uint64_t n);

/* All bytes are here and proved: checks the sums that are required, gives the
 * file its name and reports it. */
enum outcome recv_file_finish(struct job_reply *reply, struct job *job);

/* Fails a job whose bytes are wrong, with the reason in what, and keeps nothing
 * of it. */
enum outcome recv_file_mismatch(struct job_reply *reply, struct job *job,
    const char *what);

#endif
