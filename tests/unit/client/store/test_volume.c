/*
 * A file system: what it says of itself, what is found out by trying, and
 * whether two states are of one file.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "client/store/volume.h"
#include "common/magic.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;

static void
setup(void)
{
	target_open(&target);
}

static void
teardown(void)
{
	target_close(&target);
}

/* A file system that is unknown, or says nothing of itself, counts as one that
 * tells late that it is full. */
START_TEST(test_tells_late)
{
	static const struct {
		const char *row;
		long name_max, magic;
		bool late;
	} rows[] = {
	    {"ext4", 0, EXT4_SUPER_MAGIC, false},
	    {"XFS", 0, XFS_SUPER_MAGIC, false},
	    {"Btrfs", 0, BTRFS_SUPER_MAGIC, false},
	    {"F2FS", 0, F2FS_SUPER_MAGIC, false},
	    {"tmpfs", 0, TMPFS_MAGIC, false},
	    {"NFS", 0, NFS_SUPER_MAGIC, true},
	    {"CIFS", 0, CIFS_SUPER_MAGIC, true},
	    {"FUSE", 0, FUSE_SUPER_MAGIC, true},
	    {"9P", 0, V9FS_MAGIC, true},
	    {"overlay", 0, OVERLAYFS_SUPER_MAGIC, true},
	    {"no known one", 0, 1, true},
	    {"says nothing", -1, 0, true},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target_name_max = rows[i].name_max;
		target_magic = rows[i].magic;
		target_reopen(&target);
		ck_assert_msg(target.folder.volume->tells_late == rows[i].late,
		    "%s", rows[i].row);
	}
}
END_TEST

START_TEST(test_is_one)
{
	static const struct {
		const char *row;
		struct stat a, b;
		bool local, remote; /* whether they are one file there */
	} rows[] = {
	    {"same", {.st_ino = 1, .st_size = 5}, {.st_ino = 1}, true, true},
	    {"device", {.st_ino = 1}, {.st_ino = 1, .st_dev = 1}, false, false},
	    {"kind", {.st_ino = 1, .st_mode = S_IFREG},
		{.st_ino = 1, .st_mode = S_IFDIR}, false, false},
	    {"number", {.st_ino = 1, .st_size = 5}, {.st_ino = 2, .st_size = 5},
		false, true},
	    {"size", {.st_ino = 1, .st_size = 5}, {.st_ino = 2}, false, false},
	    {"owner", {.st_ino = 1, .st_uid = 5}, {.st_ino = 2}, false, false},
	    {"time", {.st_ino = 1, .st_mtim.tv_nsec = 5}, {.st_ino = 2}, false,
		false},
	    {"change", {.st_ino = 1, .st_ctim.tv_sec = 5}, {.st_ino = 2}, false,
		false},
	};
	struct volume volume = {.is_remote = false};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		volume.is_remote = false;
		ck_assert_msg(volume_is_one(&volume, &rows[i].a, &rows[i].b) ==
			rows[i].local,
		    "%s", rows[i].row);
		volume.is_remote = true;
		ck_assert_msg(volume_is_one(&volume, &rows[i].a, &rows[i].b) ==
			rows[i].remote,
		    "%s, remote", rows[i].row);
	}
}
END_TEST

START_TEST(test_is_named)
{
	struct volume *volume = target.folder.volume;
	int fd;

	target_write(&target, "a", "text");
	target_write(&target, "b", "text");
	ck_assert_int_eq(symlinkat("a", target.folder.fd, "link"), 0);
	fd = openat(target.folder.fd, "a", O_RDONLY | O_CLOEXEC);
	ck_assert(volume_is_named(volume, target.folder.fd, "a", fd));
	ck_assert(!volume_is_named(volume, target.folder.fd, "b", fd));
	ck_assert(!volume_is_named(volume, target.folder.fd, "link", fd));
	ck_assert(!volume_is_named(volume, target.folder.fd, "none", fd));
	close(fd);
}
END_TEST

/* Found out once: a file system that obeys chmod(2) is not asked again. */
START_TEST(test_keeps_mode)
{
	struct volume *volume = target.folder.volume;
	struct stat stat;
	int fd;

	target_write(&target, "a", "text");
	fd = openat(target.folder.fd, "a", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fchmod(fd, 0600), 0);
	ck_assert(!volume_keeps_mode(volume, fd, 0600));
	ck_assert_int_eq(volume->sets_mode, VOLUME_YES);
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_uint_eq(stat.st_mode & 07777, 0600);
	close(fd);
	ck_assert(!volume_keeps_mode(volume, -1, 0600));
	volume->sets_mode = VOLUME_UNKNOWN;
	ck_assert(volume_keeps_mode(volume, -1, 0600));
	ck_assert_int_eq(volume->sets_mode, VOLUME_NO);
}
END_TEST

START_TEST(test_flush)
{
	struct volume volume = {.tells_late = false};

	ck_assert_int_eq(volume_flush(&volume, -1), 0);
	volume.tells_late = true;
	ck_assert_int_eq(volume_flush(&volume, STDOUT_FILENO), 0);
	ck_assert_int_eq(volume_flush(&volume, -1), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

Suite *
volume_suite(void)
{
	Suite *suite = suite_create("volume");
	TCase *tcase = unit_case(suite, "volume");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_tells_late);
	tcase_add_test(tcase, test_is_one);
	tcase_add_test(tcase, test_is_named);
	tcase_add_test(tcase, test_keeps_mode);
	tcase_add_test(tcase, test_flush);
	return suite;
}
