#ifndef CLIENT_TRANSFER_RECV_PROOF_H
#define CLIENT_TRANSFER_RECV_PROOF_H

/* What is here already, held against what it should be. */

#include <stdint.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"
#include "client/ui/sha256sum.h"

/*
 * Receives the reply to a job's DIGEST of all the bytes that are here:
 * OUTCOME_OK with the file's attributes, and whether the bytes have that
 * digest; or what is to be returned instead. The jobs' lock is given up
 * meanwhile.
 */
enum outcome recv_proof_compare(struct job_reply *reply, struct job *job,
    struct protocol_attributes *attributes, bool *is_same);

/* Receives the reply to a job's DIGEST: what the part that is here must be. */
enum outcome recv_proof_receive_digest(struct job_reply *reply,
    struct job *job);

/* Receives the reply to a job's STAT: whether the file that is here is the
 * same by size and time (-u), and whether it is so large that it is fetched in
 * pieces (-j). */
enum outcome recv_proof_receive_state(struct job_reply *reply, struct job *job);

/* Takes those out of the jobs whose files are here and have the SHA-256 they
 * must have (-c): they need no server. */
void recv_proof_pass_over(struct jobs *jobs, struct report *report);

/* The SHA-256 of the first size bytes of a file: 0, or -1 with errno,
 * ECANCELED after an interrupt, ENODATA if it is shorter. */
int recv_proof_sum(int fd, uint64_t size, uint8_t sum[SHA256SUM_LENGTH]);

#endif
