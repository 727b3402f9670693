#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include <stdio.h>

#include "client/client_options.h"
#include "client/transfer/pipeline.h"

/* Does the work that the options ask for: lists (-l), follows (-f), asks at a
 * prompt, or fetches all names, also those in names_file (NULL: none). Failures
 * are reported; the report has the exit code. */
void run_work(const struct client_options *options, struct pipeline *pipeline,
    FILE *names_file);

#endif
