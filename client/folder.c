/*
 * What a folder is like is found out when it is opened. What is asked of it
 * for one file is asked by a name below its descriptor, and may have changed a
 * moment later: publish.c has the last word.
 */

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <linux/magic.h>
#include <linux/openat2.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "client/folder.h"
#include "client/part.h"
#include "common/beneath.h"
#include "common/clock.h"

/* Whether a disk has room for less than this shows soon enough, in bytes. */
#define FOLDER_CHECK_SPACE (1024 * 1024)

/* NFS and its like write when a descriptor is closed, and say only then that
 * there is no room (close(2)). The file systems below have said so at
 * write(2); one that is not known is taken to be late. */
static bool
tells_late(const struct statfs *kind)
{
	switch ((uint32_t)kind->f_type) {
	case BTRFS_SUPER_MAGIC:
	case EXT4_SUPER_MAGIC: /* ext2 and ext3 too */
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
		return false;
	default:
		return true;
	}
}

/* What there is to know of a folder that has been opened. One that cannot be
 * listed has no resuming. */
static int
begin(struct folder *folder, bool scan)
{
	struct statfs kind = {0}; /* unknown */

	(void)fstatfs(folder->fd, &kind);
	SLIST_INIT(&folder->parts);
	folder->name_max =
	    kind.f_namelen < PART_NAME_LEAST || kind.f_namelen > NAME_MAX ?
	    NAME_MAX :
	    (size_t)kind.f_namelen;
	folder->tells_late = tells_late(&kind);
	if (!scan || part_scan(folder) == 0 || errno == EACCES)
		return 0;
	folder_close(folder);
	return -1;
}

int
folder_open(struct folder *folder, const char *path)
{
	folder->written = NULL;
	folder->is_new = false;
	folder->umask = umask(0);
	umask(folder->umask);
	/* A file gets its first name by way of that. */
	folder->has_nameless = access("/proc/self/fd", X_OK) == 0;
	/* O_PATH: a folder may be written that cannot be read. */
	folder->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder->fd < 0 ? -1 : begin(folder, true);
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
	folder->has_nameless = base->has_nameless;
	folder->fd = beneath_open(base->fd, path, &how);
	return folder->fd < 0 ? -1 : begin(folder, scan);
}

void
folder_close(struct folder *folder)
{
	part_forget(folder);
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

/* A time as the system has it, whose rest is never negative. */
static struct timespec
timespec_of(int64_t ns)
{
	struct timespec time = {
	    .tv_sec = (time_t)(ns / CLOCK_SEC),
	    .tv_nsec = (long)(ns % CLOCK_SEC),
	};

	if (time.tv_nsec < 0) {
		time.tv_nsec += CLOCK_SEC;
		time.tv_sec--;
	}
	return time;
}

int
folder_make_writable(const struct folder *folder)
{
	struct stat stat;

	if (fstat(folder->fd, &stat) != 0)
		return -1;
	if ((stat.st_mode & 0300) == 0300 || stat.st_uid != geteuid())
		return 0;
	return fchmod(folder->fd, (stat.st_mode & 07777) | 0700);
}

bool
folder_keep_same(const struct folder *folder, const char *final, uint64_t size,
    int64_t mtime_ns)
{
	struct timespec time = timespec_of(mtime_ns);
	struct stat stat;

	if (fstatat(folder->fd, final, &stat, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(stat.st_mode) || (uint64_t)stat.st_size != size ||
	    stat.st_mtim.tv_sec != time.tv_sec ||
	    (stat.st_mtim.tv_nsec != time.tv_nsec && stat.st_mtim.tv_nsec != 0))
		return false;
	if (folder->written == NULL)
		return true;
	return !inodes_has(folder->written, &stat) &&
	    inodes_add(folder->written, &stat) == 0;
}

/* Whether a link leads to a device, a pipe, or what we have as 0 to 2: such as
 * /dev/stdout, which is not to be replaced by a file. */
static bool
is_way_out(const struct folder *folder, const char *final)
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
    const struct options *options, struct failure *failure)
{
	struct stat stat;

	if (fstatat(folder->fd, final, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (folder->written != NULL && inodes_has(folder->written, &stat))
		return failure_set(failure, EXITS_LOCAL, "%s: " FOLDER_TWICE,
		    final);
	if (options->no_clobber)
		return failure_set(failure, EXITS_LOCAL,
		    "%s exists and is not replaced (-n)", final);
	if (S_ISDIR(stat.st_mode))
		return failure_set(failure, EXITS_LOCAL, "%s is a folder here",
		    final);
	if ((!S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode)) ||
	    (S_ISLNK(stat.st_mode) && options->output != NULL &&
		is_way_out(folder, final)))
		return failure_set(failure, EXITS_LOCAL,
		    "%s is not a regular file here; -o - writes to standard "
		    "output",
		    final);
	return 1;
}

int
folder_check_space(const struct folder *folder, uint64_t bytes,
    struct failure *failure)
{
	struct statvfs space;
	uint64_t left;

	if (bytes < FOLDER_CHECK_SPACE || fstatvfs(folder->fd, &space) != 0)
		return 0;
	left = (uint64_t)space.f_bavail * space.f_frsize;
	if (bytes <= left)
		return 0;
	return failure_set(failure, EXITS_LOCAL,
	    "no room here: %" PRIu64 " bytes are needed, %" PRIu64 " are free",
	    bytes, left);
}

int
folder_set_time(int fd, const struct protocol_attributes *attributes)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    timespec_of(attributes->mtime_ns)};

	return futimens(fd, times);
}

int
folder_set_attributes(const struct folder *folder, int fd,
    const struct protocol_attributes *attributes)
{
	mode_t mode = (mode_t)attributes->mode & 0777 & ~folder->umask;
	struct stat stat;

	if (folder_set_time(fd, attributes) != 0)
		return -1;
	/* What a folder here has of set-group-id or sticky is its own. */
	if (S_ISDIR(attributes->mode) && fstat(fd, &stat) == 0)
		mode |= stat.st_mode & 07000;
	return fchmod(fd, mode);
}

/* By fsync(2) or syncfs(2), which do not take an O_PATH descriptor. */
static int
sync_by(const struct folder *folder, int (*call)(int))
{
	int fd, result;

	fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = call(fd);
	close(fd);
	return result;
}

int
folder_sync(const struct folder *folder)
{
	return sync_by(folder, fsync);
}

int
folder_sync_all(const struct folder *folder)
{
	return sync_by(folder, syncfs);
}

int
folder_create_nameless(struct folder *folder,
    const struct protocol_attributes *attributes)
{
	int fd = -1;

	if (folder->has_nameless)
		fd = openat(folder->fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC,
		    (mode_t)attributes->mode & 0777);
	/* Other file systems need not be asked again. */
	if (fd < 0)
		folder->has_nameless = false;
	return fd;
}
