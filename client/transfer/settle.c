/*
 * The state that was seen last is kept in the job, with the time of the first
 * look that has shown it. That is the time at which the reply had come, and a
 * later look counts from the time at which it was asked for: between the
 * server's two looks lies at least as much.
 */

#include <sys/stat.h>

#include <inttypes.h>

#include "client/transfer/settle.h"
#include "common/clock.h"

bool
settle_holds(const struct transfer_settings *settings, const struct job *job,
    const struct protocol_attributes *attributes)
{
	return settings->settle == 0 ||
	    (attributes->token.id == job->seen.id &&
		attributes->size == job->size &&
		attributes->mtime_ns == job->mtime_ns);
}

/* The clock starts anew with this state. */
static void
begin(struct job_reply *reply, struct job *job)
{
	void (*say)(struct report *, const char *, ...) =
	    jobs_are_one(reply->jobs) && job->since == 0 ? report_note :
							   report_detail;

	say(reply->report,
	    "%s: waiting until it has stood still for %" PRId64 " s", job->name,
	    reply->settings->settle / CLOCK_SEC);
	job->since = clock_now();
}

enum outcome
settle_judge(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	const struct transfer_settings *settings = reply->settings;
	/* Another ctime counts too: it may be another file by the same number,
	 * or somebody has not done with it. */
	bool stands = job->since != 0 &&
	    protocol_token_equal(job->seen, attributes->token);

	/* A folder is refused when it is asked for. */
	if (settings->settle == 0 || !S_ISREG(attributes->mode))
		return OUTCOME_OK;
	job->seen = attributes->token;
	job->size = attributes->size;
	job->mtime_ns = attributes->mtime_ns;
	if (stands)
		return job->again - job->since >= settings->settle ?
		    OUTCOME_OK :
		    OUTCOME_SETTLE;
	if (job->since != 0 && settings->wait > 0 &&
	    clock_now() >= reply->jobs->wait_until) {
		failure_set(&reply->failure, EXIT_CHANGED,
		    "it is still being written to after %" PRId64 " s",
		    settings->wait / CLOCK_SEC);
		return OUTCOME_FAILED;
	}
	begin(reply, job);
	return OUTCOME_SETTLE;
}
