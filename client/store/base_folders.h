#ifndef CLIENT_STORE_BASE_FOLDERS_H
#define CLIENT_STORE_BASE_FOLDERS_H

/*
 * The folders that names in a file of sums (--base) go into. A folder is made
 * when the first file is to be written into it. Where several threads fetch,
 * the caller holds the lock of transfer/job_queue.h.
 */

#include <sys/tree.h>

#include "client/store/tree_folder.h"
#include "client/ui/failure.h"

struct base_folder;

struct base_folders {
	struct tree_folders *all; /* the folders of the run */
	RB_HEAD(base_tree, base_folder) folders;
};

/* all outlives the folders. */
void base_folders_open(struct base_folders *base, struct tree_folders *all);

/* Ends the holds on all folders. A folder that a job holds stays. */
void base_folders_close(struct base_folders *base);

/* Returns 0, or -1 with the failure set if memory is short. Sets *tree to the
 * folder of a valid name; NULL if the name has no slash. A caller that keeps
 * the folder must hold it. */
int base_folders_find(struct base_folders *base, const char *name,
    struct tree_folder **tree, struct failure *failure);

#endif
