/*
 * statx(2) fills struct statx, while the rest of the server uses struct stat.
 * The conversion sets only the fields that the server reads, as it runs for
 * each request. root_open has made sure that the kernel has openat2(2), and
 * such a kernel has statx(2).
 */

#include <sys/sysmacros.h>

#include <fcntl.h>
#include <string.h>
#include <xxhash.h>

#include "common/clock.h"
#include "common/syscalls.h"
#include "server/state.h"

static struct timespec
to_timespec(struct statx_timestamp time)
{
	return (struct timespec){.tv_sec = (time_t)time.tv_sec,
	    .tv_nsec = (long)time.tv_nsec};
}

static void
convert_statx(const struct statx *from, struct stat *to)
{
	to->st_dev = makedev(from->stx_dev_major, from->stx_dev_minor);
	to->st_ino = from->stx_ino;
	to->st_mode = from->stx_mode;
	to->st_nlink = from->stx_nlink;
	to->st_uid = from->stx_uid;
	to->st_gid = from->stx_gid;
	to->st_size = (off_t)from->stx_size;
	to->st_mtim = to_timespec(from->stx_mtime);
	to->st_ctim = to_timespec(from->stx_ctime);
}

int
state_read(int folder, const char *entry, struct stat *stat)
{
	struct statx got;

	if (statx(folder, entry,
		AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
		    AT_STATX_FORCE_SYNC,
		STATX_BASIC_STATS, &got) != 0)
		return -1;
	convert_statx(&got, stat);
	return 0;
}

int
state_kind(int folder, const char *entry, mode_t *kind)
{
	struct statx got;

	if (statx(folder, entry,
		AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
		    AT_STATX_DONT_SYNC,
		STATX_TYPE, &got) != 0)
		return -1;
	*kind = got.stx_mode & S_IFMT;
	return 0;
}

static bool
is_same_time(struct statx_timestamp a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
state_has_changed(int fd, const struct stat *before, uint64_t *size)
{
	struct statx now;

	*size = 0;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
		STATX_BASIC_STATS, &now) != 0)
		return true;
	*size = now.stx_size;
	/* Time stamps move in ticks, and a link or an unlink within one tick
	 * shows in the number of names alone. */
	return now.stx_size != (uint64_t)before->st_size ||
	    now.stx_nlink != before->st_nlink ||
	    !is_same_time(now.stx_mtime, before->st_mtim) ||
	    !is_same_time(now.stx_ctime, before->st_ctim);
}

int64_t
state_mtime(const struct stat *stat)
{
	int64_t whole;

	if (__builtin_mul_overflow((int64_t)stat->st_mtim.tv_sec, CLOCK_SEC,
		&whole) ||
	    __builtin_add_overflow(whole, (int64_t)stat->st_mtim.tv_nsec,
		&whole))
		return stat->st_mtim.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return whole;
}

/* Hashes to anything but 0, which means "any" in a token. */
static uint64_t
hash_token(const void *bytes, size_t size)
{
	uint64_t value = XXH3_64bits(bytes, size);

	return value == 0 ? 1 : value;
}

void
state_attributes(const struct stat *stat,
    struct protocol_attributes *attributes)
{
	/* These structs have no padding: each hashed byte is set. */
	struct {
		uint64_t device, inode;
	} file = {stat->st_dev, stat->st_ino};
	struct {
		uint64_t size;
		int64_t mtime_sec, mtime_nsec, ctime_sec, ctime_nsec;
	} state = {(uint64_t)stat->st_size, stat->st_mtim.tv_sec,
	    stat->st_mtim.tv_nsec, stat->st_ctim.tv_sec, stat->st_ctim.tv_nsec};

	attributes->token.id = hash_token(&file, sizeof(file));
	attributes->token.version = hash_token(&state, sizeof(state));
	attributes->size = (uint64_t)stat->st_size;
	attributes->mtime_ns = state_mtime(stat);
	attributes->mode = stat->st_mode;
}
