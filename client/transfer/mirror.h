#ifndef CLIENT_TRANSFER_MIRROR_H
#define CLIENT_TRANSFER_MIRROR_H

/*
 * --delete: at the end of a run, removes what the server does not have, if
 * every listing came whole and nothing failed. While folders are listed the
 * queue's lock is held; mirror_finish runs when no thread fetches any more.
 */

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"
#include "client/ui/report.h"

/* Begins a page of a folder, which is open here; before the first one, reads
 * the names that are here. Returns 0, or -1 with the failure set. */
int mirror_begin_page(struct job_reply *reply, struct job *job);

/* Notes an entry of the page. */
void mirror_list_name(struct job *job, struct job_queue *queue,
    const char *name);

/* Ends the last page of a folder, which is open here: what the server has not
 * listed is left over. Returns 0, or -1 with the failure set. */
int mirror_end_folder(struct job_reply *reply, struct job *job);

/* Notes that a folder vanished before it was listed to its end. */
void mirror_lose_folder(struct job_queue *queue, const struct job *job);

/* Removes and reports what is left over, or reports why not. */
void mirror_finish(struct job_queue *queue, struct report *report);

#endif
