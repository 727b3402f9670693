#ifndef CLIENT_TRANSFER_WAITING_H
#define CLIENT_TRANSFER_WAITING_H

/* Waiting, when there is nothing to ask for just now: for names that do not
 * exist yet (--wait), for files that are being written, for other connections
 * that fetch from the same queue. The queue's lock is held, and released during
 * a wait; an interrupt ends a wait. */

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/ui/failure.h"
#include "client/ui/report.h"
#include "client/ui/tally.h"

/* Gives the writer of a file that changed a moment, longer each time, if no
 * other job is left to fetch meanwhile. */
void waiting_for_writer(struct job_queue *queue, const struct job *job);

/* Puts off a job whose name does not exist yet; reports that once. */
void waiting_for_name(struct job *job, const struct failure *failure,
    struct report *report);

/* Puts off a job until its file is to be looked at again (transfer/settle.h):
 * after a second, or when its time to stand still is over. settle is that
 * time in nanoseconds. */
void waiting_for_stillness(struct job *job, int64_t settle);

/* Waits until there may be work; notes in the tally if all jobs have to wait.
 * Returns false after an interrupt. */
bool waiting_for_work(struct job_queue *queue, struct tally *tally);

#endif
