/*
 * Room for a file: checked before it is fetched, and made at the expense of
 * part files where the disk is full. The disk is one of our own making, which
 * has room for SIZE bytes.
 */

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/disk_space.h"
#include "client/store/part.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define PART "a.0123456789abcdef0000000000abcdef.part"

enum {
	SIZE = 200000, /* bytes that the disk has room for */
};

static bool is_small; /* the disk is ours */

/* In place of the C library's: what the part file does not take is free. */
int
fstatvfs(int fd, struct statvfs *space)
{
	struct stat stat = {.st_size = 0};

	memset(space, 0, sizeof(*space));
	space->f_frsize = 1;
	space->f_bavail = UINT64_C(1) << 40;
	if (!is_small)
		return 0;
	(void)fstatat(fd, PART, &stat, 0);
	space->f_bavail = (fsblkcnt_t)(SIZE - stat.st_size);
	return 0;
}

static struct target target;

static void
setup(void)
{
	target_open(&target);
}

static void
teardown(void)
{
	is_small = false;
	target_close(&target);
}

START_TEST(test_check)
{
	static const struct {
		uint64_t bytes;
		int result;
	} rows[] = {
	    {0, 0},
	    {1, 0},
	    {1024 * 1024 - 1, 0}, /* not checked */
	    {INT64_MAX, -1},
	    {UINT64_MAX, -1},
	};
	struct failure failure;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		failure.code = EXIT_OK;
		ck_assert_int_eq(disk_space_check(&target.folder, rows[i].bytes,
				     rows[i].bytes, &failure),
		    rows[i].result);
		ck_assert_int_eq(failure.code,
		    rows[i].result == 0 ? EXIT_OK : EXIT_LOCAL);
	}
}
END_TEST

/* On a full disk a part file gives bytes to a file that then fits, and to no
 * other. */
START_TEST(test_make_room)
{
	static const struct {
		uint64_t bytes;
		int result;
		off_t left; /* -1: the part file is gone */
	} rows[] = {
	    {SIZE + 1, -1, SIZE},
	    {UINT64_C(1) << 62, -1, SIZE},
	    {1, 0, SIZE - 65536},
	    {65536, 0, SIZE - 65536},
	    {SIZE, 0, -1},
	};
	struct failure failure;
	struct stat stat;
	size_t i;
	int fd;

	is_small = true;
	fd = openat(target.folder.fd, PART, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600);
	ck_assert_int_eq(ftruncate(fd, SIZE), 0);
	close(fd);
	target.folder.volume->is_full = true;
	part_remember(&target.folder, PART);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_int_eq(disk_space_check(&target.folder, rows[i].bytes,
				     rows[i].bytes, &failure),
		    rows[i].result);
		if (fstatat(target.folder.fd, PART, &stat, 0) != 0)
			stat.st_size = -1;
		ck_assert_int_eq(stat.st_size, rows[i].left);
	}
}
END_TEST

/* A part file of an earlier run, and one with a map, keep their bytes. */
START_TEST(test_keep)
{
	struct failure failure;
	int fd;

	is_small = true;
	fd = openat(target.folder.fd, PART, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600);
	ck_assert_int_eq(ftruncate(fd, SIZE), 0);
	close(fd);
	target_reopen(&target);
	target.folder.volume->is_full = true;
	ck_assert_int_eq(disk_space_check(&target.folder, 1, 1, &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(failure.text, "no room here"));
	ck_assert(target_has(&target, PART));
}
END_TEST

Suite *
disk_space_suite(void)
{
	Suite *suite = suite_create("disk_space");
	TCase *tcase = unit_case(suite, "disk_space");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_check);
	tcase_add_test(tcase, test_make_room);
	tcase_add_test(tcase, test_keep);
	return suite;
}
