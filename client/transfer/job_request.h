#ifndef CLIENT_TRANSFER_JOB_REQUEST_H
#define CLIENT_TRANSFER_JOB_REQUEST_H

/* Decides what a job asks the server, and writes the request. The queue's lock
 * is held. */

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"
#include "client/ui/failure.h"
#include "client/wire/request_writer.h"
#include "common/stream.h"

enum {
	/* Bytes of one DIGEST: the server computes the next ones while this one
	 * is compared here. */
	JOB_REQUEST_PROOF = 64 * 1024 * 1024,
	/* DIGESTs of a whole-range proof that are under way at most. */
	JOB_REQUEST_AHEAD = 4,
	/* Most bytes of a job's requests. */
	JOB_REQUEST_MAX = JOB_REQUEST_AHEAD * REQUEST_WRITER_MAX,
};

/* Prepares a job for its request: chooses the stage of a file in JOB_START by
 * its local bytes. Returns 0, or -1 with the failure set. */
int job_request_prepare(struct job_queue *queue, struct job *job,
    struct failure *failure);

/* Returns whether a file, whose size is known, is to be fetched in pieces. */
bool job_request_suits_pieces(const struct job_target *target,
    const struct job *job);

/* Returns the token that a file's part is proved by (JOB_PROVE), or continued
 * by (JOB_CONTINUE). */
struct protocol_token job_request_part_token(const struct job *job);

/* Returns the token that a piece, or all of them at once, are asked for by. */
struct protocol_token job_request_piece_token(const struct job *job);

/* Returns the token of the DIGESTs of a whole-range proof. */
struct protocol_token job_request_whole_token(const struct job *job);

/* Returns the bytes that such a DIGEST covers if it begins at offset. */
uint64_t job_request_whole_count(const struct job *job, uint64_t offset);

/* Returns the end, in bytes, of the DIGESTs that are sent together from
 * job->proof.at on: at most JOB_REQUEST_AHEAD of them. */
uint64_t job_request_whole_end(const struct job *job);

/* Puts what a job asks into the stream, which has room for JOB_REQUEST_MAX
 * bytes. Returns 0, or -1 with errno. */
int job_request_put(const struct transfer_settings *settings,
    const struct job *job, struct stream *stream);

#endif
