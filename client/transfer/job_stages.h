#ifndef CLIENT_TRANSFER_JOB_STAGES_H
#define CLIENT_TRANSFER_JOB_STAGES_H

/*
 * The state machine of jobs; common/ARCHITECTURE.md ("The job state machine")
 * has its picture. A stage is a question to the server; a receiver
 * (transfer/recv_*.c) returns an outcome, which says what the reply has shown;
 * the table in job_stages.c turns stage and outcome into the next stage and the
 * place where the job waits for its turn.
 *
 * Invariants:
 *  1 KIND    A folder is in LIST; a piece in PIECE, PIECE_PROOF,
 *            PIECE_LOOK, PIECE_REUSE or PIECE_WHOLE; a file in any other stage.
 *  2 START   In START nothing is held against the bytes here: form is CONTENT,
 *            is_mismatch is false, refusals is 0.
 *  3 PROOF   CONTINUE, where bytes are appended to a part, follows PROVE alone.
 *  4 DONE    A file gets its name only after a reply that proves all of its
 *            bytes: the outcome OK of FETCH, CONTINUE, LOOK_AGAIN, SNAPSHOT,
 *            WHOLE_PROOF or SPLIT. Bytes of several origins
 *            (transfer/origin.h) need WHOLE_PROOF, or PIECE_WHOLE in pieces.
 *  5 LOSS    A lost connection ends no job.
 *  6 END     A stage comes again only after CHANGED, AGAIN and LOST, which are
 *            counted: tries (--retry), refusals, the connection's tries
 *            (--retry); after ELSEWHERE, once for each server; after
 *            DIFFERENT, which discards the bytes here; after UNKNOWN, which
 *            makes the state known; after NOT_YET and MORE.
 *  7 SESSION LOOK_AGAIN and SNAPSHOT are asked on the connection that brought
 *            the bytes, whose session may keep the file open; all requests of
 *            a WHOLE_PROOF or PIECE_WHOLE on one connection.
 */

#include "client/transfer/job.h"
#include "client/ui/outcome.h"

/* The place of a job between two questions. */
enum job_place {
	JOB_PLACE_FAILED,     /* nowhere: it is reported, then freed */
	JOB_PLACE_DONE,	      /* nowhere: it is freed */
	JOB_PLACE_NEXT,	      /* first in the queue */
	JOB_PLACE_CONNECTION, /* next on the connection that had the reply */
	JOB_PLACE_LAST,	      /* last in the queue */
	JOB_PLACE_WAITING,    /* among those that wait until job->again */
	JOB_PLACE_SPLIT,      /* held by its pieces */
};

/* Sets the next stage of a job whose question had this outcome, and returns its
 * place. OUTCOME_CLOSED and OUTCOME_FATAL concern the connection: the pipeline
 * handles them itself. The queue's lock is held. */
enum job_place job_stages_advance(struct job *job, enum outcome outcome);

#endif
