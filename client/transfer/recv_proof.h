#ifndef CLIENT_TRANSFER_RECV_PROOF_H
#define CLIENT_TRANSFER_RECV_PROOF_H

/* Compares files and parts that are here with the server's or with their
 * sums. The queue's lock is held. */

#include <stdint.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"
#include "client/ui/sha256sum.h"

/* Receives the reply to a DIGEST, and compares it with the digest of all bytes
 * that are here; releases the lock meanwhile. Returns OK with the file's
 * attributes and *is_same set, or why not. */
enum outcome recv_proof_compare(struct job_reply *reply, struct job *job,
    struct protocol_attributes *attributes, bool *is_same);

/* Receives the reply to JOB_PROVE. Returns OK if the part here is the beginning
 * of the file, DIFFERENT if it is not and was discarded, or why not. */
enum outcome recv_proof_receive_digest(struct job_reply *reply,
    struct job *job);

/* Receives the reply to JOB_STAT. Returns OK if the file is to be fetched; SAME
 * if the file here has its size and time (-u); LARGE if it is fetched in pieces
 * from now on (-j); NOT_YET if it has to stand still first (--settle); or why
 * not. */
enum outcome recv_proof_receive_state(struct job_reply *reply, struct job *job);

/* Removes from a queue, all of whose jobs are files (-c), those whose file is
 * here with the SHA-256 it must have, and reports them. */
void recv_proof_pass_over(struct job_queue *queue, struct report *report);

/* Sets sum to the SHA-256 of the first size bytes of a file. Returns 0, or -1
 * with errno: ECANCELED after an interrupt, ENODATA if the file is shorter. */
int recv_proof_sum(int fd, uint64_t size, uint8_t sum[SHA256SUM_LENGTH]);

#endif
