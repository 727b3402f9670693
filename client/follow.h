#ifndef CLIENT_FOLLOW_H
#define CLIENT_FOLLOW_H

#include "client/options.h"
#include "client/report.h"
#include "common/rate.h"

/*
 * Writes the file of this name to standard output, or to the file of -o,
 * which takes its place, and goes on with what is appended, until it is
 * interrupted or fails. A failure is the report's. For one thread, once.
 */
void follow_run(const struct options *options, const char *name,
    struct report *report, struct rate *rate);

#endif
