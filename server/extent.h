#ifndef SERVER_EXTENT_H
#define SERVER_EXTENT_H

/*
 * Detects files whose st_size is not their length: /proc says 0, /sys says
 * 4096, FUSE may say anything. A reply announces the length before the bytes,
 * so such a file must be refused. File systems on a disk are trusted and cost
 * no system call. Any thread may call these functions.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/root.h"

/* IO_ERROR message for ENODATA or EOVERFLOW of extent_read or extent_check. */
#define EXTENT_MESSAGE                                                     \
	"it holds more or less than its size says, as files of /proc and " \
	"/sys do, and cannot be sent"

/*
 * Reads exactly n bytes at offset; bytes has room for n + 1. Returns 0, or -1
 * with errno: ENODATA if the file ends before, EOVERFLOW if the range ends at
 * file->stat.st_size and the file goes on, or that of pread(2).
 */
int extent_read(const struct root_file *file, uint8_t *bytes, size_t n,
    uint64_t offset);

/* Checks a range that will be read later: its first byte must exist, and no
 * byte behind it if it ends at file->stat.st_size. Returns 0, or -1 with the
 * errno that extent_read would set. */
int extent_check(const struct root_file *file, uint64_t offset, uint64_t n);

/* Checks, after a range was read, that no byte follows if it ends at
 * file->stat.st_size. Returns 0, or -1 with errno EOVERFLOW. */
int extent_check_end(const struct root_file *file, uint64_t end);

/* Returns the status that answers a failed read with this errno: CHANGED if the
 * file was truncated meanwhile, BUSY if its file system may answer later
 * (storage_may_come_back), else IO_ERROR. */
enum protocol_status extent_judge(const struct root_file *file, int code);

#endif
