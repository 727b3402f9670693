/*
 * Properties of the folder and its file system are found out when it is opened.
 * A check of a name holds for a moment only: store/publish.c decides. Bytes and
 * the names that they get are left to other modules.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/store/acl.h"
#include "client/store/folder.h"
#include "common/beneath.h"
#include "common/syscalls.h"

/* Finds out the properties of a folder that was just opened, below base (or
 * NULL). Part files in a folder that may not be listed are not continued.
 * Returns 0, or -1 with errno and the folder closed. */
static int
read_properties(struct folder *folder, const struct folder *base, bool scan)
{
	struct volume volume;
	struct stat stat;

	SLIST_INIT(&folder->parts);
	volume_open(&volume, folder->fd, &stat);
	if (base != NULL && base->volume->device == volume.device) {
		folder->volume = base->volume;
	} else {
		folder->own_volume = volume;
		folder->volume = &folder->own_volume;
	}
	folder->losses = base == NULL ? &folder->own_losses : base->losses;
	/* It is another user's, or writable by others and not sticky. */
	folder->is_shared = (stat.st_uid != 0 && stat.st_uid != geteuid()) ||
	    ((stat.st_mode & 0022) != 0 && (stat.st_mode & S_ISVTX) == 0);
	folder->has_acl = acl_read_default(folder->fd, &folder->acl);
	if (!scan ||
	    part_list_read(&folder->parts, folder->fd,
		folder->volume->is_full) == 0 ||
	    errno == EACCES)
		return 0;
	folder_close(folder);
	return -1;
}

int
folder_open(struct folder *folder, const char *path)
{
	memset(&folder->own_written, 0, sizeof(folder->own_written));
	folder->own_written.may_repeat = true;
	folder->written = &folder->own_written;
	folder->is_new = false;
	folder->umask = umask(0);
	umask(folder->umask);
	memset(&folder->own_losses, 0, sizeof(folder->own_losses));
	/* O_PATH: a folder that may not be read can still be written to. */
	folder->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder->fd < 0 ? -1 : read_properties(folder, NULL, true);
}

int
folder_open_below(struct folder *folder, const struct folder *base,
    const char *path, bool scan)
{
	struct open_how how = {
	    .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	folder->umask = base->umask;
	folder->fd = beneath_open(base->fd, path, &how);
	return folder->fd < 0 ? -1 : read_properties(folder, base, scan);
}

int
folder_open_file(const struct folder *folder, const char *path)
{
	const struct open_how how = {
	    .flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return beneath_open(folder->fd, path, &how);
}

int
folder_open_on_one(const struct folder *base, const char *path, size_t top)
{
	struct open_how how = {
	    .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	const char *rest = path + top;
	char first[PATH_MAX];
	int above, fd, saved;

	snprintf(first, sizeof(first), "%.*s", (int)top, path);
	above = beneath_open(base->fd, first[0] == '\0' ? "." : first, &how);
	if (above < 0)
		return -1;
	how.resolve |= RESOLVE_NO_XDEV;
	rest += *rest == '/';
	fd = beneath_open(above, *rest == '\0' ? "." : rest, &how);
	saved = errno;
	close(above);
	errno = saved;
	return fd;
}

void
folder_close(struct folder *folder)
{
	part_list_clear(&folder->parts);
	volume_close(&folder->own_volume);
	written_files_close(&folder->own_written);
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

int
folder_make_writable(const struct folder *folder)
{
	struct stat stat;

	if (fstat(folder->fd, &stat) != 0)
		return -1;
	if ((stat.st_mode & 0300) == 0300 || stat.st_uid != geteuid())
		return 0;
	if (fchmod(folder->fd, (stat.st_mode & 07777) | 0700) == 0)
		return 0;
	/* We may have the right all the same (root, or FUSE). */
	return faccessat(folder->fd, ".", W_OK | X_OK, AT_EACCESS);
}

/* Returns whether a link leads to a device, a pipe, or the file of descriptor
 * 0, 1 or 2. Such a link (/dev/stdout) must not be replaced. */
static bool
is_device_link(const struct folder *folder, const char *final)
{
	struct stat stat, own;
	int fd;

	if (fstatat(folder->fd, final, &stat, 0) != 0 || S_ISDIR(stat.st_mode))
		return false;
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &own) == 0 && own.st_dev == stat.st_dev &&
		    own.st_ino == stat.st_ino)
			return true;
	return !S_ISREG(stat.st_mode);
}

int
folder_check_name(const struct folder *folder, const char *final,
    const struct store_settings *settings, struct failure *failure)
{
	struct stat stat;

	if (fstatat(folder->fd, final, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (written_files_has_other(folder->written, folder->volume, folder->fd,
		final, &stat))
		return failure_set(failure, EXIT_LOCAL, FOLDER_TWICE);
	if (settings->no_clobber)
		return failure_set(failure, EXIT_LOCAL,
		    "%s exists and is not replaced (-n)", final);
	if (S_ISDIR(stat.st_mode))
		return failure_set(failure, EXIT_LOCAL, "%s is a folder here",
		    final);
	if ((!S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode)) ||
	    (S_ISLNK(stat.st_mode) && settings->is_named &&
		is_device_link(folder, final)))
		return failure_set(failure, EXIT_LOCAL,
		    "%s is not a regular file here; -o - writes to standard "
		    "output",
		    final);
	return 1;
}

int
folder_sync(const struct folder *folder, int (*call)(int))
{
	int fd, result;

	/* The calls refuse an O_PATH descriptor. */
	fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = call(fd);
	close(fd);
	return result;
}

int
folder_create_nameless(struct folder *folder, mode_t mode)
{
	int fd = -1;

	if (folder->volume->has_nameless)
		fd = openat(folder->fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC,
		    mode);
	/* A refusal holds for the file system: do not try again. */
	if (fd < 0)
		folder->volume->has_nameless = false;
	return fd;
}
