#ifndef CLIENT_TRANSFER_PIECES_END_H
#define CLIENT_TRANSFER_PIECES_END_H

#include "client/transfer/job_queue.h"
#include "client/ui/tally.h"
#include "client/ui/report.h"

/* Ends the files in pieces of which no piece is left to fetch: publishes them,
 * puts them back to be fetched anew, or gives them up; reports what happened.
 * The queue's lock is held, and released while a file is checked. */
void pieces_end_due(struct job_queue *queue, struct report *report,
    struct tally *tally);

#endif
