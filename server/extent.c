/*
 * A byte behind st_size may also mean that the file has grown since its state
 * was read. Reading the state again tells the two apart: a file that has grown
 * is sent as announced, and its trailer says CHANGED.
 */

#include <sys/sysmacros.h>

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "common/range.h"
#include "server/extent.h"
#include "server/state.h"
#include "server/storage.h"

/* A file system without a disk has major device number 0. */
static inline bool
is_doubtful(const struct root_file *file, uint64_t end)
{
	return major(file->stat.st_dev) == 0 &&
	    end == (uint64_t)file->stat.st_size;
}

/* Judges a byte found behind the end: returns 0 if the file has grown since its
 * state was read, else -1 with errno EOVERFLOW. */
static int
judge_extra_byte(const struct root_file *file)
{
	uint64_t size;

	if (state_has_changed(file->fd, &file->stat, &size))
		return 0;
	errno = EOVERFLOW;
	return -1;
}

int
extent_check_end(const struct root_file *file, uint64_t end)
{
	uint8_t byte;

	if (!is_doubtful(file, end))
		return 0;
	/* A failure to read behind the end is no failure of the range. */
	return range_read(file->fd, &byte, 1, end) == 0 ?
	    judge_extra_byte(file) :
	    0;
}

int
extent_read(const struct root_file *file, uint8_t *bytes, size_t n,
    uint64_t offset)
{
	size_t got = 0;
	ssize_t some;

	if (!is_doubtful(file, offset + n))
		return range_read(file->fd, bytes, n, offset);
	do {
		some = pread(file->fd, bytes + got, n + 1 - got,
		    (off_t)(offset + got));
		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return -1;
		got += (size_t)some;
		if (got == n)
			return 0;
	} while (some != 0 && got < n);
	if (got > n)
		return judge_extra_byte(file);
	errno = ENODATA;
	return -1;
}

int
extent_check(const struct root_file *file, uint64_t offset, uint64_t n)
{
	uint8_t byte;

	if (major(file->stat.st_dev) != 0)
		return 0;
	if (n > 0 && range_read(file->fd, &byte, 1, offset) != 0)
		return -1;
	return extent_check_end(file, offset + n);
}

enum protocol_status
extent_judge(const struct root_file *file, int code)
{
	uint64_t size;

	if (code == ENODATA && state_has_changed(file->fd, &file->stat, &size))
		return PROTOCOL_CHANGED;
	return storage_may_come_back(code, file->on_network) ?
	    PROTOCOL_BUSY :
	    PROTOCOL_IO_ERROR;
}
