/*
 * The only file with a rename in it: a file appears under its final name as a
 * whole or not at all. All that may fail and can be undone comes before that
 * step. A part file is renamed; a file without a name is linked, or linked as a
 * part file and renamed where the name has been taken meanwhile.
 *
 * To give a name only if it is free there are three ways: renameat2(2) with
 * RENAME_NOREPLACE; link(2) where a file system lacks that; and, where it lacks
 * both, an empty file in its place, made with O_EXCL and then renamed over. If
 * a program stands behind the file system (FUSE), the third way only looks
 * whether the name is free.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "client/store/publish.h"
#include "client/store/stamp.h"
#include "client/store/write_failure.h"
#include "common/range.h"
#include "common/syscalls.h"

enum {
	PUBLISH_BUFFER = 16 * 1024, /* bytes copied at once */
};

/* Returns whether the name still leads to the empty file that was made. */
static bool
is_placeholder(const struct folder *folder, const char *final,
    const struct stat *made)
{
	struct stat there;

	return fstatat(folder->fd, final, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    volume_is_one(folder->volume, made, &there) && there.st_size == 0;
}

static int
rename_over_placeholder(const struct folder *folder, const char *part,
    const char *final)
{
	struct stat made;
	int fd, result, saved;

	fd = openat(folder->fd, final,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	result = fstat(fd, &made);
	close(fd);
	if (result == 0 && !is_placeholder(folder, final, &made)) {
		errno = EEXIST;
		return -1;
	}
	if (result == 0)
		result = renameat(folder->fd, part, folder->fd, final);
	if (result != 0) {
		saved = errno;
		if (is_placeholder(folder, final, &made))
			(void)unlinkat(folder->fd, final, 0);
		errno = saved;
	}
	return result;
}

/* Renames if no file has the name. A program behind the file system may store
 * the empty file of rename_over_placeholder late, over the file renamed to its
 * name. A file made between the look and the rename is replaced. */
static int
rename_if_free(const struct folder *folder, const char *part, const char *final)
{
	struct stat there;

	if (fstatat(folder->fd, final, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return errno != ENOENT ?
		    -1 :
		    renameat(folder->fd, part, folder->fd, final);
	errno = EEXIST;
	return -1;
}

/* If the part file cannot be removed, the file has both names. */
static int
link_part(const struct folder *folder, const char *part, const char *final)
{
	if (linkat(folder->fd, part, folder->fd, final, 0) != 0)
		return -1;
	(void)unlinkat(folder->fd, part, 0);
	return 0;
}

/* Renames, or, where nothing may be renamed, links if the name is free. */
static int
rename_or_link(const struct folder *folder, const char *part, const char *final)
{
	int saved;

	if (renameat(folder->fd, part, folder->fd, final) == 0)
		return 0;
	saved = errno;
	if ((saved == EPERM || saved == EACCES || saved == ENOSYS ||
		saved == EOPNOTSUPP) &&
	    link_part(folder, part, final) == 0)
		return 0;
	errno = saved;
	return -1;
}

/* Renames a part file. replaces: a file or link that has the final name goes;
 * otherwise that is EEXIST. A way that the file system refuses is not tried
 * again. Returns 0, or -1 with errno; the part file has its old name then. */
static int
rename_part(const struct folder *folder, const char *part, const char *final,
    bool replaces)
{
	struct volume *volume = folder->volume;
	bool had_noreplace = volume->has_noreplace;
	bool had_links = volume->has_links;

	if (replaces)
		return rename_or_link(folder, part, final);
	if (volume->has_noreplace) {
		if (syscalls_renameat2(folder->fd, part, folder->fd, final,
			RENAME_NOREPLACE) == 0)
			return 0;
		if (errno == EEXIST)
			return -1;
		volume->has_noreplace = false;
	}
	if (volume->has_links) {
		if (link_part(folder, part, final) == 0)
			return 0;
		if (errno == EEXIST)
			return -1;
		volume->has_links = false;
	}
	if ((volume->is_remote ?
		    rename_if_free(folder, part, final) :
		    rename_over_placeholder(folder, part, final)) == 0)
		return 0;
	/* All three failed: the name is at fault, not the file system. */
	volume->has_noreplace = had_noreplace;
	volume->has_links = had_links;
	return -1;
}

/* Links by the descriptor, which needs CAP_DAC_READ_SEARCH or, since
 * Linux 6.10, the credentials that opened it; else by /proc/self/fd, as in
 * open(2). */
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

/* Has the file system report errors of writing before the file gets its name.
 * Returns 0, or -1 with errno. */
static int
flush_file(const struct folder *folder, int fd,
    const struct store_settings *settings)
{
	return settings->fsync ? fsync(fd) : volume_flush(folder->volume, fd);
}

/* Sets the failure for bytes that the disk did not take. Returns -1. */
static int
fail_late(struct failure *failure)
{
	return failure_set_errno(failure, errno, "cannot write here: %s",
	    strerror(errno));
}

/* Checks that the name leads to our file: in a shared folder others could have
 * put another one in its place. Returns 0, or -1 with errno and the failure. */
static int
check_ours(const struct folder *folder, int fd, const char *name,
    struct failure *failure)
{
	if (!folder->is_shared ||
	    volume_is_named(folder->volume, folder->fd, name, fd))
		return 0;
	errno = EEXIST;
	return failure_set(failure, EXIT_LOCAL,
	    "%s is not what was written here: somebody else, who may write to "
	    "this folder, has put another file in its place",
	    name);
}

/* Checks that no other file of this run has got the name since
 * folder_check_name. Returns 0, or -1 with errno. */
static int
check_other_name(const struct folder *folder, const char *final,
    struct failure *failure)
{
	struct stat stat;

	if (folder->written == NULL || folder->written->files.n == 0 ||
	    fstatat(folder->fd, final, &stat, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !written_files_has_other(folder->written, folder->volume,
		folder->fd, final, &stat))
		return 0;
	errno = EEXIST;
	return failure_set(failure, EXIT_LOCAL, FOLDER_TWICE);
}

/* Checks and syncs the named file. Returns 0, or -1 with the failure set. */
static int
finish_named(const struct folder *folder, int fd, const char *final,
    const struct store_settings *settings, struct failure *failure)
{
	struct stat stat;

	if (check_ours(folder, fd, final, failure) != 0)
		return -1;
	/* No other name of this run may be written to the same file. */
	if (folder->written != NULL && fstat(fd, &stat) == 0)
		(void)written_files_add(folder->written, folder->volume, final,
		    &stat);
	/* Time and mode were set after flush_file. */
	if (!settings->fsync ||
	    (fsync(fd) == 0 && folder_sync(folder, fsync) == 0))
		return 0;
	failure_set(failure, EXIT_LOCAL,
	    "it is here, and cannot be put on disk: %s", strerror(errno));
	/* The part file has its final name: there is none to continue. */
	errno = EEXIST;
	return -1;
}

int
publish_part(const struct folder *folder, int fd, const char *part,
    const char *final, const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure)
{
	bool replaces = !settings->no_clobber && !folder->is_new;
	int saved;

	/* Flush before chmod: a read-only part file cannot be continued. */
	if (flush_file(folder, fd, settings) != 0)
		return fail_late(failure);
	if (check_ours(folder, fd, part, failure) != 0)
		return -1;
	if (replaces && check_other_name(folder, final, failure) != 0)
		return -1;
	stamp_file(folder, fd, part, attributes);
	if (rename_part(folder, part, final, replaces) == 0)
		return finish_named(folder, fd, final, settings, failure);
	saved = errno;
	(void)fchmod(fd, 0600);
	errno = saved;
	return write_failure_set_name(folder, part, final, settings, failure);
}

/* Replaces the file that has the name. link(2) does not replace: ours becomes a
 * part file, which it stays if the run is killed, and is renamed. */
static int
link_over(const struct folder *folder, int fd, const char *final,
    struct protocol_token token)
{
	char name[PART_NAME];
	int saved, tries;

	if (part_prepare(folder, fd, final, token, name) != 0)
		return -1;
	for (tries = 0; link_nameless(folder, fd, name) != 0; tries++) {
		if (errno != EEXIST || tries == PART_TRIES)
			return -1;
		part_print_numbered(folder, final, token, arc4random(), name);
	}
	if (rename_part(folder, name, final, true) == 0)
		return 0;
	saved = errno;
	unlinkat(folder->fd, name, 0);
	errno = saved;
	return -1;
}

/* Returns 0, or -1 with errno. */
static int
copy_file(int from, int to, uint64_t size)
{
	uint8_t buffer[PUBLISH_BUFFER];
	uint64_t at;
	size_t n;

	for (at = 0; at < size; at += n) {
		n = size - at < sizeof(buffer) ? (size_t)(size - at) :
						 sizeof(buffer);
		if (range_read(from, buffer, n, at) != 0 ||
		    range_write(to, buffer, n, at) != 0)
			return -1;
	}
	return 0;
}

/* Publishes a copy, since this file system gives the file no name. */
static int
publish_copy(struct folder *folder, int fd, const char *final,
    const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure)
{
	char part[PART_NAME];
	int copy, result;

	copy = part_create(folder, final, protocol_content_token(attributes),
	    stamp_mode(folder, attributes), part);
	if (copy < 0)
		return write_failure_set_name(folder, NULL, final, settings,
		    failure);
	result = copy_file(fd, copy, attributes->size) == 0 ?
	    publish_part(folder, copy, part, final, attributes, settings,
		failure) :
	    fail_late(failure);
	if (result == 0)
		folder->volume->has_nameless = false;
	else
		unlinkat(folder->fd, part, 0);
	close(copy);
	return result;
}

int
publish_nameless(struct folder *folder, int fd, const char *final,
    const struct protocol_attributes *attributes,
    const struct store_settings *settings, struct failure *failure)
{
	bool replaces = !settings->no_clobber && !folder->is_new;

	stamp_set_time(folder, fd, NULL, attributes);
	if (flush_file(folder, fd, settings) != 0)
		return fail_late(failure);
	if (link_nameless(folder, fd, final) == 0)
		return finish_named(folder, fd, final, settings, failure);
	if (errno == EEXIST && replaces) {
		if (check_other_name(folder, final, failure) != 0)
			return -1;
		if (link_over(folder, fd, final,
			protocol_content_token(attributes)) == 0)
			return finish_named(folder, fd, final, settings,
			    failure);
	}
	if (errno == EEXIST || errno == EISDIR)
		return write_failure_set_name(folder, NULL, final, settings,
		    failure);
	return publish_copy(folder, fd, final, attributes, settings, failure);
}
