/* One connection alone sleeps until the first name is to be asked for again;
 * one of several is woken by the others, and has to look for an interrupt. */

#include "client/transfer/waiting.h"
#include "client/ui/interrupt.h"
#include "common/clock.h"

/* A name that does not exist is asked for again after this. */
#define WAITING_AGAIN CLOCK_SEC

/* One of several connections looks for an interrupt this often. */
#define WAITING_LOOK (100 * CLOCK_MS)

void
waiting_for_writer(struct job_queue *queue, const struct job *job)
{
	unsigned doublings = job->tries < 6 ? job->tries - 1 : 5;

	if (job->tries < 2 || job_queue_count(queue) != 1)
		return;
	job_queue_unlock(queue);
	(void)interrupt_wait(CLOCK_SEC << (doublings - 1));
	job_queue_lock(queue);
}

void
waiting_for_name(struct job *job, const struct failure *failure,
    struct report *report)
{
	if (job->again == 0)
		report_note(report, "%s: %s; waiting for it", job->name,
		    failure->text);
	if (job->kind == JOB_KIND_FILE)
		job->file.since = 0;
	job->again = clock_now() + WAITING_AGAIN;
}

void
waiting_for_stillness(struct job *job, int64_t settle)
{
	int64_t next = clock_now() + WAITING_AGAIN;
	int64_t end = job->file.since + settle;

	job->again = next < end ? next : end;
}

bool
waiting_for_work(struct job_queue *queue, struct tally *tally)
{
	int64_t next = job_queue_next_wait(queue);

	tally_set_resting(tally, job_queue_is_resting(queue));
	if (job_queue_workers(queue) > 1) {
		job_queue_wait(queue, WAITING_LOOK);
	} else if (next != CLOCK_NEVER) {
		job_queue_unlock(queue);
		(void)interrupt_wait(next - clock_now());
		job_queue_lock(queue);
	}
	tally_set_resting(tally, false);
	return !interrupt_pending();
}
