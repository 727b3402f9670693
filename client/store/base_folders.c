/*
 * One branch for each path, found again by it.
 */

#include <stdlib.h>
#include <string.h>

#include "client/store/base_folders.h"

struct base_folder {
	RB_ENTRY(base_folder) node;
	struct branch *branch;
	char path[];
};

static int
compare(struct base_folder *a, struct base_folder *b)
{
	return strcmp(a->path, b->path);
}

/* As in jobs.c. */
RB_GENERATE_INTERNAL(base_tree, base_folder, node, compare,
    static __attribute__((unused)))

void
base_open(struct base *base, const struct folder *folder, struct report *report)
{
	*base = (struct base){.folder = folder, .report = report};
	RB_INIT(&base->folders);
}

void
base_close(struct base *base)
{
	struct base_folder *folder;

	while ((folder = RB_MIN(base_tree, &base->folders)) != NULL) {
		RB_REMOVE(base_tree, &base->folders, folder);
		branch_release(folder->branch);
		free(folder);
	}
}

/* The folder of this path below above; NULL without memory. */
static struct branch *
add(struct base *base, struct base_folder *folder, struct branch *above,
    const char *own_name)
{
	folder->branch =
	    branch_new_plain(above, base->folder, base->report, own_name);
	if (folder->branch == NULL) {
		free(folder);
		return NULL;
	}
	RB_INSERT(base_tree, &base->folders, folder);
	return folder->branch;
}

int
base_find(struct base *base, const char *name, struct branch **branch,
    struct failure *failure)
{
	struct base_folder *folder, *found;
	const char *slash, *own = name;

	*branch = NULL;
	for (slash = strchr(name, '/'); slash != NULL;
	     slash = strchr(own, '/')) {
		folder =
		    calloc(1, sizeof(*folder) + (size_t)(slash - name) + 1);
		if (folder == NULL)
			return failure_set(failure, EXITS_LOCAL,
			    "out of memory");
		memcpy(folder->path, name, (size_t)(slash - name));
		found = RB_FIND(base_tree, &base->folders, folder);
		if (found != NULL) {
			*branch = found->branch;
			free(folder);
		} else {
			*branch = add(base, folder, *branch,
			    folder->path + (own - name));
		}
		if (*branch == NULL)
			return failure_set(failure, EXITS_LOCAL,
			    "out of memory");
		own = slash + 1;
	}
	/* The tree has those that were added. */
	return 0; /* NOLINT(clang-analyzer-unix.Malloc) */
}
