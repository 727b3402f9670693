#ifndef CLIENT_TRANSFER_FOLDER_END_H
#define CLIENT_TRANSFER_FOLDER_END_H

#include "client/transfer/job_queue.h"
#include "client/ui/report.h"

/* Finishes the folders of trees whose last job is done, and reports what fails
 * (store/tree_finish.h). The queue's lock is held, and released while the disk
 * works. */
void folder_end_due(struct job_queue *queue, struct report *report);

#endif
