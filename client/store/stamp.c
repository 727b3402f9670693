/*
 * Bytes that were verified are worth more than their time and mode: what a
 * file system refuses (other people's mounts, FUSE, CIFS, FAT) is counted and
 * told once. Times are compared as the file system keeps them, which is tried
 * on a file of our own rather than known by heart.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/store/acl.h"
#include "client/store/folder.h"
#include "client/store/part.h"
#include "client/ui/report.h"
#include "client/store/stamp.h"
#include "common/clock.h"

enum {
	/* Seconds since 1970. Some file systems have no times before or after
	 * these: FAT begins in 1980, 32 bits end in 2038. */
	STAMP_FROM = 315532800,
	STAMP_TO = INT32_MAX,
	STAMP_COARSE = 2, /* seconds, of the coarsest clock (FAT) */
};

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

mode_t
stamp_mode(const struct folder *folder,
    const struct protocol_attributes *attributes)
{
	mode_t mode = (mode_t)attributes->mode & 0777;

	if (!folder->has_acl)
		return mode & ~folder->umask;
	if (S_ISDIR(attributes->mode))
		mode |= 0070;
	else
		mode |= (mode & 0111) != 0 ? 0070 : 0060;
	return mode & folder->acl;
}

static int
set_time(int fd, int64_t mtime_ns)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    timespec_of(mtime_ns)};

	return futimens(fd, times);
}

static void
lose(const struct folder *folder, uint64_t *count)
{
	++*count;
	if (folder->losses->error == 0)
		folder->losses->error = errno;
}

void
stamp_set_time(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    timespec_of(attributes->mtime_ns)};

	/* Some CIFS servers refuse it for a file that is open for writing, by
	 * its descriptor alone. */
	if (futimens(fd, times) != 0 &&
	    (name == NULL ||
		utimensat(folder->fd, name, times, AT_SYMLINK_NOFOLLOW) != 0))
		lose(folder, &folder->losses->times);
}

void
stamp_file(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes)
{
	stamp_set_time(folder, fd, name, attributes);
	if (fchmod(fd, stamp_mode(folder, attributes)) != 0)
		lose(folder, &folder->losses->modes);
}

void
stamp_folder(const struct folder *folder,
    const struct protocol_attributes *attributes, bool is_new)
{
	mode_t mode = stamp_mode(folder, attributes);
	struct stat stat;

	if (set_time(folder->fd, attributes->mtime_ns) != 0 &&
	    (is_new || errno != EPERM))
		lose(folder, &folder->losses->times);
	if (fstat(folder->fd, &stat) == 0) {
		mode |= stat.st_mode & 07000;
		/* The bits of the group are the mask of an ACL. */
		if (!is_new && (folder->has_acl || acl_is_extended(folder->fd)))
			mode = (mode & ~(mode_t)0070) | (stat.st_mode & 0070);
	}
	if (fchmod(folder->fd, mode) != 0 && (is_new || errno != EPERM))
		lose(folder, &folder->losses->modes);
}

/* Returns whether chmod(2) is obeyed: some file systems refuse it, others
 * report success and change nothing. */
static bool
obeys_chmod(int fd, mode_t mode)
{
	const mode_t other = mode ^ S_IRGRP;
	struct stat stat;

	return fchmod(fd, other) == 0 && fstat(fd, &stat) == 0 &&
	    (stat.st_mode & 0777) == other && fchmod(fd, mode) == 0;
}

bool
stamp_keeps_mode(const struct folder *folder, int fd, mode_t mode)
{
	struct volume *volume = folder->volume;

	if (volume->sets_mode == VOLUME_UNKNOWN)
		volume->sets_mode =
		    obeys_chmod(fd, mode) ? VOLUME_YES : VOLUME_NO;
	return volume->sets_mode == VOLUME_NO;
}

/* An open file of our own without a name, or -1. */
static int
open_probe(struct folder *folder)
{
	const struct protocol_attributes attributes = {.mode = S_IFREG | 0600};
	char name[PART_NAME];
	int fd;

	fd = folder_create_nameless(folder, &attributes);
	if (fd >= 0)
		return fd;
	fd = part_create(folder, ".fileget", attributes.token, 0600, name);
	if (fd >= 0)
		(void)unlinkat(folder->fd, name, 0);
	return fd;
}

/* Finds what the file system makes of a time: 0, or -1 if it does not say. */
static int
try_time(struct folder *folder, int64_t mtime_ns, struct timespec *kept)
{
	struct volume *volume = folder->volume;
	struct stat stat;

	if (!volume->has_probe) {
		volume->probe = open_probe(folder);
		volume->has_probe = true;
	}
	if (volume->probe < 0 || set_time(volume->probe, mtime_ns) != 0 ||
	    fstat(volume->probe, &stat) != 0)
		return -1;
	*kept = stat.st_mtim;
	return 0;
}

static bool
are_equal(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
stamp_is_same(struct folder *folder, const struct stat *stat, int64_t mtime_ns)
{
	struct timespec wanted = timespec_of(mtime_ns), here = stat->st_mtim;
	struct timespec kept;
	int64_t apart = (int64_t)here.tv_sec - (int64_t)wanted.tv_sec;

	if (are_equal(here, wanted))
		return true;
	/* Trying takes two calls, and for most that differ it is no question.
	 */
	if ((apart < -STAMP_COARSE || apart > STAMP_COARSE) &&
	    wanted.tv_sec >= STAMP_FROM && wanted.tv_sec <= STAMP_TO)
		return false;
	if (try_time(folder, mtime_ns, &kept) == 0 && are_equal(here, kept))
		return true;
	/* A server behind it may round later. */
	return folder->volume->is_remote && here.tv_nsec == 0 && apart == 0;
}

void
stamp_tell(struct folder *folder, const struct store_settings *settings,
    struct report *report)
{
	struct stamp_losses *losses = folder->losses;
	uint64_t most =
	    losses->times > losses->modes ? losses->times : losses->modes;

	if (most == 0)
		return;
	report_note(report,
	    "the %s of %" PRIu64
	    " file%s or folder%s could not be set here (%s); the contents are "
	    "whole%s",
	    losses->modes == 0	   ? "time" :
		losses->times == 0 ? "mode" :
				     "time and mode",
	    most, most == 1 ? "" : "s", most == 1 ? "" : "s",
	    strerror(losses->error),
	    losses->times > 0 && settings->update ?
		", and -u fetches them again next time" :
		"");
	memset(losses, 0, sizeof(*losses));
}
