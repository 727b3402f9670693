/* A copy is written under a name of its own and renamed, as rsync does. */

#include <sys/sendfile.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/harness/replica.h"
#include "tests/harness/scratch.h"

static int
open_here(const char *name, int flags)
{
	int fd = openat(scratch_fd(), name, flags | O_CLOEXEC, 0600);

	ck_assert_msg(fd >= 0, "%s", name);
	return fd;
}

static void
set_times(int fd, const struct stat *stat)
{
	const struct timespec times[2] = {stat->st_atim, stat->st_mtim};

	ck_assert_int_eq(futimens(fd, times), 0);
}

void
replica_copy(const char *from, const char *to)
{
	char temporary[SCRATCH_PATH];
	struct stat stat;
	int in, out;
	off_t done = 0;

	snprintf(temporary, sizeof(temporary), "%s.copy", to);
	in = open_here(from, O_RDONLY);
	out = open_here(temporary, O_WRONLY | O_CREAT | O_EXCL);
	ck_assert_int_eq(fstat(in, &stat), 0);
	while (done < stat.st_size)
		ck_assert_int_gt(sendfile(out, in, &done,
				     (size_t)(stat.st_size - done)),
		    0);
	ck_assert_int_eq(fchmod(out, stat.st_mode & 07777), 0);
	set_times(out, &stat);
	close(in);
	close(out);
	scratch_rename(temporary, to);
}

void
replica_set_time(const char *name, const char *from)
{
	int fd = open_here(from, O_RDONLY);
	struct stat stat;

	ck_assert_int_eq(fstat(fd, &stat), 0);
	close(fd);
	fd = open_here(name, O_WRONLY);
	set_times(fd, &stat);
	close(fd);
}

void
replica_flip(const char *name, uint64_t offset)
{
	int fd = open_here(name, O_RDWR);
	struct stat stat;
	uint8_t byte;

	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_int_eq(pread(fd, &byte, 1, (off_t)offset), 1);
	byte ^= 1;
	ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)offset), 1);
	set_times(fd, &stat);
	close(fd);
}
