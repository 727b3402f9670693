#ifndef CLIENT_TRANSFER_MIRROR_H
#define CLIENT_TRANSFER_MIRROR_H

/*
 * --delete: at the end of a run, removes the names that the server does not
 * have, if every listing is complete and nothing failed. The caller holds the
 * queue's lock, except for mirror_finish, which runs when no thread fetches any
 * more.
 */

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"
#include "client/ui/report.h"

/* Begins a page of a folder, whose target is open. Before the first page, reads
 * the local names. Returns 0, or -1 with the failure set. */
int mirror_begin_page(struct job_reply *reply, struct job *job);

/* Notes an entry of the page. */
void mirror_list_name(struct job *job, struct job_queue *queue,
    const char *name);

/* Ends the last page of a folder, whose target is open: local names that the
 * server has not listed become leftovers. Returns 0, or -1 with the failure
 * set.
 */
int mirror_end_folder(struct job_reply *reply, struct job *job);

/* Notes that a folder vanished before it was listed to its end. */
void mirror_lose_folder(struct job_queue *queue, const struct job *job);

/* Removes and reports the leftovers, or reports why none is removed. */
void mirror_finish(struct job_queue *queue, struct report *report);

#endif
