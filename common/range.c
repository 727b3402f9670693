/* pread(2) and pwrite(2) in a loop, since each call may transfer fewer bytes
 * than requested, or none if a signal interrupts it. */

#include <errno.h>
#include <unistd.h>

#include "common/range.h"

int
range_read(int fd, void *bytes, size_t n, uint64_t offset)
{
	uint8_t *into = bytes;
	ssize_t got;

	while (n > 0) {
		got = pread(fd, into, n, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = ENODATA;
		if (got <= 0)
			return -1;
		into += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int
range_write(int fd, const void *bytes, size_t n, uint64_t offset)
{
	const uint8_t *from = bytes;
	ssize_t written;

	while (n > 0) {
		written = pwrite(fd, from, n, (off_t)offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		from += written;
		offset += (uint64_t)written;
		n -= (size_t)written;
	}
	return 0;
}
