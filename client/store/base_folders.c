/*
 * One branch for each path, found again by it.
 */

#include <stdlib.h>
#include <string.h>

#include "client/store/base_folders.h"

struct base_folder {
	RB_ENTRY(base_folder) node;
	struct tree_folder *tree;
	char path[];
};

static int
compare(struct base_folder *a, struct base_folder *b)
{
	return strcmp(a->path, b->path);
}

/* As in transfer/job_queue.c. */
RB_GENERATE_INTERNAL(base_tree, base_folder, node, compare,
    static __attribute__((unused)))

void
base_folders_open(struct base_folders *base, const struct folder *folder,
    const struct store_settings *settings, struct report *report)
{
	*base = (struct base_folders){.folder = folder,
	    .settings = settings,
	    .report = report};
	RB_INIT(&base->folders);
}

void
base_folders_close(struct base_folders *base)
{
	struct base_folder *folder;

	while ((folder = RB_MIN(base_tree, &base->folders)) != NULL) {
		RB_REMOVE(base_tree, &base->folders, folder);
		tree_folder_release(folder->tree);
		free(folder);
	}
}

/* The folder of this path below above; NULL without memory. */
static struct tree_folder *
add(struct base_folders *base, struct base_folder *folder,
    struct tree_folder *above, const char *own_name)
{
	folder->tree = tree_folder_new_plain(above, base->folder,
	    base->settings, base->report, own_name);
	if (folder->tree == NULL) {
		free(folder);
		return NULL;
	}
	RB_INSERT(base_tree, &base->folders, folder);
	return folder->tree;
}

int
base_folders_find(struct base_folders *base, const char *name,
    struct tree_folder **tree, struct failure *failure)
{
	struct base_folder *folder, *found;
	const char *slash, *own = name;

	*tree = NULL;
	for (slash = strchr(name, '/'); slash != NULL;
	     slash = strchr(own, '/')) {
		folder =
		    calloc(1, sizeof(*folder) + (size_t)(slash - name) + 1);
		if (folder == NULL)
			return failure_set(failure, EXIT_LOCAL,
			    "out of memory");
		memcpy(folder->path, name, (size_t)(slash - name));
		found = RB_FIND(base_tree, &base->folders, folder);
		if (found != NULL) {
			*tree = found->tree;
			free(folder);
		} else {
			*tree = add(base, folder, *tree,
			    folder->path + (own - name));
		}
		if (*tree == NULL)
			return failure_set(failure, EXIT_LOCAL,
			    "out of memory");
		own = slash + 1;
	}
	/* The tree has those that were added. */
	return 0; /* NOLINT(clang-analyzer-unix.Malloc) */
}
