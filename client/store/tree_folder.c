/*
 * However deep it is, a folder is opened by one look-up from the folder that
 * everything goes into, which no symbolic link on the way can lead elsewhere.
 * It is open only while someone uses it: a tree may have more folders than a
 * process has descriptors. store/tree_finish.c does what comes last.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/stamp.h"
#include "client/store/tree_folder.h"
#include "common/beneath.h"

void
tree_folders_open(struct tree_folders *all, const struct folder *base,
    const struct store_settings *settings)
{
	all->base = base;
	all->settings = settings;
	STAILQ_INIT(&all->due);
}

struct tree_folder *
tree_folder_new(struct tree_folders *all, struct tree_folder *above,
    const char *name, const struct protocol_attributes *attributes)
{
	struct tree_folder *tree = calloc(1, sizeof(*tree) + strlen(name) + 1);

	if (tree == NULL)
		return NULL;
	tree->all = all;
	tree->above = above;
	tree->folder.fd = -1;
	tree->folder.written = &tree->written;
	tree->holders = 1;
	if (attributes != NULL)
		tree->attributes = *attributes;
	tree->is_plain = attributes == NULL;
	memcpy(tree->name, name, strlen(name) + 1);
	if (above != NULL)
		tree_folder_hold(above);
	return tree;
}

void
tree_folder_hold(struct tree_folder *tree)
{
	tree->holders++;
}

int
tree_folder_print_path(const struct tree_folder *tree, const char *final,
    char *path, size_t size)
{
	const struct tree_folder *at;
	size_t len = strlen(final), part;

	/* Filled from the end of the buffer, then moved to its front. */
	if (len >= size)
		len = size - 1;
	memcpy(path + size - 1 - len, final, len);
	for (at = tree; at != NULL; at = at->above) {
		part = strlen(at->name) + 1;
		if (strcmp(at->name, ".") == 0)
			continue;
		if (part > size - 1 - len)
			break;
		len += part;
		memcpy(path + size - 1 - len, at->name, part - 1);
		path[size - 1 - len + part - 1] = '/';
	}
	memmove(path, path + size - 1 - len, len);
	path[len] = '\0';
	if (at == NULL)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
tree_folder_fail(const struct tree_folder *tree, const char *what,
    struct failure *failure)
{
	char path[FAILURE_TEXT / 2]; /* the reason has room behind it */
	int saved = errno;
	bool refused;
	const char *why = beneath_explain(saved, &refused);

	/* No folder can be opened: the path would mislead. */
	if (refused)
		return failure_set(failure, EXIT_LOCAL,
		    "no folder can be opened here for writing: %s", why);
	tree_folder_print_path(tree->above, tree->name, path, sizeof(path));
	return failure_set_errno(failure, saved, "%s %s: %s", what, path,
	    saved == ELOOP	 ? "it is a link here, and not followed" :
		saved == ENOTDIR ? "it is not a folder here" :
				   why);
}

/* Returns 0, or -1 with errno. */
static int
open_folder(struct tree_folder *tree)
{
	char path[PATH_MAX];

	if (tree_folder_print_path(tree->above, tree->name, path,
		sizeof(path)) != 0)
		return -1;
	return folder_open_below(&tree->folder, tree->all->base, path,
	    !tree->is_new);
}

const struct folder *
tree_folder_above(const struct tree_folder *tree)
{
	return tree->above == NULL ? tree->all->base : &tree->above->folder;
}

/* Opens a folder that is there. Returns 0, or -1 with the failure set. */
static int
open_made(struct tree_folder *tree, struct failure *failure)
{
	if (tree->users == 0 && open_folder(tree) != 0)
		return tree_folder_fail(tree, "cannot write into", failure);
	tree->users++;
	return 0;
}

int
tree_folder_open(struct tree_folder *tree, struct failure *failure)
{
	if (tree == NULL)
		return 0;
	if (tree->is_plain && !tree->is_made &&
	    tree_folder_make(tree, failure) != 0)
		return -1;
	if (tree->is_absent) {
		/* No name is found in it. */
		tree->users++;
		return 0;
	}
	return open_made(tree, failure);
}

void
tree_folder_close(struct tree_folder *tree)
{
	if (tree != NULL && --tree->users == 0)
		folder_close(&tree->folder);
}

/* Returns the mode to make the folder with. Its own mode, which may be
 * read-only, comes when all that is in it was written. */
static mode_t
first_mode(const struct tree_folder *tree, const struct folder *above)
{
	if (tree->is_plain)
		return 0777;
	return above->volume->sets_mode == VOLUME_NO ?
	    stamp_mode(above, &tree->attributes) | 0700 :
	    0700;
}

