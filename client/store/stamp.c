/*
 * A verified file is kept without its time or mode if a file system refuses
 * these (FAT, CIFS, FUSE, a mount of another user). Refusals are counted, and
 * reported once.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "client/store/acl.h"
#include "client/store/stamp.h"
#include "client/ui/report.h"
#include "common/clock.h"

struct timespec
stamp_timespec(int64_t ns)
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

/* Sets the time of an open file or folder. name: its name in the folder, or
 * NULL. Returns 0, or -1 with errno. */
static int
set_time(const struct folder *folder, int fd, const char *name,
    int64_t mtime_ns)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    stamp_timespec(mtime_ns)};

	/* Some CIFS servers refuse to set the time by the descriptor of a file
	 * that is open for writing, and allow it by name. */
	if (futimens(fd, times) == 0)
		return 0;
	return name == NULL ?
	    -1 :
	    utimensat(folder->fd, name, times, AT_SYMLINK_NOFOLLOW);
}

/* Counts a refusal; errno says why. */
static void
count_loss(const struct folder *folder, uint64_t *count)
{
	++*count;
	if (folder->losses->error == 0)
		folder->losses->error = errno;
}

void
stamp_set_time(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes)
{
	if (set_time(folder, fd, name, attributes->mtime_ns) != 0)
		count_loss(folder, &folder->losses->times);
}

void
stamp_file(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes)
{
	stamp_set_time(folder, fd, name, attributes);
	if (fchmod(fd, stamp_mode(folder, attributes)) != 0)
		count_loss(folder, &folder->losses->modes);
}

void
stamp_folder(const struct folder *folder,
    const struct protocol_attributes *attributes, bool is_new)
{
	mode_t mode = stamp_mode(folder, attributes);
	struct stat stat;

	if (set_time(folder, folder->fd, NULL, attributes->mtime_ns) != 0 &&
	    (is_new || errno != EPERM))
		count_loss(folder, &folder->losses->times);
	if (fstat(folder->fd, &stat) == 0) {
		mode |= stat.st_mode & 07000;
		/* With an ACL the group bits are the mask of the ACL. */
		if (!is_new && (folder->has_acl || acl_is_extended(folder->fd)))
			mode = (mode & ~(mode_t)0070) | (stat.st_mode & 0070);
	}
	if (fchmod(folder->fd, mode) != 0 && (is_new || errno != EPERM))
		count_loss(folder, &folder->losses->modes);
}

void
stamp_tell(struct folder *folder, const struct store_settings *settings,
    struct report *report)
{
	struct folder_losses *losses = folder->losses;
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
