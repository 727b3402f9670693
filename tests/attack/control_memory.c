/* Control: the client remembers any number of jobs. */

#include "client/transfer/job_queue.h"

bool __wrap_jobs_are_too_many(const struct jobs *jobs);

bool
__wrap_jobs_are_too_many(const struct jobs *jobs)
{
	(void)jobs;
	return false;
}
