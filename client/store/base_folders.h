#ifndef CLIENT_STORE_BASE_FOLDERS_H
#define CLIENT_STORE_BASE_FOLDERS_H

/*
 * The folders of --base: names of a file of sums lie below one folder there,
 * and keep their own folders here. A folder here is made when the first file
 * is to be written into it. One thread, under the lock of jobs.h once there
 * are others.
 */

#include <sys/tree.h>

#include <stddef.h>

#include "client/store/tree_folder.h"
#include "client/ui/failure.h"
#include "client/store/folder.h"
#include "client/ui/report.h"

struct base_folder;

struct base {
	const struct folder *folder; /* all goes into it */
	struct report *report;
	RB_HEAD(base_tree, base_folder) folders;
};

void base_open(struct base *base, const struct folder *folder,
    struct report *report);

/* Jobs that have a branch hold it; the others go. */
void base_close(struct base *base);

/*
 * The branch for a name's folder, *branch; NULL if the name has none. The name
 * is a valid one. The branch is held by base: who keeps it holds it too. 0, or
 * -1 with the failure set, without memory.
 */
int base_find(struct base *base, const char *name, struct branch **branch,
    struct failure *failure);

#endif
