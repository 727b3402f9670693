/*
 * Opens each folder once, below the target and not through links. Compares the
 * state of each name just before removing it by the folder's descriptor: a name
 * that has changed since it was recorded stays, because somebody works on it. A
 * folder that stays keeps its time and mode.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/removal.h"

void
removal_open(struct removal *removal, struct leftovers *all)
{
	*removal = (struct removal){.all = all, .left = all->n, .fd = -1};
}

/* Gives the open folder its mode and time again, and closes it. */
static void
leave_folder(struct removal *removal)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
	    removal->before.st_mtim};

	if (removal->fd < 0)
		return;
	if (removal->has_removed)
		(void)futimens(removal->fd, times);
	if (removal->has_new_mode)
		(void)fchmod(removal->fd, removal->before.st_mode & 07777);
	if (removal->has_removed && removal->all->settings->fsync &&
	    fsync(removal->fd) != 0)
		removal->sync_error = errno;
	close(removal->fd);
	removal->fd = -1;
}

/* Opens the folder that an item is in, unless it is open. Returns 0, or -1 with
 * errno. */
static int
enter_folder(struct removal *removal, const struct leftovers_folder *folder)
{
	struct stat *before = &removal->before;

	if (removal->fd >= 0 && removal->folder == folder)
		return 0;
	leave_folder(removal);
	removal->folder = folder;
	removal->has_new_mode = removal->has_removed = false;
	removal->fd = leftovers_open_folder(removal->all, folder);
	if (removal->fd < 0)
		return -1;
	if (fstat(removal->fd, before) != 0)
		return -1;
	/* A folder of a tree has the server's mode, which may be read-only. */
	if (!removal->all->settings->is_dry &&
	    (before->st_mode & 0300) != 0300 && before->st_uid == geteuid())
		removal->has_new_mode =
		    fchmod(removal->fd, (before->st_mode & 07777) | 0700) == 0;
	return 0;
}

/* Removes an item if its state is the recorded one. Returns 0, or -1 with
 * errno; then is_changed may be set. */
static int
remove_item(struct removal *removal, const struct leftover *item)
{
	struct stat stat;

	if (enter_folder(removal, item->folder) != 0 ||
	    fstatat(removal->fd, item->name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (!leftovers_is_same(removal->all, item, &stat)) {
		removal->is_changed = true;
		return -1;
	}
	if (removal->all->settings->is_dry)
		return 0;
	if (unlinkat(removal->fd, item->name,
		S_ISDIR(item->mode) ? AT_REMOVEDIR : 0) != 0)
		return -1;
	removal->has_removed = true;
	return 0;
}

/* Returns true if this errno of a removal is not a failure: the name is gone,
 * on another file system or a mount point, or a folder got new contents. */
static bool
is_no_fault(int code)
{
	return code == ENOENT || code == EXDEV || code == EBUSY ||
	    code == ENOTEMPTY || code == EEXIST;
}

/* Removes an item. Returns true if it is to be reported. */
static bool
process_item(struct removal *removal, struct leftover *item)
{
	removal->is_changed = false;
	removal->error = item->error;
	if (item->error == 0 && !item->is_kept &&
	    remove_item(removal, item) != 0) {
		item->is_kept = true;
		if (!removal->is_changed && !is_no_fault(errno))
			removal->error = errno;
	}
	if (item->is_kept && item->holder != SIZE_MAX)
		removal->all->items[item->holder].is_kept = true;
	return !item->is_kept || removal->is_changed || removal->error != 0;
}

bool
removal_next(struct removal *removal)
{
	struct leftover *item;

	free(removal->path);
	free(removal->name);
	removal->path = removal->name = NULL;
	while (removal->left > 0) {
		item = &removal->all->items[--removal->left];
		if (!process_item(removal, item))
			continue;
		removal->path = leftovers_join(item->folder->path, item->name);
		removal->name = leftovers_join(item->folder->name, item->name);
		return true;
	}
	return false;
}

int
removal_close(struct removal *removal)
{
	leave_folder(removal);
	free(removal->path);
	free(removal->name);
	removal->path = removal->name = NULL;
	return removal->sync_error;
}
