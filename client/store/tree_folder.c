/*
 * However deep it is, a branch is opened by one look-up from the folder that
 * everything goes into, which no symbolic link on the way can lead elsewhere.
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

struct tree_folder *
tree_folder_new(struct tree_folder *above, const struct folder *base,
    const struct store_settings *settings, struct report *report,
    const char *name, const struct protocol_attributes *attributes)
{
	struct tree_folder *tree = calloc(1, sizeof(*tree) + strlen(name) + 1);

	if (tree == NULL)
		return NULL;
	tree->above = above;
	tree->base = base;
	tree->settings = settings;
	tree->report = report;
	tree->folder.fd = -1;
	tree->folder.written = &tree->written;
	tree->holders = 1;
	tree->attributes = *attributes;
	memcpy(tree->name, name, strlen(name) + 1);
	if (above != NULL)
		tree_folder_hold(above);
	return tree;
}

struct tree_folder *
tree_folder_new_plain(struct tree_folder *above, const struct folder *base,
    const struct store_settings *settings, struct report *report,
    const char *name)
{
	const struct protocol_attributes none = {.mode = 0};
	struct tree_folder *tree =
	    tree_folder_new(above, base, settings, report, name, &none);

	if (tree != NULL)
		tree->is_plain = true;
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

	/* From its end backwards, then to the front. */
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

/* The path of the folder itself, for openat2(2): 0, or -1 with errno. */
static int
print_own_path(const struct tree_folder *tree, char path[PATH_MAX])
{
	return tree_folder_print_path(tree->above, tree->name, path, PATH_MAX);
}

static int
cannot(const struct tree_folder *tree, const char *what,
    struct failure *failure)
{
	char path[FAILURE_TEXT / 2]; /* so that there is room for why */
	int saved = errno;
	bool refused;
	const char *why = beneath_explain(saved, &refused);

	/* It is not about this folder. */
	if (refused)
		return failure_set(failure, EXIT_LOCAL,
		    "no folder can be opened here for writing: %s", why);
	tree_folder_print_path(tree->above, tree->name, path, sizeof(path));
	return failure_set(failure, EXIT_LOCAL, "%s %s: %s", what, path,
	    saved == ELOOP	 ? "it is a link here, and not followed" :
		saved == ENOTDIR ? "it is not a folder here" :
				   why);
}

/* 0, or -1 with errno. */
static int
open_folder(struct tree_folder *tree)
{
	char path[PATH_MAX];

	if (print_own_path(tree, path) != 0)
		return -1;
	return folder_open_below(&tree->folder, tree->base, path,
	    !tree->is_new);
}

/* One that is there. */
static int
open_made(struct tree_folder *tree, struct failure *failure)
{
	if (tree->users == 0 && open_folder(tree) != 0)
		return cannot(tree, "cannot write into", failure);
	tree->users++;
	return 0;
}

int
tree_folder_open(struct tree_folder *tree, struct failure *failure)
{
	if (tree->is_plain && !tree->is_made &&
	    tree_folder_make(tree, failure) != 0)
		return -1;
	return open_made(tree, failure);
}

void
tree_folder_close(struct tree_folder *tree)
{
	if (--tree->users == 0)
		folder_close(&tree->folder);
}

/* The mode it is made with. Its own comes last: what is in it is to be written
 * first. */
static mode_t
first_mode(const struct tree_folder *tree, const struct folder *above)
{
	if (tree->is_plain)
		return 0777;
	return above->volume->sets_mode == VOLUME_NO ?
	    stamp_mode(above, &tree->attributes) | 0700 :
	    0700;
}

/* Makes it in an open folder above; one that is there is as good. */
static int
make_in(struct tree_folder *tree, const struct folder *above,
    struct failure *failure)
{
	tree->is_new =
	    mkdirat(above->fd, tree->name, first_mode(tree, above)) == 0;
	tree->folder.is_new = tree->is_new;
	if (tree->is_new)
		tree->folder.written = NULL;
	if (!tree->is_new && errno != EEXIST)
		return cannot(tree, "cannot make", failure);
	return 0;
}

/* The folder that it is in. */
static const struct folder *
folder_above(const struct tree_folder *tree)
{
	return tree->above == NULL ? tree->base : &tree->above->folder;
}

/* One that was there must not be another one of this run, whose name means
 * the same to this file system. The folder above is open. */
