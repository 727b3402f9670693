/* Names that come and go while a tree is fetched are no fault of either side. A
 * name that was asked for has to exist. */

#include "client/transfer/mirror.h"
#include "client/transfer/vanished.h"

bool
vanished_report(struct job_queue *queue, const struct job *job,
    const struct failure *failure, struct report *report)
{
	if (!job->is_entry || failure->code != EXIT_NOT_FOUND ||
	    job_queue_target(queue)->settings->strict)
		return false;
	if (job->kind == JOB_KIND_FOLDER)
		mirror_lose_folder(queue, job);
	report_vanished(report, job->name);
	return true;
}
