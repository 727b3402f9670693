#ifndef CLIENT_TRANSFER_WAITING_H
#define CLIENT_TRANSFER_WAITING_H

/*
 * When there is nothing to ask for just now: names that do not exist yet
 * (--wait), files that are being written, other connections at the same jobs.
 * All of these are called under the jobs' lock, and let go of it while they
 * wait; an interrupt ends a wait.
 */

#include <stdbool.h>

#include "client/ui/failure.h"
#include "client/transfer/job_queue.h"
#include "client/ui/report.h"

/* The file changed while it was received: whoever writes it gets a moment,
 * longer each time, if there is no other connection to keep busy. */
void waiting_for_writer(struct jobs *jobs, const struct job *job);

/* The name does not exist yet, as the failure says, which is told once: the
 * job is put off. */
void waiting_for_name(struct jobs *jobs, struct job *job,
    const struct failure *failure, struct report *report);

/* The job's file is to be looked at again, to see it stand still
 * (transfer/settle.h): once a second, and when its time is over. */
void waiting_for_stillness(struct jobs *jobs, struct job *job);

/* Jobs that were put off are to be asked for again when it is time. */
void waiting_take_up(struct jobs *jobs);

/* Waits until there may be something to do; false after an interrupt. */
bool waiting_for_work(struct jobs *jobs);

#endif
