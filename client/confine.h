#ifndef CLIENT_CONFINE_H
#define CLIENT_CONFINE_H

#include "client/client_options.h"
#include "client/ui/report.h"

/*
 * Gives up, for good and for all later threads, what a server that takes this
 * process over could harm others with:
 *   - opening files for writing, making and removing them anywhere but below
 *     the target folder, by its descriptor (-1: nowhere), and executing any
 *     file (Landlock);
 *   - signals and abstract unix sockets to other processes (Landlock 6);
 *   - system calls that fetching does not need (client/syscall_filter.h);
 *   - descriptors that were inherited, but for the standard ones;
 *   - core files.
 * Files that are open stay so. Called before the server is heard, after the
 * host was looked up (client/wire/host.h). What the kernel lacks is told with
 * -v, and all goes on without it. Does nothing with --no-sandbox.
 */
void confine_process(const struct client_options *options, int folder_fd,
    struct report *report);

#endif
