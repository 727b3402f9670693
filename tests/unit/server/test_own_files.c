/*
 * own_files: which files are opened, from which folder, and what is said of
 * those that are not.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/own_files.h"
#include "tests/unit/unit.h"

static char base[UNIT_PATH], path[UNIT_PATH];
static char error[OWN_FILES_ERROR];
static struct own_files own;

static void
setup(void)
{
	unit_folder(base);
	ck_assert_int_eq(own_files_open(&own), 0);
}

static void
teardown(void)
{
	own_files_close(&own);
}

/* Adds the file base/name. */
static const struct own_file *
add(const char *name)
{
	const struct own_file *file;

	unit_path(path, base, name);
	file = own_files_add(&own, path, error);
	ck_assert_msg(file != NULL, "%s", error);
	return file;
}

static void
expect_text(const struct own_file *file, const char *expected)
{
	char text[100] = "";
	int fd = own_file_open(file, error);

	ck_assert_msg(fd >= 0, "%s", error);
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1),
	    (ssize_t)strlen(expected));
	ck_assert_str_eq(text, expected);
	close(fd);
}

static void
expect_refusal(const struct own_file *file, const char *why)
{
	ck_assert_int_eq(own_file_open(file, error), -1);
	ck_assert_msg(strncmp(error, path, strlen(path)) == 0, "%s", error);
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
}

START_TEST(test_replaced)
{
	const struct own_file *file = add("key");
	char newer[UNIT_PATH];

	expect_refusal(file, "No such file");
	unit_write(base, "key", "first", 5);
	expect_text(file, "first");
	unit_write(base, "key.new", "the second", 10);
	unit_path(newer, base, "key.new");
	ck_assert_int_eq(rename(newer, path), 0);
	expect_text(file, "the second");
	unit_write(base, "key", "", 0);
	expect_text(file, "");
}
END_TEST

/* The folder of another file, and the one that the process is in. */
START_TEST(test_folders)
{
	const struct own_file *file;
	char other[UNIT_PATH];

	unit_path(other, base, "dir");
	ck_assert_int_eq(mkdir(other, 0700), 0);
	unit_write(base, "dir/list", "one", 3);
	unit_write(base, "key", "two", 3);
	file = add("key");
	expect_text(add("dir/list"), "one");
	expect_text(file, "two");
	ck_assert_int_eq(chdir(other), 0);
	file = own_files_add(&own, "list", error);
	ck_assert_ptr_nonnull(file);
	expect_text(file, "one");
}
END_TEST

static const struct {
	const char *target;
	const char *why; /* NULL: followed */
} links[] = {
    {"key", NULL},
    {"..data/key", NULL},
    {"../dir/key", "leads out of its folder"},
    {"/etc/hostname", "leads out of its folder"},
    {"nothing", "No such file"},
    {"link", "Too many levels"},
};

START_TEST(test_links)
{
	char other[UNIT_PATH];

	unit_path(other, base, "dir");
	ck_assert_int_eq(mkdir(other, 0700), 0);
	unit_path(other, base, "dir/..data");
	ck_assert_int_eq(mkdir(other, 0700), 0);
	unit_write(base, "dir/key", "content", 7);
	unit_write(base, "dir/..data/key", "content", 7);
	unit_path(other, base, "dir/link");
	ck_assert_int_eq(symlink(links[_i].target, other), 0);
	if (links[_i].why == NULL)
		expect_text(add("dir/link"), "content");
	else
		expect_refusal(add("dir/link"), links[_i].why);
}
END_TEST

static const char *const no_files[] = {"", "/", ".", "..", "dir/", "dir/..",
    "nowhere/key", "key/key"};

START_TEST(test_names)
{
	unit_write(base, "key", "content", 7);
	ck_assert_int_eq(chdir(base), 0);
	ck_assert_ptr_null(own_files_add(&own, no_files[_i], error));
	ck_assert_msg(strstr(error, ": ") != NULL, "%s", error);
	ck_assert_uint_eq(own.n, 0);
}
END_TEST

START_TEST(test_most)
{
	int i;

	for (i = 0; i < OWN_FILES_MOST; i++)
		(void)add("key");
	ck_assert_ptr_null(own_files_add(&own, path, error));
	ck_assert_uint_eq(own.n, OWN_FILES_MOST);
}
END_TEST

Suite *
own_files_suite(void)
{
	Suite *suite = suite_create("own_files");
	TCase *tcase = unit_case(suite, "own_files");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_replaced);
	tcase_add_test(tcase, test_folders);
	tcase_add_loop_test(tcase, test_links, 0, (int)UNIT_ROWS(links));
	tcase_add_loop_test(tcase, test_names, 0, (int)UNIT_ROWS(no_files));
	tcase_add_test(tcase, test_most);
	return suite;
}
