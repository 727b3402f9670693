/*
 * What any reply may turn out to be for its job: a refusal, which may be about
 * what is here of the file alone, a file that changes, or no reply at all.
 */

#include <stdbool.h>
#include <string.h>

#include "client/store/output.h"
#include "client/transfer/job_reply.h"
#include "client/wire/request_writer.h"
#include "common/clock.h"
#include "common/protocol.h"

enum {
	/* A body that is not wanted is skipped up to here; a longer one costs
	 * a new connection instead. In bytes. */
	REPLY_SKIP = 1024 * 1024,
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
	int result;

	if (n > REPLY_SKIP)
		return OUTCOME_FAILED_RECONNECT;
	result = reply_reader_skip(&reply->reader, n);
	reply->failure = failure;
	return result == 0 ? OUTCOME_FAILED : OUTCOME_FAILED_RECONNECT;
}

/* Nothing is known of the file any more. */
static void
begin_from_start(const struct job_reply *reply, struct job *job)
{
	/* With --settle it has to stand still first. */
	job->stage = reply->settings->settle > 0 ? JOB_STAT : JOB_FETCH;
	job->by_id = false;
	job->is_mixed = false;
	job->is_mismatch = false;
	job->refusals = 0;
}

enum outcome
job_reply_changed(struct job_reply *reply, struct job *job)
{
	failure_set(&reply->failure, EXIT_CHANGED,
	    "it changed while it was fetched, %u time%s", job->tries + 1,
	    job->tries == 0 ? "" : "s");
	if (output_discard(job->output) != 0 ||
	    (int)job->tries >= reply->settings->connection.retry)
		return OUTCOME_FAILED;
	job->tries++;
	begin_from_start(reply, job);
	report_detail(reply->report,
	    "%s: it changed while it was fetched; again (%u of %d)", job->name,
	    job->tries, reply->settings->connection.retry);
	return OUTCOME_LATER;
}

enum outcome
job_reply_begin_anew(struct job_reply *reply, struct job *job, const char *why)
{
	if (job->received > 0)
		return job_reply_changed(reply, job);
	report_detail(reply->report, "%s: %s; from the start", job->name, why);
	begin_from_start(reply, job);
	output_discard(job->output);
	return OUTCOME_NEXT;
}

/* Whether a name that does not exist may come to exist yet. */
static bool
may_wait(const struct job_reply *reply, const struct job *job)
{
	return !job->is_listed && job->listed == NULL && job->pieces == NULL &&
	    clock_now() < reply->jobs->wait_until;
}

/*
 * The version that was asked for is not there any more: the part that is here
 * may be the beginning of the file all the same (a log that has grown), so it
 * is asked for by the file's id alone. A server that knows no such question
 * may refuse it for as long as the file is written to: again, a few times.
 */
static enum outcome
ask_by_id(struct job_reply *reply, struct job *job)
{
	if (job->by_id && ++job->refusals >= REPLY_REFUSALS)
		return job_reply_begin_anew(reply, job, "the file has changed");
	job->by_id = true;
	job->stage = JOB_PROVE;
	return OUTCOME_NEXT;
}

/* The server has refused to say more of a file whose bytes are all here. What
 * it is now, if anything, the next try shows. */
static enum outcome
refuse_snapshot(struct job_reply *reply, struct job *job,
    enum protocol_status status)
{
	if (job->stage == JOB_SNAPSHOT && status == PROTOCOL_CHANGED &&
	    ++job->refusals < REPLY_REFUSALS)
		return OUTCOME_ASK;
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

static enum outcome
receive_refusal(struct job_reply *reply, struct job *job)
{
	enum protocol_status status = reply->reader.status;
	bool is_other =
	    status == PROTOCOL_CHANGED || status == PROTOCOL_BAD_RANGE;

	if (reply_reader_read_refusal(&reply->reader) != 0)
		return job_reply_end(reply);
	if (status == PROTOCOL_BUSY)
		return OUTCOME_LOST;
	/* What it says of a part is about the part, not the file. */
	if ((job->stage == JOB_PROVE || job->stage == JOB_CONTINUE) && is_other)
		return status == PROTOCOL_CHANGED ?
		    ask_by_id(reply, job) :
		    job_reply_begin_anew(reply, job, "the file has changed");
	if (job->stage == JOB_LOOK_AGAIN || job->stage == JOB_SNAPSHOT)
		return refuse_snapshot(reply, job, status);
	if (job->stage == JOB_FETCH && status == PROTOCOL_CHANGED)
		return job_reply_changed(reply, job);
	if (job->pieces != NULL && is_other)
		failure_set(&reply->failure, EXIT_CHANGED,
		    "it changed while it was fetched");
	if (job->stage == JOB_FETCH && status == PROTOCOL_NOT_A_FILE)
		strlcat(reply->failure.text, hint_folder(reply, job),
		    sizeof(reply->failure.text));
	return status == PROTOCOL_NOT_FOUND && may_wait(reply, job) ?
	    OUTCOME_ABSENT :
	    OUTCOME_FAILED;
}

/* How long the reply to this job may keep us waiting without a byte. */
static int64_t
limit(const struct job_reply *reply, const struct job *job)
{
	int64_t stall = reply->settings->connection.timeout;

	if (job->stage == JOB_PROVE || job->stage == JOB_SNAPSHOT)
		stall += request_writer_digest_time(output_size(job->output));
	return stall;
}

enum outcome
job_reply_begin(struct job_reply *reply, struct job *job)
{
	reply->reader = (struct reply_reader){
	    .stream = &reply->connection->stream,
	    .stall = reply->settings->connection.timeout,
	    .lock = &reply->jobs->lock,
	    .failure = &reply->failure,
	};
	if (job->began == 0)
		job->began = clock_now();
	if (reply_reader_begin(&reply->reader, limit(reply, job)) != 0)
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
