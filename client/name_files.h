#ifndef CLIENT_NAME_FILES_H
#define CLIENT_NAME_FILES_H

#include <stddef.h>
#include <stdio.h>

#include "client/client_options.h"
#include "client/transfer/pipeline.h"

/* Opens the file of names (-i) or of sums (-c). Call it before inherited
 * descriptors are closed: the path may name one. Returns NULL if neither option
 * is given; ends the program with a message if the file cannot be opened. */
FILE *name_files_open(const struct client_options *options);

/* Adds the names in that file to the queue. Ends the program with a message if
 * the file cannot be read to its end or has no SHA-256 sum in it (-c). */
void name_files_read(const struct client_options *options, FILE *file,
    struct pipeline *pipeline, struct job_queue *queue);

#endif