/* Checks that this run has not made the folder by another name that means the
 * same to this file system. Both folders are open. Returns 0, or -1 with the
 * failure set. */
static int
check_other_name(struct tree_folder *tree, struct failure *failure)
{
	const struct folder *above = tree_folder_above(tree);
	struct written_files *written =
	    tree->above == NULL ? above->written : &tree->above->written;
	const struct inode *found;
	struct stat stat;

	if (fstat(tree->folder.fd, &stat) != 0)
		return tree_folder_fail(tree, "cannot write into", failure);
	if (written == NULL)
		return 0;
	found = inode_set_find(&written->files, &stat);
	/* A local folder that has two names is mounted twice. */
	if (!tree->is_new &&
	    (written_files_has_other(written, above->volume, above->fd,
		 tree->name, &stat) ||
		(found != NULL && !above->volume->is_remote &&
		    found->name != inode_set_hash_name(tree->name))))
		return failure_set(failure, EXIT_LOCAL, FOLDER_TWICE);
	if (written_files_add(written, above->volume, tree->name, &stat) != 0)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	return 0;
}

/* Makes an empty folder of this run anew, with its own mode, where chmod(2) is
 * refused and a folder keeps the mode that it is made with. Returns 0, or -1
 * with the failure set. */
static int
remake(struct tree_folder *tree, struct failure *failure)
{
	const struct folder *above = tree_folder_above(tree);

	if (!tree->is_new || above->volume->sets_mode == VOLUME_NO ||
	    !volume_keeps_mode(tree->folder.volume, tree->folder.fd, 0700) ||
	    unlinkat(above->fd, tree->name, AT_REMOVEDIR) != 0)
		return 0;
	if (mkdirat(above->fd, tree->name, first_mode(tree, above)) != 0)
		return tree_folder_fail(tree, "cannot make", failure);
	folder_close(&tree->folder);
	if (open_folder(tree) == 0)
		return 0;
	tree->users = 0;
	return tree_folder_fail(tree, "cannot write into", failure);
}

/* Makes the folder unless it is there. The one above is open. Returns 0, or -1
 * with the failure set. */
static int
make_below(struct tree_folder *tree, struct failure *failure)
{
	const struct folder *above = tree_folder_above(tree);
	int result;

	tree->is_new =
	    mkdirat(above->fd, tree->name, first_mode(tree, above)) == 0;
	tree->folder.is_new = tree->is_new;
	if (tree->is_new)
		tree->folder.written = NULL;
	else if (errno != EEXIST)
		return tree_folder_fail(tree, "cannot make", failure);
	if (open_made(tree, failure) != 0)
		return -1;
	result = tree->is_plain ? 0 : remake(tree, failure);
	if (result == 0 && !tree->is_plain &&
	    folder_make_writable(&tree->folder) != 0)
		result = tree_folder_fail(tree, "cannot write into", failure);
	if (result == 0)
		result = check_other_name(tree, failure);
	tree->is_made = result == 0;
	if (tree->users > 0)
		tree_folder_close(tree);
	return result;
}

/* Finds out for a dry run whether the folder is here. Returns 0, or -1 with the
 * failure set if it could not be made. */
static int
look(struct tree_folder *tree, struct failure *failure)
{
	tree->is_absent = tree->above != NULL && tree->above->is_absent;
	if (tree->is_absent)
		return 0;
	if (open_folder(tree) == 0) {
		folder_close(&tree->folder);
		return 0;
	}
	tree->is_absent = errno == ENOENT;
	return tree->is_absent ?
	    0 :
	    tree_folder_fail(tree, "cannot write into", failure);
}

int
tree_folder_make(struct tree_folder *tree, struct failure *failure)
{
	int result;

	if (tree->all->settings->is_dry)
		return look(tree, failure);
	if (tree_folder_open(tree->above, failure) != 0)
		return -1;
	result = make_below(tree, failure);
	tree_folder_close(tree->above);
	return result;
}

void
tree_folder_free(struct tree_folder *tree)
{
	struct tree_folder *above = tree->above;

	written_files_close(&tree->written);
	free(tree);
	tree_folder_release(above);
}

void
tree_folder_release(struct tree_folder *tree)
{
	if (tree == NULL || --tree->holders > 0)
		return;
	if (tree->is_made)
		STAILQ_INSERT_TAIL(&tree->all->due, tree, next);
	else
		tree_folder_free(tree);
}

bool
tree_folder_leads_back(const struct tree_folder *tree,
    struct protocol_token token)
{
	while (tree != NULL && tree->attributes.token.id != token.id)
		tree = tree->above;
	return tree != NULL;
}
