/* Control: the client remembers any number of jobs. */

#include "client/transfer/job_queue.h"

bool __wrap_job_queue_is_full(const struct job_queue *queue);

bool
__wrap_job_queue_is_full(const struct job_queue *queue)
{
	(void)queue;
	return false;
}
