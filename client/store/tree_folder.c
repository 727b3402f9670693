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

#include "client/store/tree_folder.h"
#include "common/beneath.h"

struct branch *
branch_new(struct branch *above, const struct folder *base,
    struct report *report, const char *name,
    const struct protocol_attributes *attributes)
{
	struct branch *branch = calloc(1, sizeof(*branch) + strlen(name) + 1);

	if (branch == NULL)
		return NULL;
	branch->above = above;
	branch->base = base;
	branch->report = report;
	branch->folder.fd = -1;
	branch->folder.written = &branch->written;
	branch->holders = 1;
	branch->attributes = *attributes;
	memcpy(branch->name, name, strlen(name) + 1);
	if (above != NULL)
		branch_hold(above);
	return branch;
}

struct branch *
branch_new_plain(struct branch *above, const struct folder *base,
    struct report *report, const char *name)
{
	const struct protocol_attributes none = {.mode = 0};
	struct branch *branch = branch_new(above, base, report, name, &none);

	if (branch != NULL)
		branch->is_plain = true;
	return branch;
}

void
branch_hold(struct branch *branch)
{
	branch->holders++;
}

int
branch_print_path(const struct branch *branch, const char *final, char *path,
    size_t size)
{
	const struct branch *at;
	size_t len = strlen(final), part;

	/* From its end backwards, then to the front. */
	if (len >= size)
		len = size - 1;
	memcpy(path + size - 1 - len, final, len);
	for (at = branch; at != NULL; at = at->above) {
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
print_own_path(const struct branch *branch, char path[PATH_MAX])
{
	return branch_print_path(branch->above, branch->name, path, PATH_MAX);
}

static int
cannot(const struct branch *branch, const char *what, struct failure *failure)
{
	char path[FAILURE_TEXT / 2]; /* so that there is room for why */
	int saved = errno;
	bool refused;
	const char *why = beneath_explain(saved, &refused);

	/* It is not about this folder. */
	if (refused)
		return failure_set(failure, EXITS_LOCAL,
		    "no folder can be opened here for writing: %s", why);
	branch_print_path(branch->above, branch->name, path, sizeof(path));
	return failure_set(failure, EXITS_LOCAL, "%s %s: %s", what, path,
	    saved == ELOOP	 ? "it is a link here, and not followed" :
		saved == ENOTDIR ? "it is not a folder here" :
				   why);
}

/* 0, or -1 with errno. */
static int
open_folder(struct branch *branch)
{
	char path[PATH_MAX];

	if (print_own_path(branch, path) != 0)
		return -1;
	return folder_open_below(&branch->folder, branch->base, path,
	    !branch->is_new);
}

/* One that is there. */
static int
open_made(struct branch *branch, struct failure *failure)
{
	if (branch->users == 0 && open_folder(branch) != 0)
		return cannot(branch, "cannot write into", failure);
	branch->users++;
	return 0;
}

int
branch_open(struct branch *branch, struct failure *failure)
{
	if (branch->is_plain && !branch->is_made &&
	    branch_make(branch, failure) != 0)
		return -1;
	return open_made(branch, failure);
}

void
branch_close(struct branch *branch)
{
	if (--branch->users == 0)
		folder_close(&branch->folder);
}

/* The mode it is made with. Its own comes last: what is in it is to be written
 * first. */
static mode_t
first_mode(const struct branch *branch, const struct folder *above)
{
	if (branch->is_plain)
		return 0777;
	return above->volume->sets_mode == VOLUME_NO ?
	    stamp_mode(above, &branch->attributes) | 0700 :
	    0700;
}

/* Makes it in an open folder above; one that is there is as good. */
static int
make_in(struct branch *branch, const struct folder *above,
    struct failure *failure)
{
	branch->is_new =
	    mkdirat(above->fd, branch->name, first_mode(branch, above)) == 0;
	branch->folder.is_new = branch->is_new;
	if (branch->is_new)
		branch->folder.written = NULL;
	if (!branch->is_new && errno != EEXIST)
		return cannot(branch, "cannot make", failure);
	return 0;
}

/* The folder that it is in. */
static const struct folder *
folder_above(const struct branch *branch)
{
	return branch->above == NULL ? branch->base : &branch->above->folder;
}

/* One that was there must not be another one of this run, whose name means
 * the same to this file system. The folder above is open. */
static int
tell_apart(struct branch *branch, struct failure *failure)
{
	const struct folder *above = folder_above(branch);
	struct written *written =
	    branch->above == NULL ? above->written : &branch->above->written;
	const struct inode *found;
	struct stat stat;

	if (fstat(branch->folder.fd, &stat) != 0)
		return cannot(branch, "cannot write into", failure);
	if (written == NULL)
		return 0;
	found = inodes_find(&written->files, &stat);
	/* A local folder that is here by two names is mounted twice. */
	if (!branch->is_new &&
	    (written_is_other(written, above, branch->name, &stat) ||
		(found != NULL && !above->volume->is_remote &&
		    found->name != inodes_hash_name(branch->name))))
		return failure_set(failure, EXITS_LOCAL, FOLDER_TWICE);
	if (written_add(written, above, branch->name, &stat) != 0)
		return failure_set(failure, EXITS_LOCAL, "out of memory");
	return 0;
}

/* A folder keeps the mode that it is made with where chmod(2) is refused: makes
 * one of this run, which is empty, anew with its own mode. 0, or -1 with the
 * failure set; it is open in any case. */
static int
remake(struct branch *branch, struct failure *failure)
{
	const struct folder *above = folder_above(branch);

	if (!branch->is_new || above->volume->sets_mode == VOLUME_NO ||
	    !stamp_keeps_mode(&branch->folder, branch->folder.fd, 0700) ||
	    unlinkat(above->fd, branch->name, AT_REMOVEDIR) != 0)
		return 0;
	if (mkdirat(above->fd, branch->name, first_mode(branch, above)) != 0)
		return cannot(branch, "cannot make", failure);
	folder_close(&branch->folder);
	if (open_folder(branch) == 0)
		return 0;
	branch->users = 0;
	return cannot(branch, "cannot write into", failure);
}

/* Makes it, with the folder above open. */
static int
make_below(struct branch *branch, struct failure *failure)
{
	int result;

	if (make_in(branch, folder_above(branch), failure) != 0 ||
	    open_made(branch, failure) != 0)
		return -1;
	result = branch->is_plain ? 0 : remake(branch, failure);
	if (result == 0 && !branch->is_plain &&
	    folder_make_writable(&branch->folder) != 0)
		result = cannot(branch, "cannot write into", failure);
	if (result == 0)
		result = tell_apart(branch, failure);
	branch->is_made = result == 0;
	if (branch->users > 0)
		branch_close(branch);
	return result;
}

int
branch_make(struct branch *branch, struct failure *failure)
{
	int result;

	if (branch->above != NULL && branch_open(branch->above, failure) != 0)
		return -1;
	result = make_below(branch, failure);
	if (branch->above != NULL)
		branch_close(branch->above);
	return result;
}

/*
 * Files that were passed over may be here since a run that did not sync them.
 * The file system is synced once for all, by the last folder of it that is
 * done with: where the one above is on the same, it is that one's to do, and
 * for the top one crew.c's. Other connections wait meanwhile. 0, or -1 with
 * errno.
 */
static int
sync_skipped(struct branch *branch)
{
	struct stat own, above;

	if (fstat(branch->folder.fd, &own) != 0 ||
	    fstatat(branch->folder.fd, "..", &above, 0) != 0)
		return -1;
	if (own.st_dev != above.st_dev)
		return folder_sync_all(&branch->folder);
	if (branch->above != NULL)
		branch->above->has_skipped = true;
	return 0;
}

/* The folder and its name are on disk: 0, or -1 with errno. */
static int
sync_branch(struct branch *branch)
{
	struct failure failure;
	int result;

	if (fsync(branch->folder.fd) != 0)
		return -1;
	if (!branch->is_new)
		return 0;
	if (branch->above == NULL)
		return folder_sync(branch->base);
	if (branch_open(branch->above, &failure) != 0)
		return -1;
	result = folder_sync(&branch->above->folder);
	branch_close(branch->above);
	return result;
}

static void
tell(struct branch *branch, const struct failure *failure)
{
	char path[PATH_MAX];

	(void)print_own_path(branch, path);
	report_failure(branch->report, path, failure, NULL);
}

static void
complain(struct branch *branch, const char *what)
{
	struct failure failure;

	cannot(branch, what, &failure);
	tell(branch, &failure);
}

/* Removes a branch of this run into which nothing has come. */
static bool
remove_empty(struct branch *branch)
{
	struct failure failure;
	bool removed;

	if (!branch->is_plain || !branch->is_new ||
	    (branch->above != NULL &&
		branch_open(branch->above, &failure) != 0))
		return false;
	removed =
	    unlinkat(folder_above(branch)->fd, branch->name, AT_REMOVEDIR) == 0;
	if (branch->above != NULL)
		branch_close(branch->above);
	return removed;
}

/* All that was to come into it is there, or has failed. */
static void
finish(struct branch *branch)
{
	struct failure failure;

	if (!branch->is_made || remove_empty(branch))
		return;
	if (branch_open(branch, &failure) != 0) {
		tell(branch, &failure);
		return;
	}
	if (branch->report->options->fsync && branch->has_skipped &&
	    sync_skipped(branch) != 0)
		complain(branch, "cannot sync what is here already in");
	if (!branch->is_plain)
		stamp_folder(&branch->folder, &branch->attributes,
		    branch->is_new);
	if (branch->report->options->fsync && sync_branch(branch) != 0)
		complain(branch, "cannot sync");
	branch_close(branch);
}

void
branch_release(struct branch *branch)
{
	struct branch *above;

	while (branch != NULL && --branch->holders == 0) {
		above = branch->above;
		finish(branch);
		written_close(&branch->written);
		free(branch);
		branch = above;
	}
}

bool
branch_leads_back(const struct branch *branch, struct protocol_token token)
{
	while (branch != NULL && branch->attributes.token.id != token.id)
		branch = branch->above;
	return branch != NULL;
}