static int
tell_apart(struct tree_folder *tree, struct failure *failure)
{
	const struct folder *above = folder_above(tree);
	struct written_files *written =
	    tree->above == NULL ? above->written : &tree->above->written;
	const struct inode *found;
	struct stat stat;

	if (fstat(tree->folder.fd, &stat) != 0)
		return cannot(tree, "cannot write into", failure);
	if (written == NULL)
		return 0;
	found = inode_set_find(&written->files, &stat);
	/* A local folder that is here by two names is mounted twice. */
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

/* A folder keeps the mode that it is made with where chmod(2) is refused: makes
 * one of this run, which is empty, anew with its own mode. 0, or -1 with the
 * failure set; it is open in any case. */
static int
remake(struct tree_folder *tree, struct failure *failure)
{
	const struct folder *above = folder_above(tree);

	if (!tree->is_new || above->volume->sets_mode == VOLUME_NO ||
	    !volume_keeps_mode(tree->folder.volume, tree->folder.fd, 0700) ||
	    unlinkat(above->fd, tree->name, AT_REMOVEDIR) != 0)
		return 0;
	if (mkdirat(above->fd, tree->name, first_mode(tree, above)) != 0)
		return cannot(tree, "cannot make", failure);
	folder_close(&tree->folder);
	if (open_folder(tree) == 0)
		return 0;
	tree->users = 0;
	return cannot(tree, "cannot write into", failure);
}

/* Makes it, with the folder above open. */
static int
make_below(struct tree_folder *tree, struct failure *failure)
{
	int result;

	if (make_in(tree, folder_above(tree), failure) != 0 ||
	    open_made(tree, failure) != 0)
		return -1;
	result = tree->is_plain ? 0 : remake(tree, failure);
	if (result == 0 && !tree->is_plain &&
	    folder_make_writable(&tree->folder) != 0)
		result = cannot(tree, "cannot write into", failure);
	if (result == 0)
		result = tell_apart(tree, failure);
	tree->is_made = result == 0;
	if (tree->users > 0)
		tree_folder_close(tree);
	return result;
}

int
tree_folder_make(struct tree_folder *tree, struct failure *failure)
{
	int result;

	if (tree->above != NULL && tree_folder_open(tree->above, failure) != 0)
		return -1;
	result = make_below(tree, failure);
	if (tree->above != NULL)
		tree_folder_close(tree->above);
	return result;
}

/*
 * Files that were passed over may be here since a run that did not sync them.
 * The file system is synced once for all, by the last folder of it that is
 * done with: where the one above is on the same, it is that one's to do, and
 * for the top one transfer/parallel.c's. Other connections wait meanwhile. 0,
 * or -1 with errno.
 */
static int
sync_skipped(struct tree_folder *tree)
{
	struct stat own, above;

	if (fstat(tree->folder.fd, &own) != 0 ||
	    fstatat(tree->folder.fd, "..", &above, 0) != 0)
		return -1;
	if (own.st_dev != above.st_dev)
		return folder_sync_all(&tree->folder);
	if (tree->above != NULL)
		tree->above->has_skipped = true;
	return 0;
}

/* The folder and its name are on disk: 0, or -1 with errno. */
static int
sync_branch(struct tree_folder *tree)
{
	struct failure failure;
	int result;

	if (fsync(tree->folder.fd) != 0)
		return -1;
	if (!tree->is_new)
		return 0;
	if (tree->above == NULL)
		return folder_sync(tree->base);
	if (tree_folder_open(tree->above, &failure) != 0)
		return -1;
	result = folder_sync(&tree->above->folder);
	tree_folder_close(tree->above);
	return result;
}

static void
tell(struct tree_folder *tree, const struct failure *failure)
{
	char path[PATH_MAX];

	(void)print_own_path(tree, path);
	report_failure(tree->report, path, failure, NULL);
}

static void
complain(struct tree_folder *tree, const char *what)
{
	struct failure failure;

	cannot(tree, what, &failure);
	tell(tree, &failure);
}

/* Removes a branch of this run into which nothing has come. */
static bool
remove_empty(struct tree_folder *tree)
{
	struct failure failure;
	bool removed;

	if (!tree->is_plain || !tree->is_new ||
	    (tree->above != NULL &&
		tree_folder_open(tree->above, &failure) != 0))
		return false;
	removed =
	    unlinkat(folder_above(tree)->fd, tree->name, AT_REMOVEDIR) == 0;
	if (tree->above != NULL)
		tree_folder_close(tree->above);
	return removed;
}

/* All that was to come into it is there, or has failed. */
static void
finish(struct tree_folder *tree)
{
	struct failure failure;

	if (!tree->is_made || remove_empty(tree))
		return;
	if (tree_folder_open(tree, &failure) != 0) {
		tell(tree, &failure);
		return;
	}
	if (tree->settings->fsync && tree->has_skipped &&
	    sync_skipped(tree) != 0)
		complain(tree, "cannot sync what is here already in");
	if (!tree->is_plain)
		stamp_folder(&tree->folder, &tree->attributes, tree->is_new);
	if (tree->settings->fsync && sync_branch(tree) != 0)
		complain(tree, "cannot sync");
	tree_folder_close(tree);
}

void
tree_folder_release(struct tree_folder *tree)
{
	struct tree_folder *above;

	while (tree != NULL && --tree->holders == 0) {
		above = tree->above;
		finish(tree);
		written_files_close(&tree->written);
		free(tree);
		tree = above;
	}
}

bool
tree_folder_leads_back(const struct tree_folder *tree,
    struct protocol_token token)
{
	while (tree != NULL && tree->attributes.token.id != token.id)
		tree = tree->above;
	return tree != NULL;
}
