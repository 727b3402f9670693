#ifndef CLIENT_STORE_BASE_FOLDERS_H
#define CLIENT_STORE_BASE_FOLDERS_H

/*
 * The folders of --base: names of a file of sums lie below one folder there,
 * and keep their own folders here. A folder here is made when the first file
 * is to be written into it. One thread, under the lock of transfer/job_queue.h
 * once there are others.
 */

#include <sys/tree.h>

#include <stddef.h>

#include "client/store/tree_folder.h"
#include "client/ui/failure.h"
#include "client/store/folder.h"
#include "client/ui/report.h"

struct base_folder;

struct base_folders {
	const struct folder *folder; /* all goes into it */
	const struct store_settings *settings;
	struct report *report;
	RB_HEAD(base_tree, base_folder) folders;
};

void base_folders_open(struct base_folders *base, const struct folder *folder,
    const struct store_settings *settings, struct report *report);

/* Jobs that have a branch hold it; the others go. */
void base_folders_close(struct base_folders *base);

/*
 * The branch for a name's folder, *branch; NULL if the name has none. The name
 * is a valid one. The branch is held by base: who keeps it holds it too. 0, or
 * -1 with the failure set, without memory.
 */
int base_folders_find(struct base_folders *base, const char *name,
    struct tree_folder **tree, struct failure *failure);

#endif
