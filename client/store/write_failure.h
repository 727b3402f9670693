#ifndef CLIENT_STORE_WRITE_FAILURE_H
#define CLIENT_STORE_WRITE_FAILURE_H

/*
 * Writing has failed here: whether what was received stays, and what can be
 * done. Under the lock of transfer/job_queue.h where several threads fetch.
 */

#include <stdbool.h>

#include "client/ui/failure.h"
#include "client/store/folder.h"

/* Returns whether a part file is of use after this errno of a call that wrote
 * it or renamed it: what is in the way may go away. */
bool write_failure_keeps_part(int error);

/*
 * Sets the failure to "WHAT: " and the text of errno. With is_kept, for a part
 * file that stays in folder, it says when the same command goes on. Pages of
 * fd (-1: none) that may not be on disk are dropped, so that what is proved
 * later is what the disk has. Returns -1.
 */
int write_failure_set(struct folder *folder, int fd, const char *what,
    bool is_kept, struct failure *failure);

#endif
