/* A reply must fit the request and the version that the file was announced
 * with. Once the file has another version, its pieces are asked for by its id
 * alone, and pieces_go_on has all of them proved together at the end. */

#include <errno.h>
#include <string.h>

#include "client/store/file_digests.h"
#include "client/store/output.h"
#include "client/store/write_failure.h"
#include "client/transfer/job_request.h"
#include "client/transfer/recv_file.h"
#include "client/transfer/recv_piece.h"
#include "client/transfer/recv_reuse.h"
#include "client/transfer/settle.h"
#include "client/ui/interrupt.h"
#include "common/protocol.h"

static enum outcome
fail_changed(struct job_reply *reply)
{
	failure_set(&reply->failure, EXIT_CHANGED,
	    "it changed while it was fetched");
	return OUTCOME_FAILED;
}

/* Judges a refusal. The server may be too old to know content versions: the
 * piece is then asked for by the token that its STAT told. Or the version may
 * be gone because the file has grown: the piece is then asked for by the file's
 * id alone, and a few times more if the server replies CHANGED to that. */
static enum outcome
receive_refusal(struct job_reply *reply, struct job *job, enum outcome outcome)
{
	struct pieces *pieces = job->piece.pieces;

	if (outcome != OUTCOME_FAILED ||
	    reply->reader.status != PROTOCOL_CHANGED)
		return outcome;
	if (job->form == JOB_FORM_ANY &&
	    (job->stage == JOB_PIECE || ++job->refusals >= JOB_REPLY_REFUSALS))
		return OUTCOME_FAILED;
	/* Another piece may have been refused before. */
	if (pieces->form == job->form && job->form != JOB_FORM_ANY)
		pieces->form++;
	return OUTCOME_AGAIN;
}

/* All of a piece will be received again. */
static void
drop_piece(const struct job_reply *reply, const struct job *job)
{
	struct pieces *pieces = job->piece.pieces;

	pieces_unmark(pieces, job->piece.number);
	tally_take_back(&reply->progress->tally, &pieces->whole->file.tally,
	    pieces_length(pieces, job->piece.number));
}

/* The bytes of a piece are not, or no longer, the file's: it is fetched again.
 * A try counts for the piece, and for the file when the piece is the first of
 * all that are proved. */
static enum outcome
fetch_again(struct job_reply *reply, struct job *job)
{
	struct pieces *pieces = job->piece.pieces;
	unsigned most = (unsigned)reply->settings->connection.retry;

	if (pieces->is_proving && !pieces->is_dirty &&
	    pieces->whole->tries++ >= most)
		return fail_changed(reply);
	pieces->is_dirty = true;
	if (job->tries++ >= most)
		return fail_changed(reply);
	report_detail(reply->report,
	    "%s: piece %zu changed while it was fetched; again", job->name,
	    job->piece.number + 1);
	drop_piece(reply, job);
	return OUTCOME_DIFFERENT;
}

/* Digests the local bytes of a piece. Returns 0, or -1 with errno. */
static int
digest_piece(const struct job *job, uint8_t digest[DIGEST_LENGTH])
{
	struct pieces *pieces = job->piece.pieces;
	struct file_digests digests;

	file_digests_reset(&digests, false);
	if (file_digests_read(&digests, pieces->fd,
		pieces_offset(pieces, job->piece.number),
		pieces_length(pieces, job->piece.number)) != 0)
		return -1;
	file_digests_whole(&digests, digest);
	return 0;
}

static enum outcome
keep_piece(struct job_reply *reply, const struct job *job)
{
	struct pieces *pieces = job->piece.pieces;

	connection_delivered(reply->connection);
	origin_join(&pieces->origin, &job->piece.origin);
	if (pieces_mark(pieces, job->piece.number) == 0)
		return OUTCOME_OK;
	write_failure_set(pieces->folder, -1, false, &reply->failure);
	return OUTCOME_FAILED;
}

/* Adds a reply to the origin of a piece's bytes, and notes if the file's
 * version has moved on. Returns OK, or FAILED if the file was to stand still
 * (--settle). */
static enum outcome
note_state(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	struct pieces *pieces = job->piece.pieces;

	origin_add(&job->piece.origin, &reply->connection->address,
	    attributes->token);
	if (!protocol_token_matches(protocol_content_token(&pieces->attributes),
		attributes))
		pieces->form = JOB_FORM_ANY;
	return settle_holds(reply->settings, pieces->whole, attributes) ?
	    OUTCOME_OK :
	    fail_changed(reply);
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
	if (job->is_mismatch && job->piece.pieces->form != JOB_FORM_ANY &&
	    origin_is_one(&job->piece.origin)) {
		failure_set(&reply->failure, EXIT_MISMATCH,
		    "what arrived is not what was sent (digest mismatch)");
		return OUTCOME_FAILED;
	}
	if (job->stage == JOB_PIECE_REUSE) {
		outcome = recv_reuse_take(reply, job, digest);
		return outcome == OUTCOME_OK ? keep_piece(reply, job) : outcome;
	}
	job_queue_unlock(reply->queue);
	result = digest_piece(job, own);
	job_queue_lock(reply->queue);
	if (interrupt_pending())
		return job_reply_interrupted(reply);
	if (result == 0 && memcmp(own, digest, sizeof(own)) == 0) {
		/* The digest proves the bytes, whichever servers sent them. */
		origin_clear(&job->piece.origin);
		origin_add(&job->piece.origin, &reply->connection->address,
		    attributes.token);
		return keep_piece(reply, job);
	}
	if (job->is_mismatch || job->piece.is_received ||
	    job->piece.pieces->is_proving)
		return fetch_again(reply, job);
	report_detail(reply->report,
	    "%s: piece %zu that is here is not of it; again", job->name,
	    job->piece.number + 1);
	drop_piece(reply, job);
	return OUTCOME_DIFFERENT;
}

