#ifndef COMMON_RANGE_H
#define COMMON_RANGE_H

/* Exact reads and writes of a range of a file. Threads may share the
 * descriptor: its position is neither used nor changed. */

#include <stddef.h>
#include <stdint.h>

/* Reads n bytes at offset. Returns 0, or -1 with errno and undefined bytes;
 * ENODATA if the file ends before the range does. */
int range_read(int fd, void *bytes, size_t n, uint64_t offset);

/* Writes n bytes at offset. Returns 0, or -1 with errno; some of the bytes may
 * have been written. */
int range_write(int fd, const void *bytes, size_t n, uint64_t offset);

#endif
