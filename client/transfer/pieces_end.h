#ifndef CLIENT_TRANSFER_PIECES_END_H
#define CLIENT_TRANSFER_PIECES_END_H

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "client/transfer/pieces.h"

/*
 * Finishes, begins anew or gives up a file in pieces if none of them is left to
 * fetch, and reports it. Returns whether pieces are gone; the queue's lock was
 * released meanwhile then.
 */
bool pieces_end_check(struct job_queue *queue, struct pieces *pieces,
    struct report *report, struct progress *progress);

#endif
