/*
 * A folder is finished after those below it, which hold it: their names change
 * its time. While one thread waits for the disk others go on; the folder itself
 * is nobody else's by then, and the one above is kept open.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "client/store/stamp.h"
#include "client/store/tree_finish.h"

static void
add_failure(struct tree_finish *finish, const char *what)
{
	tree_folder_fail(finish->tree, what,
	    &finish->failures[finish->n_failures++]);
}

/* Removes a folder that this run has made, if it is empty and the server has no
 * such folder. */
static bool
remove_empty(struct tree_folder *tree)
{
	struct failure failure;
	bool removed;

	if (!tree->is_plain || !tree->is_new ||
	    tree_folder_open(tree->above, &failure) != 0)
		return false;
	removed = unlinkat(tree_folder_above(tree)->fd, tree->name,
		      AT_REMOVEDIR) == 0;
	tree_folder_close(tree->above);
	return removed;
}

bool
tree_finish_begin(struct tree_finish *finish, struct tree_folders *all)
{
	struct tree_folder *tree = STAILQ_FIRST(&all->due);
	struct failure failure;

	if (tree == NULL)
		return false;
	STAILQ_REMOVE_HEAD(&all->due, next);
	finish->tree = tree;
	finish->needs_sync = finish->is_open = finish->is_above_open = false;
	finish->n_failures = 0;
	if (remove_empty(tree))
		return true;
	if (tree_folder_open(tree, &finish->failures[0]) != 0) {
		finish->n_failures = 1;
		return true;
	}
	finish->is_open = true;
	if (!tree->is_plain)
		stamp_folder(&tree->folder, &tree->attributes, tree->is_new);
	if (!all->settings->fsync)
		return true;
	finish->is_above_open =
	    tree->is_new && tree_folder_open(tree->above, &failure) == 0;
	finish->needs_sync = !tree->is_new || finish->is_above_open;
	if (!finish->needs_sync)
		add_failure(finish, "cannot sync");
	return true;
}

/* Syncs the file system of files that were passed over: a run that did not sync
 * may have written them. The last of its folders does so, once: where the
 * folder above is on the same, it is left to that one, and for the top one to
 * transfer/parallel.c. Returns 0, or -1 with errno. */
static int
sync_skipped(struct tree_folder *tree)
{
	struct stat own, above;

	if (fstat(tree->folder.fd, &own) != 0 ||
	    fstatat(tree->folder.fd, "..", &above, 0) != 0)
		return -1;
	if (own.st_dev == above.st_dev)
		return 0;
	tree->has_skipped = false;
	return folder_sync(&tree->folder, syncfs);
}

void
tree_finish_sync(struct tree_finish *finish)
{
	struct tree_folder *tree = finish->tree;

	if (tree->has_skipped && sync_skipped(tree) != 0)
		add_failure(finish, "cannot sync what is here already in");
	if (fsync(tree->folder.fd) != 0 ||
	    (tree->is_new && folder_sync(tree_folder_above(tree), fsync) != 0))
		add_failure(finish, "cannot sync");
}

void
tree_finish_end(struct tree_finish *finish)
{
	struct tree_folder *tree = finish->tree;

	if (finish->is_above_open)
		tree_folder_close(tree->above);
	if (finish->is_open)
		tree_folder_close(tree);
	if (tree->above != NULL && tree->has_skipped)
		tree->above->has_skipped = true;
	tree_folder_free(tree);
}
