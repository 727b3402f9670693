#ifndef CLIENT_STORE_BASE_FOLDERS_H
#define CLIENT_STORE_BASE_FOLDERS_H

/*
 * The folders of --base: the names in a file of sums lie below one folder of
 * the server, and go into folders of their own here. A folder is made when the
 * first file is to be written into it. One thread, under the lock of
 * transfer/job_queue.h once there are others.
 */

#include <sys/tree.h>

#include "client/store/tree_folder.h"
#include "client/ui/failure.h"

struct base_folder;

struct base_folders {
	struct tree_folders *all; /* what these are among */
	RB_HEAD(base_tree, base_folder) folders;
};

/* all outlives the folders. */
void base_folders_open(struct base_folders *base, struct tree_folders *all);

/* Releases all folders: those that a job holds stay. */
void base_folders_close(struct base_folders *base);

/* Sets *tree to the folder for a name, which is a valid one; NULL if the name
 * has no folder. base holds the folder: a caller that keeps it must hold it
 * too. Returns 0, or -1 with the failure set if memory is short. */
int base_folders_find(struct base_folders *base, const char *name,
    struct tree_folder **tree, struct failure *failure);

#endif
