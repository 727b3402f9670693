#ifndef CLIENT_TRANSFER_VANISHED_H
#define CLIENT_TRANSFER_VANISHED_H

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/ui/failure.h"
#include "client/ui/report.h"

/* Reports a job that failed, if it did since it vanished after it was listed:
 * without --strict that is no failure. Returns whether it has reported it. The
 * queue's lock is held. */
bool vanished_report(struct job_queue *queue, const struct job *job,
    const struct failure *failure, struct report *report);

#endif
