#ifndef CLIENT_STORE_OBSTACLE_H
#define CLIENT_STORE_OBSTACLE_H

#include "client/ui/failure.h"
#include "client/store/folder.h"
#include "client/store/settings.h"

/*
 * Says why a file could not be given its final name: sets the failure from
 * errno, which it keeps, and from what stands there. part is the name of the
 * part file, or NULL. Returns -1.
 */
int obstacle_tell(const struct folder *folder, const char *part,
    const char *final, const struct store_settings *settings,
    struct failure *failure);

/* The same for a file that could not be made. */
int obstacle_tell_create(const struct folder *folder,
    const struct store_settings *settings, struct failure *failure);

#endif
