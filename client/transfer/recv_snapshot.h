#ifndef CLIENT_TRANSFER_RECV_SNAPSHOT_H
#define CLIENT_TRANSFER_RECV_SNAPSHOT_H

/*
 * Proof that the bytes of a file, all of which have come, are what the file
 * consisted of at one moment. The server's word that the file stayed as it
 * was (the trailer, with a digest that agrees) is such a proof. Where it is
 * missing, the server is asked once more, over the same connection:
 *
 *   no digest was sent        STAT: the same version is a proof;
 *   another version, or one   DIGEST by the file's id alone: the same bytes,
 *   that moved on meanwhile   read a second time, after all of them were read
 *                             a first time, stood there together in between.
 *
 * So a file that grows, or gets or loses a name, is fetched at the first try,
 * with the size and the time that were announced; one that is rewritten has
 * changed. Under the jobs' lock.
 */

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"

/* Why the bytes are in doubt. */
enum recv_snapshot_doubt {
	RECV_SNAPSHOT_UNVERIFIED, /* sent without a digest, and not copied first
				   */
	RECV_SNAPSHOT_MOVED,	/* the file's state moved on while they came */
	RECV_SNAPSHOT_MISMATCH, /* their digest is not the one sent with them */
};

/* All bytes of the job's file are here: asks for the proof. OUTCOME_ASK. */
enum outcome recv_snapshot_ask(struct job *job, enum recv_snapshot_doubt doubt);

/*
 * Receive the replies to JOB_LOOK_AGAIN and JOB_SNAPSHOT. The file is finished
 * (recv_file_finish), asked about once more, or, if it was rewritten, begun
 * anew (job_reply_changed). A digest that disagrees though the version is the
 * same is EXIT_MISMATCH.
 */
enum outcome recv_snapshot_receive_state(struct job_reply *reply,
    struct job *job);
enum outcome recv_snapshot_receive_digest(struct job_reply *reply,
    struct job *job);

#endif
