/* One tree folder for each path, found again by the path. */

#include <stdlib.h>
#include <string.h>

#include "client/store/base_folders.h"

struct base_folder {
	RB_ENTRY(base_folder) node;
	struct tree_folder *tree; /* NULL: memory was short */
	char path[];
};

static int
compare_paths(struct base_folder *a, struct base_folder *b)
{
	return strcmp(a->path, b->path);
}

/* RB_GENERATE_STATIC of libbsd wants an __unused that glibc cannot have. */
RB_GENERATE_INTERNAL(base_tree, base_folder, node, compare_paths,
    static __attribute__((unused)))

void
base_folders_open(struct base_folders *base, struct tree_folders *all)
{
	base->all = all;
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
		found = RB_INSERT(base_tree, &base->folders, folder);
		if (found != NULL) {
			free(folder);
			folder = found;
		}
		if (folder->tree == NULL)
			folder->tree = tree_folder_new(base->all, *tree,
			    folder->path + (own - name), NULL);
		*tree = folder->tree;
		if (*tree == NULL)
			return failure_set(failure, EXIT_LOCAL,
			    "out of memory");
		own = slash + 1;
	}
	/* The tree has those that were added. */
	return 0; /* NOLINT(clang-analyzer-unix.Malloc) */
}
