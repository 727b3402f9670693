/*
 * Compares a file that is here with the server's by size and time, as the file
 * system keeps times: that is tried on a file of our own rather than known for
 * each kind of file system.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "client/store/part.h"
#include "client/store/same_file.h"
#include "client/store/stamp.h"

enum {
	/* Seconds since 1970. Some file systems have no times before or after
	 * these: FAT begins in 1980, 32 bits end in 2038. */
	SAME_FILE_FROM = 315532800,
	SAME_FILE_TO = INT32_MAX,
	SAME_FILE_COARSE = 2, /* seconds, of the coarsest clock (FAT) */
};

/* Makes a file without a name. Returns its descriptor, or -1. */
static int
open_probe(struct folder *folder)
{
	const struct protocol_token token = {.id = 0};
	char name[PART_NAME];
	int fd;

	fd = folder_create_nameless(folder, 0600);
	if (fd >= 0)
		return fd;
	fd = part_create(folder, ".fileget", token, 0600, name);
	if (fd >= 0)
		(void)unlinkat(folder->fd, name, 0);
	return fd;
}

/* Sets *kept to what the file system makes of a time. Returns 0, or -1 if it
 * cannot be tried. */
static int
try_time(struct folder *folder, int64_t mtime_ns, struct timespec *kept)
{
	struct volume *volume = folder->volume;
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    stamp_timespec(mtime_ns)};
	struct stat stat;

	if (!volume->has_probe) {
		volume->probe = open_probe(folder);
		volume->has_probe = true;
	}
	if (volume->probe < 0 || futimens(volume->probe, times) != 0 ||
	    fstat(volume->probe, &stat) != 0)
		return -1;
	*kept = stat.st_mtim;
	return 0;
}

static bool
are_equal_times(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Returns whether a file has the time mtime_ns, or what the file system makes
 * of it: many keep whole or even seconds only, or not all years. */
static bool
has_time(struct folder *folder, const struct stat *stat, int64_t mtime_ns)
{
	struct timespec wanted = stamp_timespec(mtime_ns), here = stat->st_mtim;
	struct timespec kept;
	int64_t apart = (int64_t)here.tv_sec - (int64_t)wanted.tv_sec;

	if (are_equal_times(here, wanted))
		return true;
	/* Most times that differ are too far apart to be tried. */
	if ((apart < -SAME_FILE_COARSE || apart > SAME_FILE_COARSE) &&
	    wanted.tv_sec >= SAME_FILE_FROM && wanted.tv_sec <= SAME_FILE_TO)
		return false;
	if (try_time(folder, mtime_ns, &kept) == 0 &&
	    are_equal_times(here, kept))
		return true;
	/* A server behind the file system may round later. */
	return folder->volume->is_remote && here.tv_nsec == 0 && apart == 0;
}

bool
same_file_keep(struct folder *folder, const char *final, uint64_t size,
    int64_t mtime_ns)
{
	struct stat stat;

	if (fstatat(folder->fd, final, &stat, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(stat.st_mode) || (uint64_t)stat.st_size != size ||
	    !has_time(folder, &stat, mtime_ns))
		return false;
	if (folder->written == NULL)
		return true;
	return !written_files_has_other(folder->written, folder->volume,
		   folder->fd, final, &stat) &&
	    written_files_add(folder->written, folder->volume, final, &stat) ==
	    0;
}
