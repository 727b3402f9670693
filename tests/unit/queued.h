#ifndef TESTS_UNIT_QUEUED_H
#define TESTS_UNIT_QUEUED_H

#include "client/transfer/job_queue.h"

/* Fails the test unless these are the names of the jobs in the queue, each
 * followed by a space: files, then folders. Leaves them where they are. */
void queued_expect(struct job_queue *queue, const char *names);

#endif
