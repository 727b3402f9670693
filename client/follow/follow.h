#ifndef CLIENT_FOLLOW_FOLLOW_H
#define CLIENT_FOLLOW_FOLLOW_H

#include "client/follow/settings.h"
#include "client/ui/report.h"
#include "common/rate.h"

/* Puts the file of -o in the place of standard output, emptied, before this
 * process is confined. name is the
 * remote file, for messages. Returns 0, also without -o, or -1 after reporting
 * the failure. */
int follow_redirect(const struct follow_settings *settings, const char *name,
    struct report *report);

/*
 * Writes the file of this name to standard output and goes on with what is
 * appended, until it is interrupted or fails. A failure is the report's. For
 * one thread, once.
 */
void follow_run(const struct follow_settings *settings, const char *name,
    struct report *report, struct rate *rate);

#endif
