/* The state that was seen last is kept in the job, with the time of the first
 * look that has shown it: the time at which that reply came. A later look
 * counts by the time of its request, so that at least the time between the two
 * lies between the server's two looks. */

#include <sys/stat.h>

#include <inttypes.h>

#include "client/transfer/settle.h"
#include "client/transfer/waiting.h"
#include "common/clock.h"

bool
settle_holds(const struct transfer_settings *settings, const struct job *job,
    const struct protocol_attributes *attributes)
{
	return settings->settle == 0 ||
	    (attributes->token.id == job->file.seen.id &&
		attributes->size == job->file.size &&
		attributes->mtime_ns == job->file.mtime_ns);
}

/* Starts the time anew, with the state that was seen last. */
static void
start_time(struct job_reply *reply, struct job *job)
{
	void (*tell)(struct report *, const char *, ...) = report_detail;

	if (job_queue_count(reply->queue) == 1 && job->file.since == 0)
		tell = report_note;
	tell(reply->report,
	    "%s: waiting until it has stood still for %" PRId64 " s", job->name,
	    reply->settings->settle / CLOCK_SEC);
	job->file.since = clock_now();
}

enum outcome
settle_judge(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	const struct transfer_settings *settings = reply->settings;
	/* A changed ctime counts too: another file may have the same inode
	 * number, or somebody still works on the file. */
	bool stands = job->file.since != 0 &&
	    protocol_token_equal(job->file.seen, attributes->token);

	/* A folder is refused when it is asked for. */
	if (settings->settle == 0 || !S_ISREG(attributes->mode))
		return OUTCOME_OK;
	job->file.seen = attributes->token;
	job->file.size = attributes->size;
	job->file.mtime_ns = attributes->mtime_ns;
	if (stands && job->again - job->file.since >= settings->settle)
		return OUTCOME_OK;
	if (!stands && job->file.since != 0 && settings->wait > 0 &&
	    !job_queue_may_wait(reply->queue)) {
		failure_set(&reply->failure, EXIT_CHANGED,
		    "it is still being written to after %" PRId64 " s",
		    settings->wait / CLOCK_SEC);
		return OUTCOME_FAILED;
	}
	if (!stands)
		start_time(reply, job);
	waiting_for_stillness(job, settings->settle);
	return OUTCOME_NOT_YET;
}
