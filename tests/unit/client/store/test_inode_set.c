/*
 * A set of files, told apart by device and inode alone.
 */

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "client/store/inode_set.h"
#include "tests/unit/unit.h"

static struct inode_set inodes;

static void
setup(void)
{
	memset(&inodes, 0, sizeof(inodes));
}

static void
teardown(void)
{
	inode_set_close(&inodes);
}

static struct stat
file(dev_t device, ino_t number)
{
	struct stat stat;

	/* No other property of a file matters. */
	memset(&stat, 0xee, sizeof(stat));
	stat.st_dev = device;
	stat.st_ino = number;
	return stat;
}

static bool
has(dev_t device, ino_t number)
{
	const struct stat stat = file(device, number);

	return inode_set_find(&inodes, &stat) != NULL;
}

static void
add(dev_t device, ino_t number)
{
	const struct stat stat = file(device, number);

	ck_assert_int_eq(inode_set_add(&inodes, &stat, "name"), 0);
}

START_TEST(test_both_count)
{
	static const ino_t numbers[] = {0, 1, 2, UINT32_MAX,
	    (ino_t)UINT32_MAX + 1, (ino_t)INT64_MAX, (ino_t)UINT64_MAX};
	size_t i, j;

	ck_assert(!has(0, 0));
	for (i = 0; i < UNIT_ROWS(numbers); i++) {
		add((dev_t)i, numbers[i]);
		for (j = 0; j < UNIT_ROWS(numbers); j++) {
			ck_assert(has((dev_t)j, numbers[j]) == (j <= i));
			ck_assert(!has((dev_t)j + 1, numbers[j]));
		}
	}
	/* The same inode on another device, and another inode. */
	add(7, 1);
	ck_assert(has(7, 1) && has(1, 1) && !has(7, 2) && !has(2, 1));
}
END_TEST

/* Files may be added twice; inode numbers come in rising order. */
START_TEST(test_many)
{
	enum {
		MANY = 20000
	};
	ino_t number;
	int round;

	for (round = 0; round < 2; round++)
		for (number = 0; number < MANY; number++)
			add(1, number * 2);
	for (number = 0; number < (ino_t)2 * MANY; number++)
		ck_assert(has(1, number) == (number % 2 == 0));
	inode_set_close(&inodes);
	ck_assert_uint_eq(inodes.n, 0);
	ck_assert(!has(1, 0));
	/* A closed set can be used again. */
	add(1, 5);
	ck_assert(has(1, 5));
}
END_TEST

/* With real files: a hard link is the same file, a copy another one. */
START_TEST(test_links)
{
	char path[UNIT_PATH], folder[UNIT_PATH], second[UNIT_PATH];
	struct stat stat_;

	unit_folder(folder);
	unit_write(folder, "first", "x", 1);
	unit_write(folder, "copy", "x", 1);
	unit_path(path, folder, "first");
	unit_path(second, folder, "second");
	ck_assert_int_eq(link(path, second), 0);
	ck_assert_int_eq(stat(path, &stat_), 0);
	ck_assert_int_eq(inode_set_add(&inodes, &stat_, "first"), 0);
	ck_assert_int_eq(stat(second, &stat_), 0);
	ck_assert(inode_set_find(&inodes, &stat_) != NULL);
	unit_path(path, folder, "copy");
	ck_assert_int_eq(stat(path, &stat_), 0);
	ck_assert(inode_set_find(&inodes, &stat_) == NULL);
}
END_TEST

Suite *
inode_set_suite(void)
{
	Suite *suite = suite_create("inode_set");
	TCase *tcase = unit_case(suite, "inodes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_both_count);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_links);
	return suite;
}
