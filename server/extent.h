#ifndef SERVER_EXTENT_H
#define SERVER_EXTENT_H

/*
 * Files that hold more or less than their size says. Those of /proc have size
 * 0, those of /sys 4096, and FUSE may say what it likes. Nothing of such a file
 * may be sent as if it were the whole: its length has to be announced before
 * its bytes. On file systems of a disk the size is what is there, and nothing
 * is asked. Any thread may call these.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/root.h"

/* The message of IO_ERROR for such a file. */
#define EXTENT_MESSAGE                                                     \
	"it holds more or less than its size says, as files of /proc and " \
	"/sys do, and cannot be sent"

/*
 * Reads n bytes at offset, as range_read; bytes has room for one more. 0, or
 * -1 with errno (ENODATA: they are not all there; EOVERFLOW: they are to be
 * the last ones, by file->stat, and are not).
 */
int extent_read(const struct root_file *file, uint8_t *bytes, size_t n,
    uint64_t offset);

/*
 * Checks a range of n bytes that will be read later: that its first byte is
 * there, and nothing behind it if it is to be the last one. As extent_read.
 */
int extent_check(const struct root_file *file, uint64_t offset, uint64_t n);

/* The same without the first byte: after all of the range was read. */
int extent_check_end(const struct root_file *file, uint64_t end);

/*
 * The answer after a failure: IO_ERROR or, if the file is no longer what
 * file->stat says, CHANGED. code is the errno. *message, EXTENT_MESSAGE or
 * that of the status.
 */
enum protocol_status extent_judge(const struct root_file *file, int code,
    const char **message);

#endif
