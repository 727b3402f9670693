#ifndef CLIENT_CONFINE_H
#define CLIENT_CONFINE_H

#include "client/options.h"
#include "client/report.h"

/*
 * What a server sends is hostile: before it sends anything, this process
 * gives up opening files for writing, making and removing them anywhere but
 * below the target folder, by its descriptor (-1: nowhere), and executing any
 * file; for good, and for the threads it
 * will start. What is open already stays so. Where the kernel has no
 * Landlock, that is said with -v, and all goes on without.
 */
void confine_writing(const struct options *options, int folder_fd,
    struct report *report);

#endif
