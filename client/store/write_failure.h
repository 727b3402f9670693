#ifndef CLIENT_STORE_WRITE_FAILURE_H
#define CLIENT_STORE_WRITE_FAILURE_H

/*
 * Explains why a file could not be made, written or renamed: sets failures, for
 * a person, from errno and the contents of the folder. Preserves errno. If
 * several threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include <stdbool.h>

#include "client/store/folder.h"
#include "client/store/settings.h"
#include "client/ui/failure.h"

/* Returns whether the part file is of use after a write or rename failed with
 * this errno: the cause may go away. */
bool write_failure_keeps_part(int error);

/* Bytes could not be written. is_kept: the part file fd stays, and the text
 * says when the same command continues it; pages that may not be on disk are
 * dropped, so that a later proof reads what the disk has. Returns -1. */
int write_failure_set(struct folder *folder, int fd, bool is_kept,
    struct failure *failure);

/* A file could not be made. Returns -1. */
int write_failure_set_create(const struct folder *folder,
    const struct store_settings *settings, struct failure *failure);

/* The part file (NULL: a file without a name) could not be given its final
 * name. Returns -1. */
int write_failure_set_name(const struct folder *folder, const char *part,
    const char *final, const struct store_settings *settings,
    struct failure *failure);

#endif
