/*
 * A piece is held against what was asked as a file is, and against the version
 * that the file was announced as. If the file has moved on from that, its
 * pieces are asked for by its id alone, and pieces_go_on has all of them proved
 * together at the end.
 */

#include <errno.h>
#include <string.h>

#include "client/transfer/recv_file.h"
#include "client/ui/interrupt.h"
#include "client/store/output.h"
#include "client/transfer/recv_piece.h"
#include "client/store/write_failure.h"
#include "client/transfer/settle.h"
#include "client/store/file_digests.h"
#include "common/protocol.h"

/* No more pieces of the file are of use, because of the reply's failure. */
static enum outcome
end_file(const struct job_reply *reply, const struct job *job)
{
	pieces_give_up(job->pieces, &reply->failure);
	return OUTCOME_DONE;
}

/* What an outcome for the job means for the file. */
static enum outcome
pass_on(const struct job_reply *reply, const struct job *job,
    enum outcome outcome)
{
	if (outcome == OUTCOME_FAILED)
		return end_file(reply, job);
	if (outcome == OUTCOME_FAILED_RECONNECT)
		(void)end_file(reply, job);
	return outcome;
}

static enum outcome
changed(struct job_reply *reply, const struct job *job)
{
	failure_set(&reply->failure, EXIT_CHANGED,
	    "it changed while it was fetched");
	return end_file(reply, job);
}

/*
 * The server refuses what was asked of a piece. The version that was asked for
 * may be gone because the file has grown: then it is asked for by the file's
 * id alone, a few times if the server says CHANGED to that too
 * (transfer/job_reply.c).
 */
static enum outcome
receive_refusal(struct job_reply *reply, struct job *job, enum outcome outcome)
{
	if (outcome != OUTCOME_FAILED ||
	    reply->reader.status != PROTOCOL_CHANGED)
		return pass_on(reply, job, outcome);
	if (job->by_id &&
	    (job->stage != JOB_PIECE_PROOF ||
		++job->refusals >= REPLY_REFUSALS))
		return end_file(reply, job);
	job->pieces->by_id = true;
	return OUTCOME_NEXT;
}

/* Fetches a piece again, since its bytes here are not, or no longer, the
 * file's. A try counts for the piece, and for the file when it is the first of
 * all that are proved. */
static enum outcome
fetch_again(struct job_reply *reply, struct job *job)
{
	struct pieces *pieces = job->pieces;
	unsigned most = (unsigned)reply->settings->connection.retry;

	if (pieces->is_proving && !pieces->is_dirty &&
	    pieces->whole->tries++ >= most)
		return changed(reply, job);
	pieces->is_dirty = true;
	if (job->tries++ >= most)
		return changed(reply, job);
	report_detail(reply->report,
	    "%s: piece %zu changed while it was fetched; again", job->name,
	    job->piece + 1);
	pieces_unmark(pieces, job->piece);
	job->is_mismatch = false;
	job->here = 0;
	job->stage = JOB_PIECE;
	return OUTCOME_NEXT;
}

/* The digest of what is here of a piece: 0, or -1 with errno. */
static int
digest_piece(const struct job *job, uint8_t digest[DIGEST_LENGTH])
{
	struct pieces *pieces = job->pieces;
	struct file_digests digests;

	file_digests_reset(&digests, false);
	if (file_digests_read(&digests, pieces->fd, pieces_offset(job->piece),
		pieces_length(pieces, job->piece)) != 0)
		return -1;
	file_digests_whole(&digests, digest);
	return 0;
}

/* The piece is here, and is what it should be. */
static enum outcome
keep_piece(struct job_reply *reply, const struct job *job)
{
	connection_delivered(reply->connection);
	if (pieces_mark(job->pieces, job->piece) == 0)
		return OUTCOME_DONE;
	write_failure_set(job->pieces->folder, -1, false, &reply->failure);
	return end_file(reply, job);
}

/* The server has told this of the file: its state may have moved on.
 * OUTCOME_OK, or what is to be returned where it was to stand still (--settle).
 */
static enum outcome
note_state(struct job_reply *reply, const struct job *job,
    const struct protocol_attributes *attributes)
{
	struct pieces *pieces = job->pieces;

	if (!protocol_token_equal(attributes->token, pieces->attributes.token))
		pieces->by_id = true;
	return settle_holds(reply->settings, pieces->whole, attributes) ?
	    OUTCOME_OK :
	    changed(reply, job);
}

static enum outcome
mismatch(struct job_reply *reply, const struct job *job)
{
	failure_set(&reply->failure, EXIT_MISMATCH,
	    "what arrived is not what was sent (digest mismatch)");
	return end_file(reply, job);
}

static enum outcome
receive_proof(struct job_reply *reply, struct job *job)
{
	uint8_t digest[PROTOCOL_DIGEST_SIZE], own[DIGEST_LENGTH];
	struct protocol_attributes attributes;
	enum outcome outcome;
	int result;

	outcome = job_reply_begin(reply, job);
	if (outcome != OUTCOME_OK)
		return receive_refusal(reply, job, outcome);
	if (reply_reader_read_digest(&reply->reader, &attributes, digest) != 0)
		return job_reply_end(reply);
	outcome = note_state(reply, job, &attributes);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (job->is_mismatch && !job->pieces->by_id)
		return mismatch(reply, job);
	jobs_unlock(reply->jobs);
	result = digest_piece(job, own);
	jobs_lock(reply->jobs);
	if (interrupt_pending())
		return job_reply_interrupted(reply);
	if (result == 0 && memcmp(own, digest, sizeof(own)) == 0)
		return keep_piece(reply, job);
	if (job->is_mismatch || job->pieces->is_proving)
		return fetch_again(reply, job);
	report_detail(reply->report,
	    "%s: piece %zu that is here is not of it; again", job->name,
	    job->piece + 1);
	pieces_unmark(job->pieces, job->piece);
	job->stage = JOB_PIECE;
	return OUTCOME_NEXT;
}

