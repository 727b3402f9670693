#ifndef COMMON_RANGE_H
#define COMMON_RANGE_H

/*
 * Bytes of a file from an offset on, all of them or an error; the position of
 * the descriptor is not used, so that threads may share it. 0, or -1 with
 * errno; EINTR is tried again.
 */

#include <stddef.h>
#include <stdint.h>

/* ENODATA: the file ends before; the bytes are then undefined. */
int range_read(int fd, void *bytes, size_t n, uint64_t offset);

/* On failure some may have been written. */
int range_write(int fd, const void *bytes, size_t n, uint64_t offset);

#endif
