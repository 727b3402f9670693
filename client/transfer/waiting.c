/*
 * One connection alone sleeps until the first name is to be asked for again;
 * one of several is woken by the others, and has to look for an interrupt.
 */

#include "client/ui/interrupt.h"
#include "client/transfer/waiting.h"
#include "common/clock.h"

/* What does not exist yet is asked for again so soon. */
#define WAITING_AGAIN CLOCK_SEC

/* Who waits for others looks for an interrupt so often. */
#define WAITING_LOOK (100 * CLOCK_MS)

void
waiting_for_writer(struct jobs *jobs, const struct job *job)
{
	unsigned doublings = job->tries < 6 ? job->tries - 1 : 5;

	if (job->tries < 2 || !jobs_are_one(jobs))
		return;
	jobs_unlock(jobs);
	(void)interrupt_wait(CLOCK_SEC << (doublings - 1));
	jobs_lock(jobs);
}

void
waiting_for_name(struct jobs *jobs, struct job *job,
    const struct failure *failure, struct report *report)
{
	if (job->again == 0)
		report_note(report, "%s: %s; waiting for it", job->name,
		    failure->text);
	job->since = 0;
	jobs_put_off(jobs, job, clock_now() + WAITING_AGAIN);
}

void
waiting_for_stillness(struct jobs *jobs, struct job *job)
{
	int64_t next = clock_now() + WAITING_AGAIN;
	int64_t end = job->since + jobs->settings->settle;

	jobs_put_off(jobs, job, next < end ? next : end);
}

void
waiting_take_up(struct jobs *jobs)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&jobs->waiting)) != NULL &&
	    job->again <= clock_now())
		jobs_put_last(jobs, jobs_take(jobs, &jobs->waiting));
}

bool
waiting_for_work(struct jobs *jobs)
{
	struct job *job = STAILQ_FIRST(&jobs->waiting);

	if (jobs->workers > 1) {
		jobs_wait(jobs, WAITING_LOOK);
	} else if (job != NULL) {
		jobs_unlock(jobs);
		(void)interrupt_wait(job->again - clock_now());
		jobs_lock(jobs);
	}
	return !interrupt_pending();
}
