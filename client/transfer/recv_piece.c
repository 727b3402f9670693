/*
 * A piece is held against what was asked as a file is, and against the version
 * that the file was announced as. If the file has moved on from that, its
 * pieces are asked for by its id alone, and split_go_on has all of them proved
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
#include "client/store/tally.h"
#include "common/protocol.h"

/* No more pieces of the file are of use, because of the reply's failure. */
static enum reply_outcome
end_file(const struct reply *reply, const struct job *job)
{
	split_give_up(job->split, &reply->failure);
	return REPLY_DONE;
}

/* What an outcome for the job means for the file. */
static enum reply_outcome
pass_on(const struct reply *reply, const struct job *job,
    enum reply_outcome outcome)
{
	if (outcome == REPLY_FAILED)
		return end_file(reply, job);
	if (outcome == REPLY_FAILED_RECONNECT)
		(void)end_file(reply, job);
	return outcome;
}

static enum reply_outcome
changed(struct reply *reply, const struct job *job)
{
	failure_set(&reply->failure, EXITS_CHANGED,
	    "it changed while it was fetched");
	return end_file(reply, job);
}

/*
 * The server refuses what was asked of a piece. The version that was asked for
 * may be gone because the file has grown: then it is asked for by the file's
 * id alone, a few times if the server says CHANGED to that too (reply.c).
 */
static enum reply_outcome
receive_refusal(struct reply *reply, struct job *job,
    enum reply_outcome outcome)
{
	if (outcome != REPLY_FAILED || reply->answer.status != PROTOCOL_CHANGED)
		return pass_on(reply, job, outcome);
	if (job->by_id &&
	    (job->stage != JOB_PIECE_PROOF ||
		++job->refusals >= REPLY_REFUSALS))
		return end_file(reply, job);
	job->split->by_id = true;
	return REPLY_NEXT;
}

/* Fetches a piece again, since its bytes here are not, or no longer, the
 * file's. A try counts for the piece, and for the file when it is the first of
 * all that are proved. */
static enum reply_outcome
fetch_again(struct reply *reply, struct job *job)
{
	struct split *split = job->split;
	unsigned most = (unsigned)reply->options->retry;

	if (split->is_proving && !split->is_dirty &&
	    split->whole->tries++ >= most)
		return changed(reply, job);
	split->is_dirty = true;
	if (job->tries++ >= most)
		return changed(reply, job);
	report_detail(reply->report,
	    "%s: piece %zu changed while it was fetched; again", job->name,
	    job->piece + 1);
	split_unmark(split, job->piece);
	job->is_mismatch = false;
	job->here = 0;
	job->stage = JOB_PIECE;
	return REPLY_NEXT;
}

/* The digest of what is here of a piece: 0, or -1 with errno. */
static int
digest_piece(const struct job *job, uint8_t digest[DIGEST_LENGTH])
{
	struct split *split = job->split;
	struct tally tally;

	tally_reset(&tally, false);
	if (tally_read(&tally, split->fd, split_offset(job->piece),
		split_length(split, job->piece)) != 0)
		return -1;
	tally_whole(&tally, digest);
	return 0;
}

/* The piece is here, and is what it should be. */
static enum reply_outcome
keep_piece(struct reply *reply, const struct job *job)
{
	link_delivered(reply->link);
	if (split_mark(job->split, job->piece) == 0)
		return REPLY_DONE;
	room_fail(job->split->folder, -1, "cannot write here", false,
	    &reply->failure);
	return end_file(reply, job);
}

/* The server has told this of the file: its state may have moved on. REPLY_OK,
 * or what is to be returned where it was to stand still (--settle). */
static enum reply_outcome
note_state(struct reply *reply, const struct job *job,
    const struct protocol_attributes *attributes)
{
	struct split *split = job->split;

	if (!protocol_token_equal(attributes->token, split->attributes.token))
		split->by_id = true;
	return settle_holds(reply->options, split->whole, attributes) ?
	    REPLY_OK :
	    changed(reply, job);
}

static enum reply_outcome
mismatch(struct reply *reply, const struct job *job)
{
	failure_set(&reply->failure, EXITS_MISMATCH,
	    "what arrived is not what was sent (digest mismatch)");
	return end_file(reply, job);
}

static enum reply_outcome
receive_proof(struct reply *reply, struct job *job)
{
	uint8_t digest[PROTOCOL_DIGEST], own[DIGEST_LENGTH];
	struct protocol_attributes attributes;
	enum reply_outcome outcome;
	int result;

	outcome = reply_begin(reply, job);
	if (outcome != REPLY_OK)
		return receive_refusal(reply, job, outcome);
	if (answer_read_digest(&reply->answer, &attributes, digest) != 0)
		return reply_end(reply);
	outcome = note_state(reply, job, &attributes);
	if (outcome != REPLY_OK)
		return outcome;
	if (job->is_mismatch && !job->split->by_id)
		return mismatch(reply, job);
	jobs_unlock(reply->jobs);
	result = digest_piece(job, own);
	jobs_lock(reply->jobs);
	if (interrupt_pending())
		return reply_interrupted(reply);
	if (result == 0 && memcmp(own, digest, sizeof(own)) == 0)
		return keep_piece(reply, job);
	if (job->is_mismatch || job->split->is_proving)
		return fetch_again(reply, job);
	report_detail(reply->report,
	    "%s: piece %zu that is here is not of it; again", job->name,
	    job->piece + 1);
	split_unmark(job->split, job->piece);
	job->stage = JOB_PIECE;
	return REPLY_NEXT;
}

