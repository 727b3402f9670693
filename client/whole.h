#ifndef CLIENT_WHOLE_H
#define CLIENT_WHOLE_H

#include <stdbool.h>

#include "client/jobs.h"
#include "client/progress.h"
#include "client/report.h"
#include "client/split.h"

/*
 * Some pieces are done with: once all of them are, or none is wanted any more,
 * the file is finished, begun anew or given up, and reported. True if the
 * split is gone; the jobs' lock was given up meanwhile.
 */
bool whole_settle(struct jobs *jobs, struct split *split, struct report *report,
    struct progress *progress);

#endif
