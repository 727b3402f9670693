#ifndef CLIENT_STORE_TREE_FINISH_H
#define CLIENT_STORE_TREE_FINISH_H

/*
 * Finishes a folder of a tree when each name in it is fetched or has failed:
 * sets the time and mode of the server's folder and, with --fsync, syncs the
 * folder. That takes long and so is a step without the lock of
 * transfer/job_queue.h:
 *
 *	while (tree_finish_begin(&finish, &all)) {		locked
 *		if (finish.needs_sync)
 *			tree_finish_sync(&finish);		not locked
 *		tree_finish_end(&finish);			locked
 *	}
 */

#include <stdbool.h>

#include "client/store/tree_folder.h"
#include "client/ui/failure.h"

enum {
	TREE_FINISH_FAILURES = 2, /* of one folder, at most */
};

struct tree_finish {
	struct tree_folder *tree; /* nobody else has it any more */
	bool needs_sync;
	bool is_open;	    /* tree is */
	bool is_above_open; /* tree->above is */
	unsigned n_failures;
	struct failure failures[TREE_FINISH_FAILURES]; /* to be reported */
};

/* Takes a folder that is due, sets its time and mode, or removes it if it is
 * plain, new and empty. Returns false if none is due. */
bool tree_finish_begin(struct tree_finish *finish, struct tree_folders *all);

/* Syncs the folder, and its name if new, to disk. Any thread; no lock. */
void tree_finish_sync(struct tree_finish *finish);

/* Frees the folder. The one above may be due then. */
void tree_finish_end(struct tree_finish *finish);

#endif
