#ifndef CLIENT_TRANSFER_RECV_SNAPSHOT_H
#define CLIENT_TRANSFER_RECV_SNAPSHOT_H

/*
 * Proves that the bytes of a file, all of which have come, stood in the file
 * together at one moment. A trailer whose digest agrees and whose version is
 * the one announced is such a proof. Without it the server is asked once more,
 * over the same connection:
 *
 *   JOB_LOOK_AGAIN  no digest was sent: STAT; the same version is a proof.
 *   JOB_SNAPSHOT    the version moved on: DIGEST by the file's id alone. Bytes
 *                   that are the same when read a second time, after all were
 *                   read a first time, stood there together in between.
 *
 * So a file that grows, or gets or loses a name, is fetched at the first try,
 * with the size and the time that were announced; one that is rewritten has
 * changed. The queue's lock is held.
 */

#include "client/transfer/job_reply.h"

/* Receive the replies to JOB_LOOK_AGAIN and JOB_SNAPSHOT. Return OK when the
 * file has its name; MOVED if its version is another one now; CHANGED if its
 * bytes are; FAILED with EXIT_MISMATCH if only the digest differs. */
enum outcome recv_snapshot_receive_state(struct job_reply *reply,
    struct job *job);
enum outcome recv_snapshot_receive_digest(struct job_reply *reply,
    struct job *job);

#endif
