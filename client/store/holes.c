/* In most files no segment begins with a zero byte, so that the search compares
 * one byte of each. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/holes.h"
#include "common/range.h"

enum {
	/* Bytes. Smaller holes would make many extents of one file. */
	HOLES_BLOCK = 64 * 1024,
};

static size_t
segment_length(uint64_t offset, size_t n)
{
	size_t left = HOLES_BLOCK - (size_t)(offset % HOLES_BLOCK);

	return n < left ? n : left;
}

static bool
is_all_zero(const uint8_t *bytes, size_t n)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

size_t
holes_find_run(uint64_t offset, const uint8_t *bytes, size_t n, bool *is_zero)
{
	size_t run = segment_length(offset, n), len;

	*is_zero = is_all_zero(bytes, run);
	while (run < n) {
		len = segment_length(offset + run, n - run);
		if (is_all_zero(bytes + run, len) != *is_zero)
			break;
		run += len;
	}
	return run;
}

int
holes_punch(int fd, uint64_t offset, size_t n)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    (off_t)offset, (off_t)n);
}

int
holes_end_file(int fd, uint64_t size)
{
	static const uint8_t zero;

	if (ftruncate(fd, (off_t)size) == 0)
		return 0;
	/* Not every file system lets ftruncate(2) make a file longer. */
	return range_write(fd, &zero, 1, size - 1);
}
