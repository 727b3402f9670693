/* The outcomes that every kind of reply can have: a refusal of the file or of
 * the part that is here, a file that changes, a lost connection. The stage that
 * follows is chosen by transfer/job_stages.c. */

#include <stdbool.h>
#include <string.h>

#include "client/store/output.h"
#include "client/transfer/elsewhere.h"
#include "client/transfer/job_reply.h"
#include "client/transfer/job_request.h"
#include "client/transfer/waiting.h"
#include "client/wire/request_writer.h"
#include "common/clock.h"
#include "common/protocol.h"

enum {
	/* Most unwanted bytes read; a longer body costs a new connection. */
	JOB_REPLY_SKIP = 1024 * 1024,
};

enum outcome
job_reply_end(const struct job_reply *reply)
{
	return reply->reader.end == OUTCOME_FATAL ? OUTCOME_FATAL :
						    OUTCOME_LOST;
}

enum outcome
job_reply_violation(struct job_reply *reply, const char *what)
{
	failure_set_violation(&reply->failure, what);
	return OUTCOME_FATAL;
}

enum outcome
job_reply_interrupted(struct job_reply *reply)
{
	failure_set(&reply->failure, EXIT_INTERRUPTED, "interrupted");
	return OUTCOME_FATAL;
}

enum outcome
job_reply_skip(struct job_reply *reply, uint64_t n)
{
	struct failure failure = reply->failure;

	if (n > JOB_REPLY_SKIP ||
	    reply_reader_read(&reply->reader, NULL, n) != 0)
		connection_close(reply->connection);
	reply->failure = failure;
	return OUTCOME_FAILED;
}

/* Discards the local bytes of a file; with --settle the wait starts again.
 * Returns -1 if some of them were written to standard output. */
static int
discard_bytes(const struct job_reply *reply, struct job *job)
{
	if (reply->settings->settle > 0)
		job->file.knows_state = false;
	tally_take_back(&reply->progress->tally, &job->file.tally, UINT64_MAX);
	return output_discard(job->file.output);
}

enum outcome
job_reply_changed(struct job_reply *reply, struct job *job)
{
	int most = reply->settings->connection.retry;

	failure_set(&reply->failure, EXIT_CHANGED,
	    "it changed while it was fetched, %u time%s", job->tries + 1,
	    job->tries == 0 ? "" : "s");
	if (discard_bytes(reply, job) != 0) {
		strlcat(reply->failure.text, JOB_REPLY_OUT,
		    sizeof(reply->failure.text));
		return OUTCOME_FAILED;
	}
	if ((int)job->tries >= most)
		return OUTCOME_FAILED;
	job->tries++;
	report_detail(reply->report,
	    "%s: it changed while it was fetched; again (%u of %d)", job->name,
	    job->tries, most);
	return OUTCOME_CHANGED;
}

enum outcome
job_reply_disagreement(struct job_reply *reply, struct job *job)
{
	const struct job *whole =
	    job->kind == JOB_KIND_PIECE ? job->piece.pieces->whole : job;

	failure_set(&reply->failure, EXIT_CHANGED, "%s", JOB_REPLY_DISAGREE);
	shares_blame(&whole->file.shares, reply->settings->connection.servers,
	    &reply->failure);
	if (job->kind == JOB_KIND_FILE && discard_bytes(reply, job) != 0)
		strlcat(reply->failure.text, JOB_REPLY_OUT,
		    sizeof(reply->failure.text));
	return OUTCOME_FAILED;
}

enum outcome
job_reply_different(struct job_reply *reply, struct job *job, const char *why)
{
	if (job->received > 0)
		return job_reply_changed(reply, job);
	report_detail(reply->report, "%s: %s; from the start", job->name, why);
	(void)discard_bytes(reply, job);
	return OUTCOME_DIFFERENT;
}

/* Returns whether to wait for the name to exist (--wait). */
static bool
may_wait(const struct job_reply *reply, const struct job *job)
{
	if (job->is_entry || job->kind == JOB_KIND_PIECE ||
	    (job->kind == JOB_KIND_FOLDER && job->folder.made != NULL))
		return false;
	return job_queue_may_wait(reply->queue);
}

/* The version asked for is gone, but the part may still be the file's beginning
 * (a log that has grown): asks by the file's id alone, a few times, since an
 * older server may refuse while the file is written to. */
static enum outcome
refuse_version(struct job_reply *reply, struct job *job)
{
	if (job->form == JOB_FORM_ANY && ++job->refusals >= JOB_REPLY_REFUSALS)
		return job_reply_different(reply, job, "the file has changed");
	return OUTCOME_AGAIN;
}

