#ifndef CLIENT_OBSTACLE_H
#define CLIENT_OBSTACLE_H

#include "client/failure.h"
#include "client/folder.h"
#include "client/options.h"

/*
 * Says why a file could not be given its final name: sets the failure from
 * errno, which it keeps, and from what stands there. part is the name of the
 * part file, or NULL. Returns -1.
 */
int obstacle_tell(const struct folder *folder, const char *part,
    const char *final, const struct options *options, struct failure *failure);

/* The same for a file that could not be made. */
int obstacle_tell_create(const struct folder *folder,
    const struct options *options, struct failure *failure);

#endif
