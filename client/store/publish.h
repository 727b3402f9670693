#ifndef CLIENT_STORE_PUBLISH_H
#define CLIENT_STORE_PUBLISH_H

/*
 * Gives a complete, open file its final name in one step. Sets the time and
 * mode of attributes first (store/stamp.h). Replaces an existing file, unless
 * settings->no_clobber is set, the folder is new, or this run has written that
 * file by another name. Fails if somebody else, who may write to the folder,
 * has put another file in its place. With settings->fsync file and folder are
 * on disk afterwards. Returns 0, or -1 with errno and the failure set. Where
 * several threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include "client/store/folder.h"
#include "client/store/settings.h"
#include "client/ui/failure.h"
#include "common/protocol.h"

/* Publishes a part file. After a failure the part file is still there and can
 * be continued, unless errno is EEXIST: then another file has the final name,
 * or ours has it and could not be put on disk. */
int publish_part(const struct folder *folder, int fd, const char *part,
    const char *final, const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure);

/* Publishes a file of folder_create_nameless, which has its mode already; on a
 * file system that cannot name it, a copy of it. After a failure it has no
 * name, unless only the folder could not be put on disk. */
int publish_nameless(struct folder *folder, int fd, const char *final,
    const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure);

#endif
