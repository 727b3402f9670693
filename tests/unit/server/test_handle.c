/*
 * handle: which requests share an open file, and which do not.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/handle.h"
#include "server/state.h"
#include "tests/unit/unit.h"

enum {
	DESCRIPTORS = 256, /* descriptors counted, at most */
};

static char folder[UNIT_PATH];
static struct root root;
static struct handle handle;
static struct kept_places places;

static void
setup(void)
{
	char path[UNIT_PATH];

	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	unit_write(folder, "files", "others", 6);
	unit_path(path, folder, "folder");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(path, "file", "inner", 5);
	ck_assert_int_eq(root_open(&root, folder, false, true), 0);
	handle_init(&handle, &places);
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
rename_in(const char *from_name, const char *to_name)
{
	char from[UNIT_PATH], to[UNIT_PATH];

	unit_path(from, folder, from_name);
	unit_path(to, folder, to_name);
	ck_assert_int_eq(rename(from, to), 0);
}

static int
open_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < DESCRIPTORS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* The same name at another address shares the opening. Moving its folder away
 * does not touch the file, and so shows that it was not opened again. */
START_TEST(test_same)
{
	char again[] = "folder/file";

	ck_assert_int_eq(open_name("folder/file"), PROTOCOL_OK);
	rename_in("folder", "elsewhere");
	ck_assert_int_eq(open_name(again), PROTOCOL_OK);
	ck_assert_int_eq(handle.file.stat.st_size, 5);
	handle_close(&handle);
	ck_assert_int_eq(open_name(again), PROTOCOL_NOT_FOUND);
}
END_TEST

static void
replace(void)
{
	unit_write(folder, "fresh", "new", 3);
	rename_in("fresh", "file");
}

static void
move_away(void)
{
	rename_in("file", "elsewhere");
}

static void
remove_it(void)
{
	char path[UNIT_PATH];

	unit_path(path, folder, "file");
	ck_assert_int_eq(unlink(path), 0);
}

static void
append(void)
{
	unit_write(folder, "file", "content, longer", 15);
}

static void
write_over(void)
{
	unit_write(folder, "file", "CONTENT", 7);
}

static void
make_fifo(void)
{
	char path[UNIT_PATH];

	remove_it();
	unit_path(path, folder, "file");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static const struct {
	const char *row;
	void (*happens)(void);
	enum protocol_status status;
	off_t size;
} rows[] = {
    {"replaced", replace, PROTOCOL_OK, 3},
    {"moved away", move_away, PROTOCOL_NOT_FOUND, 0},
    {"removed", remove_it, PROTOCOL_NOT_FOUND, 0},
    {"appended to", append, PROTOCOL_OK, 15},
    {"written over", write_over, PROTOCOL_OK, 7},
    {"now a FIFO", make_fifo, PROTOCOL_NOT_A_FILE, 0},
};

/* After any change to the file, its name is looked up again. */
START_TEST(test_touched)
{
	int before = open_descriptors();
	uint64_t size;

	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	/* Time stamps move in ticks. */
	clock_sleep(20 * CLOCK_MS);
	rows[_i].happens();
	ck_assert_msg(open_name("file") == rows[_i].status, "%s", rows[_i].row);
	if (rows[_i].status == PROTOCOL_OK) {
		ck_assert_msg(handle.file.stat.st_size == rows[_i].size, "%s",
		    rows[_i].row);
		ck_assert(!state_has_changed(handle.file.fd, &handle.file.stat,
		    &size));
	}
	handle_close(&handle);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(test_forbidden)
{
	char path[UNIT_PATH];

	/* Root may read everything. */
	if (geteuid() == 0)
		return;
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	clock_sleep(20 * CLOCK_MS);
	unit_path(path, folder, "file");
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(open_name("file"), PROTOCOL_DENIED);
}
END_TEST

/* A name that is a prefix of another one does not share its opening. */
START_TEST(test_other)
{
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	ck_assert_int_eq(open_name("files"), PROTOCOL_OK);
	ck_assert_int_eq(handle.file.stat.st_size, 6);
	ck_assert_int_eq(open_name("file"), PROTOCOL_OK);
	ck_assert_int_eq(handle.file.stat.st_size, 7);
}
END_TEST

/* Names in the folder of the open file, and elsewhere. */
START_TEST(test_beside)
{
	static const struct {
		const char *first, *second;
		enum protocol_status status;
		off_t size;
	} pairs[] = {
	    {"folder/file", "folder/other", PROTOCOL_OK, 2},
	    {"folder/file", "folder/link", PROTOCOL_OK, 5},
	    {"folder/file", "folder/fifo", PROTOCOL_NOT_A_FILE, 0},
	    {"folder/file", "folder/none", PROTOCOL_NOT_FOUND, 0},
	    {"folder/file", "folder/out", PROTOCOL_DENIED, 0},
	    {"folder/file", "folder/sub/file", PROTOCOL_OK, 3},
	    {"folder/sub/file", "folder/file", PROTOCOL_OK, 5},
	    {"folder/file", "file", PROTOCOL_OK, 7},
	    {"file", "folder/file", PROTOCOL_OK, 5},
	    {"to_folder/file", "to_folder/other", PROTOCOL_OK, 2},
	};
	char path[UNIT_PATH];
	size_t i;

	unit_write(folder, "folder/other", "12", 2);
	unit_path(path, folder, "folder/sub");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(folder, "folder/sub/file", "123", 3);
	unit_path(path, folder, "folder/link");
	ck_assert_int_eq(symlink("file", path), 0);
	unit_path(path, folder, "folder/out");
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	unit_path(path, folder, "folder/fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	unit_path(path, folder, "to_folder");
	ck_assert_int_eq(symlink("folder", path), 0);
	for (i = 0; i < UNIT_ROWS(pairs); i++) {
		ck_assert_int_eq(open_name(pairs[i].first), PROTOCOL_OK);
		ck_assert_msg(open_name(pairs[i].second) == pairs[i].status,
		    "%s, %s", pairs[i].first, pairs[i].second);
		if (pairs[i].status == PROTOCOL_OK)
			ck_assert_int_eq(handle.file.stat.st_size,
			    pairs[i].size);
		handle_close(&handle);
	}
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
	/* A refusal is not remembered. */
	unit_write(folder, "missing", "", 0);
	ck_assert_int_eq(open_name("missing"), PROTOCOL_OK);
}
END_TEST

/* Closing twice, or with nothing open, does no harm. */
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
	tcase_add_loop_test(tcase, test_touched, 0, UNIT_ROWS(rows));
	tcase_add_test(tcase, test_forbidden);
	tcase_add_test(tcase, test_other);
	tcase_add_test(tcase, test_beside);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_close);
	return suite;
}
