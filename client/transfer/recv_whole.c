/* One job's requests are answered in a row; if one of the replies ends the
 * proof, those behind it would cost the server much and are worth nothing, so
 * the connection is closed. */

#include <errno.h>
#include <string.h>

#include "client/store/file_digests.h"
#include "client/store/output.h"
#include "client/transfer/job_request.h"
#include "client/transfer/pieces.h"
#include "client/transfer/recv_file.h"
#include "client/transfer/recv_whole.h"
#include "client/ui/interrupt.h"

/* Digests count bytes here. Returns 0, or -1 with errno. */
static int
digest_here(const struct job *job, uint64_t count,
    uint8_t digest[DIGEST_LENGTH])
{
	struct file_digests digests;
	int fd;

	if (job->kind == JOB_KIND_FILE && job->final == NULL)
		return file_writer_digest(output_writer(job->file.output),
		    digest);
	fd = job->kind == JOB_KIND_PIECE ? job->piece.pieces->fd :
					   output_writer(job->file.output)->fd;
	file_digests_reset(&digests, false);
	if (file_digests_read(&digests, fd, job->proof.at, count) != 0)
		return -1;
	file_digests_whole(&digests, digest);
	return 0;
}

static struct origin *
origin_of(struct job *job)
{
	return job->kind == JOB_KIND_PIECE ? &job->piece.pieces->origin :
					     &job->file.origin;
}

/* Ends the proof because the file is not what it was. */
static enum outcome
end_changed(struct job_reply *reply, struct job *job)
{
	if (job->kind == JOB_KIND_FILE)
		return job_reply_changed(reply, job);
	failure_set(&reply->failure, EXIT_CHANGED,
	    "it changed while it was fetched");
	return OUTCOME_FAILED;
}

/* The bytes here are not those of the server. */
static enum outcome
end_different(struct job_reply *reply, struct job *job,
    struct protocol_token token)
{
	struct origin *origin = origin_of(job);

	origin_add(origin, &reply->connection->address, token);
	if (job->is_mismatch && origin_is_one(origin))
		return recv_file_mismatch(reply, job,
		    "what arrived is not what was sent (digest mismatch)");
	if (!origin_has_several(origin))
		return end_changed(reply, job);
	if (job->kind == JOB_KIND_PIECE)
		job->piece.pieces->disagrees = true;
	return job_reply_disagreement(reply, job);
}

/* The file was touched between two replies: the proof begins anew. */
static enum outcome
begin_anew(struct job_reply *reply, struct job *job)
{
	if ((int)job->tries >= reply->settings->connection.retry)
		return end_changed(reply, job);
	job->tries++;
	return OUTCOME_AGAIN;
}

/* Receives one reply. Returns OK with job->proof advanced, or why not. */
static enum outcome
receive_digest(struct job_reply *reply, struct job *job)
{
	uint64_t count = job_request_whole_count(job, job->proof.at);
	uint8_t digest[PROTOCOL_DIGEST_SIZE], own[DIGEST_LENGTH];
	struct protocol_attributes attributes;
	enum outcome outcome;
	int result;

	outcome = job_reply_begin(reply, job);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (reply_reader_read_digest(&reply->reader, &attributes, digest) != 0)
		return job_reply_end(reply);
	if (!protocol_token_matches(job_request_whole_token(job), &attributes))
		return job_reply_violation(reply,
		    "another version than the one asked for");
	if (job->proof.at == 0)
		job->proof.token = attributes.token;
	if (!protocol_token_equal(job->proof.token, attributes.token))
		return begin_anew(reply, job);
	job_queue_unlock(reply->queue);
	result = digest_here(job, count, own);
	job_queue_lock(reply->queue);
	if (result != 0 && interrupt_pending())
		return job_reply_interrupted(reply);
	if (result != 0) {
		failure_set(&reply->failure, EXIT_LOCAL,
		    "cannot be read again: %s", strerror(errno));
		return OUTCOME_FAILED;
	}
	if (memcmp(own, digest, sizeof(own)) != 0)
		return end_different(reply, job, attributes.token);
	job->proof.at += count;
	return OUTCOME_OK;
}

enum outcome
recv_whole_receive(struct job_reply *reply, struct job *job)
{
	uint64_t size = job->kind == JOB_KIND_PIECE ?
	    job->piece.pieces->attributes.size :
	    output_size(job->file.output);
	uint64_t end = job_request_whole_end(job);
	enum outcome outcome;
	bool is_last;

	do {
		is_last = job->proof.at +
			job_request_whole_count(job, job->proof.at) ==
		    end;
		outcome = receive_digest(reply, job);
	} while (outcome == OUTCOME_OK && !is_last);
	if (outcome != OUTCOME_OK) {
		if (!is_last)
			connection_close(reply->connection);
		return outcome;
	}
	if (job->proof.at < size)
		return OUTCOME_MORE;
	report_detail(reply->report,
	    "%s: the bytes came from more than one server or state; a digest "
	    "of all of them agrees",
	    job->name);
	if (job->kind == JOB_KIND_FILE)
		return recv_file_finish(reply, job);
	job->piece.pieces->is_proved = true;
	return OUTCOME_OK;
}
