/*
 * EXT4_IOC_SHUTDOWN is in no exported header; it has the number of
 * XFS_IOC_GOINGDOWN. The mount option noauto_da_alloc switches off ext4's flush
 * of renamed files, which other file systems do not have.
 */

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/crash/disk.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

#define DISK_SIZE     (UINT64_C(200) * 1024 * 1024) /* bytes */
#define DISK_SHUTDOWN _IOR('X', 125, uint32_t)

enum {
	DISK_NO_LOG_FLUSH = 2, /* EXT4_GOING_FLAGS_NOLOGFLUSH */
	DISK_TRIES = 8,
};

static const char image[] = "images/disk";

/* mkfs.ext4 is not on every user's path. */
static const char *
find_mkfs(void)
{
	static const char *const paths[] = {"/usr/sbin/mkfs.ext4",
	    "/sbin/mkfs.ext4", "/usr/bin/mkfs.ext4"};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* Attaches the image to a free loop device, which is detached when its last
 * user closes it. Returns the descriptor, or -1 with errno set. */
static int
attach(char device[32])
{
	struct loop_config config = {
	    .info = {.lo_flags = LO_FLAGS_AUTOCLEAR},
	};
	int control, file, fd = -1, number, tries;

	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	file = openat(scratch_fd(), image, O_RDWR | O_CLOEXEC);
	/* Another process may take the free device first. */
	for (tries = 0; fd < 0 && control >= 0 && tries < DISK_TRIES; tries++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		snprintf(device, 32, "/dev/loop%d", number);
		fd = number < 0 ? -1 : open(device, O_RDWR | O_CLOEXEC);
		config.fd = (uint32_t)file;
		if (fd >= 0 && ioctl(fd, LOOP_CONFIGURE, &config) != 0) {
			close(fd);
			fd = -1;
		}
	}
	if (control >= 0)
		close(control);
	close(file);
	return fd;
}

/* Returns 0, or -1 with errno set. */
static int
mount_image(void)
{
	char here[SCRATCH_PATH], device[32];
	int result, saved, fd = attach(device);

	if (fd < 0)
		return -1;
	result = mount(device, scratch_path(here, "here"), "ext4", 0,
	    "noauto_da_alloc");
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

static bool
skip(const char *test, const char *why)
{
	harness_skip(test, why);
	return false;
}

bool
disk_open(const char *test)
{
	struct program mkfs;
	char path[SCRATCH_PATH];
	const char *program = find_mkfs();

	if (program == NULL)
		return skip(test, "no mkfs.ext4");
	scratch_mkdir("images");
	if (mount("none", scratch_path(path, "images"), "tmpfs", 0, NULL) != 0)
		return skip(test, strerror(errno));
	scratch_sparse(image, DISK_SIZE);
	program_start(&mkfs,
	    &(struct program_options){.path = program,
		.args = HERE_LIST("-q", "-F", scratch_path(path, image))});
	ck_assert_int_eq(program_wait(&mkfs, WAIT_LIMIT), 0);
	if (mount_image() != 0) {
		umount2(scratch_path(path, "images"), MNT_DETACH);
		return skip(test, strerror(errno));
	}
	return true;
}

/* The mount point "here". */
static int
open_here(void)
{
	int fd = openat(scratch_fd(), "here", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

void
disk_settle(void)
{
	int fd = open_here();

	ck_assert_int_eq(syncfs(fd), 0);
	close(fd);
}

void
disk_disturb(void)
{
	int fd = openat(scratch_fd(), "here/another", O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(fsync(fd), 0);
	close(fd);
}

void
disk_cut(void)
{
	uint32_t flags = DISK_NO_LOG_FLUSH;
	int fd = open_here();

	ck_assert_msg(ioctl(fd, DISK_SHUTDOWN, &flags) == 0, "shutdown: %s",
	    strerror(errno));
	close(fd);
}

void
disk_mount_again(void)
{
	char here[SCRATCH_PATH];

	ck_assert_msg(umount2(scratch_path(here, "here"), 0) == 0, "%s: %s",
	    here, strerror(errno));
	ck_assert_msg(mount_image() == 0, "ext4: %s", strerror(errno));
}

void
disk_close(void)
{
	char path[SCRATCH_PATH];

	ck_assert_int_eq(umount2(scratch_path(path, "here"), 0), 0);
	ck_assert_int_eq(umount2(scratch_path(path, "images"), 0), 0);
}
