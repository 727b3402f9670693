/*
 * What any reply may turn out to be: one of another protocol, a refusal, or a
 * connection that breaks. Everything a server says is held against what was
 * asked before anything of it is believed.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "client/interrupt.h"
#include "client/output.h"
#include "client/reply.h"
#include "client/request.h"
#include "common/clock.h"
#include "common/protocol.h"
#include "common/stream.h"

enum {
	/* A body that is not wanted is skipped up to here; a longer one costs
	 * a new connection instead. In bytes. */
	REPLY_SKIP = 1024 * 1024,
};

enum reply_outcome
reply_violation(struct reply *reply, const char *what)
{
	failure_set(&reply->failure, EXITS_PROTOCOL,
	    "the server does not speak this protocol: %s", what);
	return REPLY_FATAL;
}

enum reply_outcome
reply_interrupted(struct reply *reply)
{
	failure_set(&reply->failure, EXITS_INTERRUPTED, "interrupted");
	return REPLY_FATAL;
}

enum reply_outcome
reply_lost(struct reply *reply, int got, int64_t stall)
{
	if (interrupt_pending())
		return reply_interrupted(reply);
	if (got == 0)
		failure_set(&reply->failure, EXITS_STALLED,
		    "the server closed the connection");
	else if (errno == ETIMEDOUT)
		failure_set(&reply->failure, EXITS_STALLED,
		    "nothing received for %" PRId64 " s", stall / CLOCK_SEC);
	else
		failure_set(&reply->failure, EXITS_STALLED, "%s",
		    strerror(errno));
	return REPLY_LOST;
}

bool
reply_has(const struct reply *reply, uint64_t n)
{
	size_t len;

	stream_peek(&reply->link->stream, &len);
	return len >= n;
}

enum reply_outcome
reply_read(struct reply *reply, void *bytes, size_t n)
{
	int64_t stall = reply->options->timeout;
	int got;

	/* What is there already takes no time. */
	if (reply_has(reply, n)) {
		got = stream_read(&reply->link->stream, bytes, n, stall);
	} else {
		jobs_unlock(reply->jobs);
		got = stream_read(&reply->link->stream, bytes, n, stall);
		jobs_lock(reply->jobs);
	}
	return got == 1 ? REPLY_DONE : reply_lost(reply, got, stall);
}

enum reply_outcome
reply_skip(struct reply *reply, uint64_t n)
{
	int got;

	if (n > REPLY_SKIP)
		return REPLY_FAILED_RECONNECT;
	jobs_unlock(reply->jobs);
	got = stream_skip(&reply->link->stream, n, reply->options->timeout);
	jobs_lock(reply->jobs);
	return got == 1 ? REPLY_FAILED : REPLY_FAILED_RECONNECT;
}

enum reply_outcome
reply_changed(struct reply *reply, struct job *job)
{
	failure_set(&reply->failure, EXITS_CHANGED,
	    "it changed while it was fetched, %u time%s", job->tries + 1,
	    job->tries == 0 ? "" : "s");
	if (output_discard(job->output) != 0 ||
	    (int)job->tries >= reply->options->retry)
		return REPLY_FAILED;
	job->tries++;
	job->stage = JOB_FETCH;
	report_detail(reply->report,
	    "%s: it changed while it was fetched; again (%u of %d)", job->name,
	    job->tries, reply->options->retry);
	return REPLY_LATER;
}

enum reply_outcome
reply_begin_anew(struct reply *reply, struct job *job, const char *why)
{
	if (job->received > 0)
		return reply_changed(reply, job);
	report_detail(reply->report, "%s: %s; from the start", job->name, why);
	job->stage = JOB_FETCH;
	output_discard(job->output);
	return REPLY_NEXT;
}

/* Whether a name that does not exist may come to exist yet. */
static bool
may_wait(const struct reply *reply, const struct job *job)
{
	return job->branch == NULL && job->listed == NULL &&
	    job->split == NULL && clock_now() < reply->jobs->wait_until;
}

static enum reply_outcome
receive_refusal(struct reply *reply, struct job *job,
    enum protocol_status status, size_t len)
{
	char message[PROTOCOL_MESSAGE_MAX + 1];
	enum reply_outcome outcome;

