#ifndef CLIENT_PUBLISH_H
#define CLIENT_PUBLISH_H

/*
 * Gives a complete, open file its final name in one step, with the time and
 * mode of attributes (less umask and set-id bits). An existing file is
 * replaced, except with options->no_clobber or in a folder that is new. With
 * options->fsync file and folder are on disk before these return. 0, or -1
 * with the failure set. Where several threads fetch, under the lock of jobs.h.
 */

#include "client/failure.h"
#include "client/folder.h"
#include "client/options.h"
#include "common/protocol.h"

/*
 * A part file. Where it fails the part file is there, unless only the last of
 * it failed, to have the folder on disk: the new file bears its name then.
 */
int publish_part(const struct folder *folder, int fd, const char *part,
    const char *final, const struct protocol_attributes *attributes,
    const struct options *options, struct failure *failure);

/* One of folder_create_nameless, which has its mode already. Where it fails it
 * has no name still, unless, as above, only the last of it failed. */
int publish_nameless(const struct folder *folder, int fd, const char *final,
    const struct protocol_attributes *attributes, const struct options *options,
    struct failure *failure);

#endif
