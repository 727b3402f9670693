#ifndef CLIENT_FOLLOW_FOLLOW_H
#define CLIENT_FOLLOW_FOLLOW_H

#include "client/follow/settings.h"
#include "client/ui/report.h"
#include "common/rate.h"

/* Opens the file of -o, emptied, as descriptor 1. To be called before the
 * process is confined. name is the remote file, for messages. Returns 0, also
 * without -o, or -1 after reporting the failure. */
int follow_redirect(const struct follow_settings *settings, const char *name,
    struct report *report);

/* Prints the file of this name, and then the bytes appended to it, until an
 * interrupt or a failure, which is reported. For one thread. */
void follow_run(const struct follow_settings *settings, const char *name,
    struct report *report, struct rate *rate);

#endif