/* Judges a refusal of the last question about a file whose bytes are all here.
 * If its id is gone, it may still have the same content version: a file system
 * gave it a new id, or another server replies. Otherwise the next try shows
 * what the name leads to now. */
static enum outcome
refuse_snapshot(struct job_reply *reply, struct job *job,
    enum protocol_status status)
{
	if (job->stage == JOB_SNAPSHOT && status == PROTOCOL_CHANGED)
		return ++job->refusals < JOB_REPLY_REFUSALS ? OUTCOME_AGAIN :
							      OUTCOME_MIXED;
	return job_reply_changed(reply, job);
}

/* Returns the hint for a name that leads to no regular file. */
static const char *
hint_folder(const struct job_reply *reply, const struct job *job)
{
	if (job->tree != NULL)
		return "; it was a file when its folder was listed";
	if (reply->settings->is_prompt)
		return "; if it is a folder, ls NAME lists it";
	return "; if it is a folder, -r fetches it";
}

/* Receives a refusal and returns what follows from it in the job's stage. */
static enum outcome
receive_refusal(struct job_reply *reply, struct job *job)
{
	enum protocol_status status = reply->reader.status;
	bool is_changed = status == PROTOCOL_CHANGED;
	bool is_other = is_changed || status == PROTOCOL_BAD_RANGE;

	if (reply_reader_read_refusal(&reply->reader) != 0)
		return job_reply_end(reply);
	if (status == PROTOCOL_BUSY)
		return OUTCOME_LOST;
	if (elsewhere_is_possible(reply->queue, job,
		reply->connection->server)) {
		elsewhere_pass_by(reply->queue, job, reply->connection->server,
		    reply->report, is_changed ? NULL : reply->failure.text);
		return OUTCOME_ELSEWHERE;
	}
	/* They refuse the part that is here; the file may be fetched. */
	if ((job->stage == JOB_PROVE || job->stage == JOB_CONTINUE) && is_other)
		return is_changed ?
		    refuse_version(reply, job) :
		    job_reply_different(reply, job, "the file has changed");
	if (job->stage == JOB_LOOK_AGAIN || job->stage == JOB_SNAPSHOT)
		return refuse_snapshot(reply, job, status);
	if ((job->stage == JOB_FETCH && is_changed) ||
	    (job->stage == JOB_WHOLE_PROOF && is_other))
		return job_reply_changed(reply, job);
	if (job->kind == JOB_KIND_PIECE && is_other)
		failure_set(&reply->failure, EXIT_CHANGED,
		    "it changed while it was fetched");
	if (job->stage == JOB_FETCH && status == PROTOCOL_NOT_A_FILE)
		strlcat(reply->failure.text, hint_folder(reply, job),
		    sizeof(reply->failure.text));
	if (status != PROTOCOL_NOT_FOUND || !may_wait(reply, job))
		return OUTCOME_FAILED;
	waiting_for_name(job, &reply->failure, reply->report);
	return OUTCOME_NOT_YET;
}

/* Returns for how many nanoseconds the reply may send nothing. */
static int64_t
first_byte_limit(const struct job_reply *reply, const struct job *job)
{
	int64_t limit = reply->settings->connection.timeout;

	if (job->stage == JOB_PROVE || job->stage == JOB_SNAPSHOT)
		limit +=
		    request_writer_digest_time(output_size(job->file.output));
	if (job->stage == JOB_WHOLE_PROOF || job->stage == JOB_PIECE_WHOLE)
		limit += request_writer_digest_time(
		    job_request_whole_count(job, job->proof.at));
	return limit;
}

enum outcome
job_reply_begin(struct job_reply *reply, struct job *job)
{
	reply->reader = (struct reply_reader){
	    .stream = &reply->connection->stream,
	    .stall = reply->settings->connection.timeout,
	    .lock = job_queue_mutex(reply->queue),
	    .failure = &reply->failure,
	    .unanswered = connection_unanswered(reply->connection),
	    .tls_client = &reply->connection->tls_client,
	    .which = connection_which(reply->connection),
	};
	if (job->began == 0)
		job->began = clock_now();
	if (reply_reader_begin(&reply->reader, first_byte_limit(reply, job)) !=
	    0)
		return job_reply_end(reply);
	connection_answered(reply->connection);
	return reply->reader.status == PROTOCOL_OK ?
	    OUTCOME_OK :
	    receive_refusal(reply, job);
}

enum outcome
job_reply_receive_state(struct job_reply *reply, struct job *job,
    struct protocol_attributes *attributes)
{
	enum outcome outcome = job_reply_begin(reply, job);

	if (outcome == OUTCOME_OK &&
	    reply_reader_read_state(&reply->reader, attributes) != 0)
		outcome = job_reply_end(reply);
	return outcome;
}