/* Receives what stands behind the bytes of a piece, and judges them by it. */
static enum outcome
receive_trailer(struct job_reply *reply, struct job *job, struct output *output)
{
	struct protocol_trailer trailer;
	bool is_changed;

	if (reply_reader_read_trailer(&reply->reader, &trailer) != 0)
		return job_reply_end(reply);
	job->piece.is_received = true;
	is_changed = trailer.status == PROTOCOL_CHANGED;
	if (reply->settings->store.verify &&
	    !file_writer_matches(output_writer(output), trailer.digest)) {
		if (is_changed)
			job->piece.pieces->form = JOB_FORM_ANY;
		if (job->piece.pieces->form == JOB_FORM_ANY)
			return fetch_again(reply, job);
		/* It may have been written to on its way here. */
		job->is_mismatch = true;
		return OUTCOME_UNPROVED;
	}
	if (job->piece.here == 0 &&
	    (!is_changed || job->piece.pieces->form == JOB_FORM_ANY))
		return keep_piece(reply, job);
	/* No digest has covered the bytes that came before the break; or the
	 * file was touched, and the proof shows whether it was more than that.
	 */
	connection_delivered(reply->connection);
	return OUTCOME_UNPROVED;
}

/* Returns whether this is the version that was asked for. */
static bool
is_wanted_version(const struct job *job,
    const struct protocol_attributes *attributes)
{
	const struct protocol_attributes *wanted =
	    &job->piece.pieces->attributes;

	if (job->form == JOB_FORM_ANY)
		return attributes->token.id == wanted->token.id;
	return protocol_token_matches(job_request_piece_token(job),
		   attributes) &&
	    attributes->size == wanted->size;
}

/* Receives the n bytes of a piece that are missing, and their trailer. */
static enum outcome
receive_body(struct job_reply *reply, struct job *job, uint64_t n)
{
	struct pieces *pieces = job->piece.pieces;
	enum outcome outcome;
	struct output *output;

	output = output_new_piece(&reply->settings->store, pieces->folder,
	    pieces->part, pieces->fd,
	    pieces_offset(pieces, job->piece.number) + job->piece.here);
	if (output == NULL) {
		failure_set(&reply->failure, EXIT_LOCAL, "cannot write: %s",
		    strerror(errno));
		return job_reply_skip(reply, n + PROTOCOL_TRAILER_SIZE);
	}
	outcome =
	    recv_file_bytes(reply, job, output, &pieces->whole->file.tally, n);
	if (outcome == OUTCOME_OK)
		outcome = receive_trailer(reply, job, output);
	/* Bytes that have come are kept. */
	if (outcome == OUTCOME_LOST)
		job->piece.here += job->received;
	pieces->whole->received += job->received;
	job->received = 0;
	output_free(output);
	return outcome;
}

static enum outcome
receive_piece(struct job_reply *reply, struct job *job)
{
	struct pieces *pieces = job->piece.pieces;
	uint64_t n = pieces_length(pieces, job->piece.number) - job->piece.here;
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
	if (attributes.size < pieces->attributes.size) {
		failure_set(&reply->failure, EXIT_CHANGED,
		    "it became shorter while it was fetched");
		return job_reply_skip(reply,
		    reply->reader.length - PROTOCOL_ATTRIBUTES_SIZE);
	}
	if (reply->reader.length !=
	    PROTOCOL_ATTRIBUTES_SIZE + n + PROTOCOL_TRAILER_SIZE)
		return job_reply_violation(reply,
		    "a length that does not fit the piece");
	if (job->piece.here == 0)
		origin_clear(&job->piece.origin);
	origin_add(&job->piece.origin, &reply->connection->address,
	    attributes.token);
	return receive_body(reply, job, n);
}

/* Receives the file's state after bytes that had no digest and that the server
 * did not copy before it sent them. */
static enum outcome
receive_look(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum outcome outcome;

	outcome = job_reply_receive_state(reply, job, &attributes);
	if (outcome == OUTCOME_FAILED)
		return fail_changed(reply);
	if (outcome != OUTCOME_OK)
		return outcome;
	outcome = note_state(reply, job, &attributes);
	origin_join(&job->piece.pieces->origin, &job->piece.origin);
	return outcome;
}

enum outcome
recv_piece_receive(struct job_reply *reply, struct job *job)
{
	switch (job->stage) {
	case JOB_PIECE_PROOF:
	case JOB_PIECE_REUSE:
		return receive_proof(reply, job);
	case JOB_PIECE_LOOK:
		return receive_look(reply, job);
	default:
		return receive_piece(reply, job);
	}
}
