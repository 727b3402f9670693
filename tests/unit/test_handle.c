/*
 * The open file of a session: what shares an opening, and what does not.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/handle.h"
#include "tests/unit/unit.h"

static char folder[UNIT_PATH];
static struct root root;
static struct handle handle;

static void
setup(void)
{
	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	unit_write(folder, "files", "others", 6);
	ck_assert_int_eq(root_open(&root, folder, false, true), 0);
	handle_init(&handle);
}

static void
teardown(void)
{
	handle_close(&handle);
	root_close(&root);
}

static enum protocol_status
open_name(const char *name)
{
	return handle_open(&handle, &root, (const uint8_t *)name, strlen(name));
}

static void
replace(const char *name, const char *text)
{
	char from[UNIT_PATH], to[UNIT_PATH];

	unit_write(folder, "fresh", text, strlen(text));
	unit_path(from, folder, "fresh");
	unit_path(to, folder, name);
	ck_assert_int_eq(rename(from, to), 0);
}

/* The same name at another address is the same name; its state is of now. */
START_TEST(test_same)
{
	char again[] = "file";
	int fd;

	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	fd = handle.file.fd;
	ck_assert_int_eq(handle.file.stat.st_size, 7);
	unit_write(folder, "file", "longer content", 14);
	ck_assert_int_eq(open_name(again), PROTOCOL_OK);
	ck_assert_int_eq(handle.file.fd, fd);
	ck_assert_int_eq(handle.file.stat.st_size, 14);
}
END_TEST

START_TEST(test_replaced)
{
	ino_t inode;

	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	inode = handle.file.stat.st_ino;
	replace("file", "new");
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	ck_assert(handle.file.stat.st_ino == inode);
	handle_close(&handle);
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	ck_assert(handle.file.stat.st_ino != inode);
	ck_assert_int_eq(handle.file.stat.st_size, 3);
}
END_TEST

/* What begins alike is another name, in both directions. */
START_TEST(test_other)
{
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	ck_assert_int_eq(open_name("files"), PROTOCOL_OK);
	ck_assert_int_eq(handle.file.stat.st_size, 6);
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	ck_assert_int_eq(handle.file.stat.st_size, 7);
}
END_TEST

START_TEST(test_refused)
{
	struct stat stat;
	int fd;

	ck_assert_int_eq(open_name("missing"), PROTOCOL_NOT_FOUND);
	ck_assert_int_eq(handle.file.fd, -1);
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	fd = handle.file.fd;
	ck_assert_int_eq(open_name("missing"), PROTOCOL_NOT_FOUND);
	ck_assert_int_eq(handle.file.fd, -1);
	ck_assert_int_ne(fstat(fd, &stat), 0);
	/* Refused once is not refused for ever. */
	unit_write(folder, "missing", "", 0);
	ck_assert_int_eq(open_name("missing"), PROTOCOL_OK);
}
END_TEST

/* Closing is of no harm twice, nor before anything was open. */
START_TEST(test_close)
{
	struct stat stat;
	int fd;

	handle_close(&handle);
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	fd = handle.file.fd;
	handle_close(&handle);
	handle_close(&handle);
	ck_assert_int_ne(fstat(fd, &stat), 0);
}
END_TEST

Suite *
handle_suite(void)
{
	Suite *suite = suite_create("handle");
	TCase *tcase = unit_case(suite, "handle");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_same);
	tcase_add_test(tcase, test_replaced);
	tcase_add_test(tcase, test_other);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_close);
	return suite;
}
