#ifndef CLIENT_STORE_PUBLISH_H
#define CLIENT_STORE_PUBLISH_H

/*
 * Gives a complete, open file its final name in one step, with the time and
 * mode of attributes as far as the file system takes them (see store/stamp.h).
 * An existing file is replaced, except with settings->no_clobber, in a folder
 * that is new, or if this run has written it by another name. In a folder that
 * others may write to, it fails if another's file has got the name. With
 * settings->fsync file and folder are on disk before these return. 0, or -1
 * with errno and the failure set. Where several threads fetch, under the lock
 * of transfer/job_queue.h.
 */

#include "client/ui/failure.h"
#include "client/store/folder.h"
#include "client/store/settings.h"
#include "common/protocol.h"

/*
 * A part file. If it fails the part file is there, and can be gone on with,
 * unless errno is EEXIST: then the final name is another's, or the file has it
 * already and could not be put on disk.
 */
int publish_part(const struct folder *folder, int fd, const char *part,
    const char *final, const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure);

/*
 * A file of folder_create_nameless, which has its mode already. Where it fails
 * it has no name still, unless only the folder could not be put on disk. A file
 * system that gives such a file no name gets a copy of it.
 */
int publish_nameless(struct folder *folder, int fd, const char *final,
    const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure);

#endif
