#ifndef CLIENT_TRANSFER_NAMED_JOBS_H
#define CLIENT_TRANSFER_NAMED_JOBS_H

/* Adds jobs for names to the end of a queue. sum (NULL: none), which is copied,
 * is the SHA-256 the file must have. One thread, before the run begins. */

#include <stddef.h>
#include <stdint.h>

#include "client/store/base_folders.h"
#include "client/transfer/job_queue.h"
#include "client/ui/failure.h"
#include "client/ui/report.h"

/*
 * Adds a name, which with -r may be a folder, and "." the served one. tree
 * (NULL: the target folder) is where its file goes, by its last component. A
 * name that is there already, with the same sum, is not added again. Returns 0,
 * or -1 with the failure set: EXIT_USAGE if the name breaks the rules or
 * another one of this run would be written to the same file; EXIT_LOCAL if its
 * name here is too long, or taken by what is neither file nor folder, or memory
 * is short.
 */
int named_jobs_add(struct job_queue *queue, const char *name, size_t len,
    struct tree_folder *tree, const uint8_t *sum, struct failure *failure);

/* Adds a name to the target folder; reports a failure. Without a sum, that of
 * --sha256 is required. */
void named_jobs_add_reported(struct job_queue *queue, struct report *report,
    const char *name, size_t len, const uint8_t *sum);

/* Adds a name below the remote folder of --base, which keeps its own folders
 * here; reports a failure. */
void named_jobs_add_below(struct job_queue *queue, struct report *report,
    struct base_folders *base, const char *name, const uint8_t *sum);

#endif
