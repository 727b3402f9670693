#ifndef CLIENT_TRANSFER_PIECES_END_H
#define CLIENT_TRANSFER_PIECES_END_H

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "client/transfer/pieces.h"

/*
 * Some pieces are done with: once all of them are, or none is wanted any more,
 * the file is finished, begun anew or given up, and reported. True if the
 * split is gone; the jobs' lock was given up meanwhile.
 */
bool pieces_end_check(struct jobs *jobs, struct pieces *pieces,
    struct report *report, struct progress *progress);

#endif