	outcome = reply_read(reply, message, len);
	if (outcome != REPLY_DONE)
		return outcome;
	message[len] = '\0';
	if (status == PROTOCOL_BUSY) {
		failure_set(&reply->failure, EXITS_BUSY,
		    "the server is busy: %s", message);
		return REPLY_LOST;
	}
	/* What it says of a part is about the part, not the file. */
	if ((job->stage == JOB_PROVE || job->stage == JOB_CONTINUE) &&
	    (status == PROTOCOL_CHANGED || status == PROTOCOL_BAD_RANGE))
		return reply_begin_anew(reply, job, "the file has changed");
	if (job->stage == JOB_FETCH && status == PROTOCOL_CHANGED)
		return reply_changed(reply, job);
	if (job->split != NULL &&
	    (status == PROTOCOL_CHANGED || status == PROTOCOL_BAD_RANGE)) {
		failure_set(&reply->failure, EXITS_CHANGED,
		    "it changed while it was fetched");
		return REPLY_FAILED;
	}
	failure_set(&reply->failure, failure_exit(status), "%s (%s)%s", message,
	    protocol_status_name(status),
	    job->stage == JOB_FETCH && status == PROTOCOL_NOT_A_FILE ?
		"; if it is a folder, -r fetches it" :
		"");
	return status == PROTOCOL_NOT_FOUND && may_wait(reply, job) ?
	    REPLY_WAIT :
	    REPLY_FAILED;
}

/* How long the reply to this job may keep us waiting without a byte. */
static int64_t
patience(const struct reply *reply, const struct job *job)
{
	int64_t stall = reply->options->timeout;

	if (job->stage == JOB_PROVE)
		stall += request_digest_time(output_size(job->output));
	return stall;
}

/* A reply's header, judged by its first byte before the others are waited
 * for: a peer of another kind may have said all it has to say. */
static enum reply_outcome
receive_header(struct reply *reply, const struct job *job,
    enum protocol_status *status, uint64_t *length)
{
	struct stream *stream = &reply->link->stream;
	int64_t stall = patience(reply, job);
	uint8_t header[PROTOCOL_REPLY];
	const uint8_t *first;
	size_t len;
	int got = 1;

	if (!reply_has(reply, 1)) {
		jobs_unlock(reply->jobs);
		got = stream_fill(stream, clock_now() + stall);
		jobs_lock(reply->jobs);
	}
	first = stream_peek(stream, &len);
	if (got == 1 && first[0] >= PROTOCOL_STATUSES)
		return reply_violation(reply, "an unknown reply");
	if (got == 1 && reply_has(reply, sizeof(header))) {
		got = stream_read(stream, header, sizeof(header), stall);
	} else if (got == 1) {
		jobs_unlock(reply->jobs);
		got = stream_read(stream, header, sizeof(header), stall);
		jobs_lock(reply->jobs);
	}
	if (got != 1)
		return reply_lost(reply, got, stall);
	if (protocol_decode_reply(header, status, length) != 0)
		return reply_violation(reply, "an unknown reply");
	return REPLY_DONE;
}

enum reply_outcome
reply_begin(struct reply *reply, struct job *job, uint64_t *length)
{
	enum reply_outcome outcome;
	enum protocol_status status;

	if (job->began == 0)
		job->began = clock_now();
	outcome = receive_header(reply, job, &status, length);
	if (outcome != REPLY_DONE)
		return outcome;
	link_answered(reply->link);
	if (status != PROTOCOL_OK)
		return receive_refusal(reply, job, status, (size_t)*length);
	return REPLY_DONE;
}

enum reply_outcome
reply_receive_state(struct reply *reply, struct job *job,
    struct protocol_attributes *attributes)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES];
	enum reply_outcome outcome;
	uint64_t length;

	outcome = reply_begin(reply, job, &length);
	if (outcome != REPLY_DONE)
		return outcome;
	if (length != sizeof(bytes))
		return reply_violation(reply, "a state of the wrong length");
	outcome = reply_read(reply, bytes, sizeof(bytes));
	if (outcome != REPLY_DONE)
		return outcome;
	if (protocol_decode_attributes(bytes, attributes) != 0)
		return reply_violation(reply, "an impossible file size");
	return REPLY_DONE;
}
