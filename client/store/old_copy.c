/*
 * A block is compared before it is copied, so that a file without equal blocks
 * costs no writing; where one equal block follows the other it is copied and
 * then read once. copy_file_range(2) shares the blocks of both files where
 * the file system can; elsewhere, and where it refuses, bytes are read and
 * written. Which blocks are compared is decided in transfer/.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/file_digests.h"
#include "client/store/holes.h"
#include "client/store/old_copy.h"
#include "client/ui/interrupt.h"
#include "common/range.h"

enum {
	OLD_COPY_READ = 64 * 1024, /* bytes copied at once */
};

int
old_copy_open_named(const char *path, struct failure *failure)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) != 0) {
		failure_set(failure, EXIT_USAGE, "--reuse: cannot read %s: %s",
		    path, strerror(errno));
	} else if (!S_ISREG(stat.st_mode)) {
		failure_set(failure, EXIT_USAGE, "--reuse: %s is %s", path,
		    S_ISDIR(stat.st_mode) ? "a folder, not a file" :
					    "not a regular file");
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int
old_copy_open(const struct folder *folder, const char *final,
    const struct store_settings *settings, uint64_t *size)
{
	struct stat stat;
	int fd;

	fd = settings->old_fd >= 0 ?
	    fcntl(settings->old_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) :
	    folder_open_file(folder, final);
	if (fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode)) {
		*size = (uint64_t)stat.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Returns 1 if n bytes at offset have this digest, 0 if not; -1 with errno if
 * they cannot be read. */
static int
compare_range(int fd, uint64_t offset, uint64_t n,
    const uint8_t digest[DIGEST_LENGTH])
{
	struct file_digests digests;
	uint8_t own[DIGEST_LENGTH];

	file_digests_reset(&digests, false);
	if (file_digests_read(&digests, fd, offset, n) != 0)
		return -1;
	file_digests_whole(&digests, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

/* Has the kernel copy n bytes. Returns false if it does not copy all. */
static bool
clone_range(int old, int to, uint64_t offset, uint64_t n)
{
	off64_t from = (off64_t)offset, into = from;
	ssize_t copied;

	while (n > 0) {
		copied = copy_file_range(old, &from, to, &into, (size_t)n, 0);
		if (copied < 0 && errno == EINTR && !interrupt_pending())
			continue;
		if (copied <= 0)
			return false;
		n -= (uint64_t)copied;
	}
	return true;
}

/* Writes bytes that may have zero blocks. Returns 0, or -1 with errno. */
static int
write_with_holes(int to, const uint8_t *bytes, size_t n, uint64_t offset)
{
	bool is_zero;
	size_t run;

	for (; n > 0; bytes += run, offset += run, n -= run) {
		run = holes_find_run(offset, bytes, n, &is_zero);
		if (!(is_zero && holes_punch(to, offset, run) == 0) &&
		    range_write(to, bytes, run, offset) != 0)
			return -1;
	}
	return 0;
}

/* Copies n bytes by reading and writing. Returns 1; 0 if old cannot be read; or
 * -1 with errno if they cannot be written. */
static int
copy_range(int old, int to, uint64_t offset, uint64_t n, bool with_holes)
{
	uint8_t bytes[OLD_COPY_READ];
	size_t some;

	for (; n > 0; n -= some, offset += some) {
		some = n < sizeof(bytes) ? (size_t)n : sizeof(bytes);
		if (interrupt_check() != 0)
			return -1;
		if (range_read(old, bytes, some, offset) != 0)
			return 0;
		if ((with_holes ? write_with_holes(to, bytes, some, offset) :
				  range_write(to, bytes, some, offset)) != 0)
			return -1;
	}
	return 1;
}

int
old_copy_take(int old, int to, uint64_t offset, uint64_t n, unsigned how,
    const uint8_t digest[DIGEST_LENGTH])
{
	bool with_holes = (how & OLD_COPY_HOLES) != 0;
	int result = 1;

	if ((how & OLD_COPY_LIKELY) == 0)
		result = compare_range(old, offset, n, digest);
	/* A copy that cannot be read, or has become shorter, has no block. */
	if (result < 0 && !interrupt_pending())
		result = 0;
	if (result == 1 && (with_holes || !clone_range(old, to, offset, n)))
		result = copy_range(old, to, offset, n, with_holes);
	return result != 1 ? result : compare_range(to, offset, n, digest);
}