/* All of its bytes have come, and have yet to be proved. */
static enum reply_outcome
prove_next(struct job *job)
{
	job->here = 0;
	job->refusals = 0;
	job->stage = JOB_PIECE_PROOF;
	return REPLY_NEXT;
}

/* The connection has broken: it goes on with what has not come yet. */
static void
keep_beginning(struct job *job, uint64_t received)
{
	job->here += received;
	if (job->here == split_length(job->split, job->piece))
		(void)prove_next(job);
}

/* What stands behind the bytes decides what they are worth. */
static enum reply_outcome
receive_trailer(struct reply *reply, struct job *job)
{
	struct protocol_trailer trailer;

	if (answer_read_trailer(&reply->answer, &trailer) != 0)
		return reply_end(reply);
	if (trailer.status == PROTOCOL_CHANGED)
		job->split->by_id = true;
	if (reply->options->verify &&
	    !output_matches(job->output, trailer.digest)) {
		if (job->split->by_id)
			return fetch_again(reply, job);
		/* It may have been written to on its way here. */
		job->is_mismatch = true;
		return prove_next(job);
	}
	if (job->here == 0)
		return keep_piece(reply, job);
	/* What came before a break has no digest yet. */
	link_delivered(reply->link);
	return prove_next(job);
}

/* Whether this is the version that was asked for. */
static bool
is_wanted_version(const struct job *job,
    const struct protocol_attributes *attributes)
{
	const struct protocol_attributes *wanted = &job->split->attributes;

	if (job->by_id)
		return attributes->token.id == wanted->token.id;
	return protocol_token_equal(attributes->token, wanted->token) &&
	    attributes->size == wanted->size;
}

/* There is not enough of the file any more, by_id: passes over what there is.
 */
static enum reply_outcome
shrunk(struct reply *reply, const struct job *job)
{
	failure_set(&reply->failure, EXITS_CHANGED,
	    "it became shorter while it was fetched");
	return pass_on(reply, job,
	    reply_skip(reply, reply->answer.length - PROTOCOL_ATTRIBUTES));
}

static enum reply_outcome
receive_piece(struct reply *reply, struct job *job)
{
	uint64_t n = split_length(job->split, job->piece) - job->here;
	struct protocol_attributes attributes;
	enum reply_outcome outcome;

	outcome = reply_begin(reply, job);
	if (outcome != REPLY_OK)
		return receive_refusal(reply, job, outcome);
	if (answer_read_attributes(&reply->answer, &attributes) != 0)
		return reply_end(reply);
	if (!is_wanted_version(job, &attributes))
		return reply_violation(reply,
		    "another version than the one asked for");
	if (attributes.size < job->split->attributes.size)
		return shrunk(reply, job);
	if (reply->answer.length != PROTOCOL_ATTRIBUTES + n + PROTOCOL_TRAILER)
		return reply_violation(reply,
		    "a length that does not fit the piece");
	job->output = output_new_piece(reply->options, job->split->folder,
	    job->split->part, job->split->fd,
	    split_offset(job->piece) + job->here);
	if (job->output == NULL) {
		failure_set(&reply->failure, EXITS_LOCAL, "cannot write: %s",
		    strerror(errno));
		return pass_on(reply, job,
		    reply_skip(reply, n + PROTOCOL_TRAILER));
	}
	progress_take_up(reply->progress, jobs_files_left(reply->jobs),
	    job->split->whole->name, job->split->attributes.size,
	    split_here(job->split));
	outcome = body_receive_bytes(reply, job, n);
	if (outcome == REPLY_OK)
		outcome = receive_trailer(reply, job);
	if (outcome == REPLY_LOST)
		keep_beginning(job, job->received);
	job->split->whole->received += job->received;
	job->received = 0;
	output_free(job->output);
	job->output = NULL;
	return pass_on(reply, job, outcome);
}

/* Without a digest, the last word on what was not copied before it was sent. */
static enum reply_outcome
receive_look(struct reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum reply_outcome outcome;

	outcome = reply_receive_state(reply, job, &attributes);
	if (outcome == REPLY_FAILED)
		return changed(reply, job);
	if (outcome != REPLY_OK)
		return pass_on(reply, job, outcome);
	outcome = note_state(reply, job, &attributes);
	return outcome == REPLY_OK ? REPLY_DONE : outcome;
}

enum reply_outcome
piece_receive(struct reply *reply, struct job *job)
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