/* All of its bytes have come, and have yet to be proved. */
static enum outcome
prove_next(struct job *job)
{
	job->here = 0;
	job->refusals = 0;
	job->stage = JOB_PIECE_PROOF;
	return OUTCOME_NEXT;
}

/* The connection has broken: it goes on with what has not come yet. */
static void
keep_beginning(struct job *job, uint64_t received)
{
	job->here += received;
	if (job->here == pieces_length(job->pieces, job->piece))
		(void)prove_next(job);
}

/* What stands behind the bytes decides what they are worth. */
static enum outcome
receive_trailer(struct job_reply *reply, struct job *job)
{
	struct protocol_trailer trailer;

	if (reply_reader_read_trailer(&reply->reader, &trailer) != 0)
		return job_reply_end(reply);
	if (trailer.status == PROTOCOL_CHANGED)
		job->pieces->by_id = true;
	if (reply->settings->store.verify &&
	    !file_writer_matches(output_writer(job->output), trailer.digest)) {
		if (job->pieces->by_id)
			return fetch_again(reply, job);
		/* It may have been written to on its way here. */
		job->is_mismatch = true;
		return prove_next(job);
	}
	if (job->here == 0)
		return keep_piece(reply, job);
	/* What came before a break has no digest yet. */
	connection_delivered(reply->connection);
	return prove_next(job);
}

/* Whether this is the version that was asked for. */
static bool
is_wanted_version(const struct job *job,
    const struct protocol_attributes *attributes)
{
	const struct protocol_attributes *wanted = &job->pieces->attributes;

	if (job->by_id)
		return attributes->token.id == wanted->token.id;
	return protocol_token_equal(attributes->token, wanted->token) &&
	    attributes->size == wanted->size;
}

/* There is not enough of the file any more, by_id: passes over what there is.
 */
static enum outcome
shrunk(struct job_reply *reply, const struct job *job)
{
	failure_set(&reply->failure, EXIT_CHANGED,
	    "it became shorter while it was fetched");
	return pass_on(reply, job,
	    job_reply_skip(reply,
		reply->reader.length - PROTOCOL_ATTRIBUTES_SIZE));
}

static enum outcome
receive_piece(struct job_reply *reply, struct job *job)
{
	uint64_t n = pieces_length(job->pieces, job->piece) - job->here;
	struct protocol_attributes attributes;
	enum outcome outcome;

	outcome = job_reply_begin(reply, job);
	if (outcome != OUTCOME_OK)
		return receive_refusal(reply, job, outcome);
	if (reply_reader_read_attributes(&reply->reader, &attributes) != 0)
		return job_reply_end(reply);
	if (!is_wanted_version(job, &attributes))
		return job_reply_violation(reply,
		    "another version than the one asked for");
	if (attributes.size < job->pieces->attributes.size)
		return shrunk(reply, job);
	if (reply->reader.length !=
	    PROTOCOL_ATTRIBUTES_SIZE + n + PROTOCOL_TRAILER_SIZE)
		return job_reply_violation(reply,
		    "a length that does not fit the piece");
	job->output = output_new_piece(&reply->settings->store,
	    job->pieces->folder, job->pieces->part, job->pieces->fd,
	    pieces_offset(job->piece) + job->here);
	if (job->output == NULL) {
		failure_set(&reply->failure, EXIT_LOCAL, "cannot write: %s",
		    strerror(errno));
		return pass_on(reply, job,
		    job_reply_skip(reply, n + PROTOCOL_TRAILER_SIZE));
	}
	progress_take_up(reply->progress, jobs_files_left(reply->jobs),
	    job->pieces->whole->name, job->pieces->attributes.size,
	    pieces_here(job->pieces));
	outcome = recv_file_bytes(reply, job, n);
	if (outcome == OUTCOME_OK)
		outcome = receive_trailer(reply, job);
	if (outcome == OUTCOME_LOST)
		keep_beginning(job, job->received);
	job->pieces->whole->received += job->received;
	job->received = 0;
	output_free(job->output);
	job->output = NULL;
	return pass_on(reply, job, outcome);
}

/* Without a digest, the last word on what was not copied before it was sent. */
static enum outcome
receive_look(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum outcome outcome;

	outcome = job_reply_receive_state(reply, job, &attributes);
	if (outcome == OUTCOME_FAILED)
		return changed(reply, job);
	if (outcome != OUTCOME_OK)
		return pass_on(reply, job, outcome);
	outcome = note_state(reply, job, &attributes);
	return outcome == OUTCOME_OK ? OUTCOME_DONE : outcome;
}

enum outcome
recv_piece_receive(struct job_reply *reply, struct job *job)
{
	switch (job->stage) {
	case JOB_PIECE_PROOF:
		return receive_proof(reply, job);
	case JOB_PIECE_LOOK:
		return receive_look(reply, job);
	default:
		return receive_piece(reply, job);
	}
}
