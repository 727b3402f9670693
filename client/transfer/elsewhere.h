#ifndef CLIENT_TRANSFER_ELSEWHERE_H
#define CLIENT_TRANSFER_ELSEWHERE_H

/* A server that has no such file, or another version of it than the first
 * source: it takes no part in that file, which is asked for elsewhere. The
 * queue's lock is held. */

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/pieces.h"
#include "client/ui/report.h"

/* Returns whether another server than this one, which has refused a job's
 * request, can be asked: it is not the one that says which version is fetched,
 * or the file is in pieces that another connection may fetch. */
bool elsewhere_is_possible(struct job_queue *queue, const struct job *job,
    const struct server *server);

/* Lets a server take no part in a job's file, and tells so once. why is its
 * refusal; NULL: it has another version. */
void elsewhere_pass_by(struct job_queue *queue, struct job *job,
    const struct server *server, struct report *report, const char *why);

/* Gives up a file in pieces if no server that has a connection may be asked for
 * it any more: the version that was begun is gone. */
void elsewhere_give_up(struct job_queue *queue, struct pieces *pieces);

/* Reports for each server in how many files it took no part, if not each had a
 * line of its own. */
void elsewhere_tell(struct job_queue *queue, struct report *report);

#endif
