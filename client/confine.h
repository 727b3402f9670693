#ifndef CLIENT_CONFINE_H
#define CLIENT_CONFINE_H

#include "client/ui/report.h"

/*
 * Gives up the rights by which a server that takes this process over could
 * harm others, in this thread and all later ones, irrevocably:
 *   - writing, making and removing files outside the target folder, given by
 *     its descriptor (-1: everywhere), and executing any file (Landlock);
 *   - signals and abstract unix sockets to other processes (Landlock 6);
 *   - system calls that fetching does not need, among them unix, netlink and
 *     raw sockets, an ioctl(2) that types into a terminal, new processes,
 *     signals to other processes, memory to execute, and System V messages
 *     unless LD_PRELOAD is set;
 *   - inherited descriptors, except the standard ones;
 *   - core files.
 * Open files stay open. Called after server_list_find
 * (client/wire/server_list.h) and before the first byte from a server. If the
 * kernel lacks a layer, -v names it; that is no failure.
 */
void confine_process(struct report *report, int folder_fd);

#endif
