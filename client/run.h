#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include <stdio.h>

#include "client/client_options.h"
#include "client/transfer/pipeline.h"

/*
 * Opens the file of names (-i) or sums (-c), which may be one of the inherited
 * descriptors, so before those are closed. Returns NULL where none is wanted;
 * ends the program with a line (err(3)) if it cannot be opened.
 */
FILE *run_open_list(const struct client_options *options);

/*
 * Gathers the names that are wanted and fetches them. Ends the program with a
 * line (err(3)) if the file of names or sums cannot be read.
 */
void run_fetch(const struct client_options *options, struct pipeline *pipeline);

/* Follows the one name that is wanted (-f). */
void run_follow(const struct client_options *options,
    struct pipeline *pipeline);

/* Lists them instead (-l), or the top if there are none. */
void run_list(const struct client_options *options, struct pipeline *pipeline);

#endif
