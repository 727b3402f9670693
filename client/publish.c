/*
 * The only file with a rename in it: a file appears under its final name as a
 * whole or not at all. All that may fail and can be undone comes before that
 * one step; a part file is renamed, and a file without a name is linked, or,
 * where its name has been taken meanwhile, linked and renamed.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/inodes.h"
#include "client/part.h"
#include "client/publish.h"

/* A file system that tells late that it is full has to tell before the file
 * gets its name: a copy of the descriptor is closed. */
static int
settle(const struct folder *folder, int fd, const struct options *options)
{
	int copy;

	if (options->fsync)
		return fsync(fd);
	if (!folder->tells_late)
		return 0;
	copy = dup(fd);
	if (copy < 0)
		return -1;
	return close(copy) == 0 || errno == EINTR ? 0 : -1;
}

/* After the name is given: sync the file once more, since time and mode were
 * set after settle, then the folder. */
static int
sync_named(const struct folder *folder, int fd, const struct options *options)
{
	if (!options->fsync)
		return 0;
	return fsync(fd) == 0 ? folder_sync(folder) : -1;
}

/* So that no other name of this run is written to the same file. */
static void
remember(const struct folder *folder, int fd)
{
	struct stat stat;

	if (folder->written != NULL && fstat(fd, &stat) == 0)
		(void)inodes_add(folder->written, &stat);
}

static int
rename_part(const struct folder *folder, const char *part, const char *final,
    bool replaces)
{
	if (replaces)
		return renameat(folder->fd, part, folder->fd, final);
	if (renameat2(folder->fd, part, folder->fd, final, RENAME_NOREPLACE) ==
	    0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system that cannot: a link does not replace either. */
	if (linkat(folder->fd, part, folder->fd, final, 0) != 0)
		return -1;
	return unlinkat(folder->fd, part, 0);
}

/* Says why a file has not got its name, and returns -1. */
static int
fail(const struct folder *folder, const char *final, struct failure *failure)
{
	return failure_set(failure, EXITS_LOCAL, "%s: %s", final,
	    errno == EEXIST && folder->is_new ? FOLDER_TWICE : strerror(errno));
}

int
publish_part(const struct folder *folder, int fd, const char *part,
    const char *final, const struct protocol_attributes *attributes,
    const struct options *options, struct failure *failure)
{
	/* The long wait comes first: a part file that is read-only already
	 * could not be gone on with. */
	if (settle(folder, fd, options) != 0 ||
	    folder_set_attributes(folder, fd, attributes) != 0 ||
	    rename_part(folder, part, final,
		!options->no_clobber && !folder->is_new) != 0)
		return fail(folder, final, failure);
	remember(folder, fd);
	return sync_named(folder, fd, options) == 0 ?
	    0 :
	    fail(folder, final, failure);
}

/* First by the descriptor alone, which needs CAP_DAC_READ_SEARCH or, since
 * Linux 6.10, to be who opened it; else by /proc/self/fd, as open(2) shows. */
static int
link_nameless(const struct folder *folder, int fd, const char *name)
{
	char path[64];

	if (linkat(fd, "", folder->fd, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, folder->fd, name, AT_SYMLINK_FOLLOW);
}

/* In the place of what bears the name. A link does not replace: the file is a
 * part file for a moment, and stays one if the run is killed just then. */
static int
link_over(const struct folder *folder, int fd, const char *final,
    struct protocol_token token)
{
	char name[PART_NAME];
	int saved;

	if (part_prepare(folder, fd, final, token, name) != 0 ||
	    link_nameless(folder, fd, name) != 0)
		return -1;
	if (renameat(folder->fd, name, folder->fd, final) == 0)
		return 0;
	saved = errno;
	unlinkat(folder->fd, name, 0);
	errno = saved;
	return -1;
}

int
publish_nameless(const struct folder *folder, int fd, const char *final,
    const struct protocol_attributes *attributes, const struct options *options,
    struct failure *failure)
{
	int result;

	if (folder_set_time(fd, attributes) != 0 ||
	    settle(folder, fd, options) != 0)
		return fail(folder, final, failure);
	result = link_nameless(folder, fd, final);
	if (result != 0 && errno == EEXIST && !options->no_clobber &&
	    !folder->is_new)
		result = link_over(folder, fd, final, attributes->token);
	if (result != 0)
		return fail(folder, final, failure);
	remember(folder, fd);
	if (options->fsync && folder_sync(folder) != 0)
		return fail(folder, final, failure);
	return 0;
}
