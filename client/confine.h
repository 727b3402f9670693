#ifndef CLIENT_CONFINE_H
#define CLIENT_CONFINE_H

#include <stdbool.h>

#include "client/ui/report.h"

/*
 * Gives up the rights by which a server that takes this process over could
 * harm others, in this thread and all later ones, irrevocably:
 *   - writing, making and removing files outside the target folder, given by
 *     its descriptor (-1: everywhere), and executing any file (Landlock);
 *   - signals and abstract unix sockets to other processes (Landlock 6);
 *   - system calls that fetching does not need (client/syscall_filter.h);
 *   - inherited descriptors, except the standard ones;
 *   - core files.
 * Open files stay open. Called before the first byte from the server and after
 * host_find (client/wire/host.h). has_editor: the prompt edits lines on a
 * terminal. Without support in the kernel, continues; -v then tells.
 */
void confine_process(struct report *report, int folder_fd, bool has_editor);

#endif
