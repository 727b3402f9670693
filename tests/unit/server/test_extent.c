/*
 * extent: files whose size is not their length. /proc has real ones; a file on
 * a disk becomes doubtful by a device number without a disk.
 */

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "server/extent.h"
#include "server/state.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 100, /* bytes of the file */
};

static char path[UNIT_PATH];
static struct root_file file;

static void
setup(void)
{
	static const uint8_t content[SIZE];
	char folder[UNIT_PATH];

	unit_folder(folder);
	unit_write(folder, "file", content, SIZE);
	unit_path(path, folder, "file");
	file.fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(file.fd, 0);
	ck_assert_int_eq(state_read(file.fd, "", &file.stat), 0);
}

static void
teardown(void)
{
	root_close_file(&file);
}

static void
leave(void)
{
}

static void
shrink(void)
{
	ck_assert_int_eq(truncate(path, SIZE - 1), 0);
}

static void
empty(void)
{
	ck_assert_int_eq(truncate(path, 0), 0);
}

static void
grow(void)
{
	ck_assert_int_eq(truncate(path, SIZE + 10), 0);
}

static const struct {
	const char *row;
	void (*happens)(void);
	uint64_t offset;
	size_t n;
	int read, check, end; /* errno, or 0 */
} rows[] = {
    {"all", leave, 0, SIZE, 0, 0, 0},
    {"the beginning", leave, 0, 10, 0, 0, 0},
    {"the end", leave, SIZE - 10, 10, 0, 0, 0},
    {"nothing, at the end", leave, SIZE, 0, 0, 0, 0},
    {"shrunk", shrink, 0, SIZE, ENODATA, 0, 0},
    {"shrunk behind the range", shrink, 0, SIZE - 1, 0, 0, 0},
    {"empty", empty, 0, SIZE, ENODATA, ENODATA, 0},
    {"grown", grow, 0, SIZE, 0, 0, 0},
    {"grown, nothing wanted", grow, SIZE, 0, 0, 0, 0},
};

/* Files that change honestly, with and without a disk. */
START_TEST(test_honest)
{
	uint8_t bytes[SIZE + 1];
	int result;

	if (_i >= (int)UNIT_ROWS(rows)) {
		_i -= (int)UNIT_ROWS(rows);
		file.stat.st_dev = makedev(0, 99);
	}
	rows[_i].happens();
	errno = 0;
	result = extent_read(&file, bytes, rows[_i].n, rows[_i].offset);
	ck_assert_msg(result == (rows[_i].read == 0 ? 0 : -1), "%s",
	    rows[_i].row);
	if (result != 0) {
		ck_assert_int_eq(errno, rows[_i].read);
		ck_assert_int_eq(extent_judge(&file, errno), PROTOCOL_CHANGED);
	}
	if (major(file.stat.st_dev) == 0) {
		result = extent_check(&file, rows[_i].offset, rows[_i].n);
		ck_assert_msg(result == (rows[_i].check == 0 ? 0 : -1), "%s",
		    rows[_i].row);
	}
	ck_assert_int_eq(extent_check_end(&file, rows[_i].offset + rows[_i].n),
	    0);
}
END_TEST

/* Regression: a file of size 0 that has contents was sent as an empty one. */
START_TEST(test_more_than_its_size)
{
	struct root_file version = {
	    .fd = open("/proc/version", O_RDONLY | O_CLOEXEC)};
	uint8_t byte;

	ck_assert_int_ge(version.fd, 0);
	ck_assert_int_eq(state_read(version.fd, "", &version.stat), 0);
	ck_assert_int_eq(version.stat.st_size, 0);
	ck_assert_int_eq(extent_read(&version, &byte, 0, 0), -1);
	ck_assert_int_eq(errno, EOVERFLOW);
	ck_assert_int_eq(extent_check(&version, 0, 0), -1);
	ck_assert_int_eq(errno, EOVERFLOW);
	ck_assert_int_eq(extent_judge(&version, errno), PROTOCOL_IO_ERROR);
	ck_assert_uint_le(strlen(EXTENT_MESSAGE), PROTOCOL_MESSAGE_MAX);
	root_close_file(&version);
}
END_TEST

START_TEST(test_judge)
{
	static const struct {
		int code;
		enum protocol_status status;
	} judged[] = {
	    {ENODATA, PROTOCOL_IO_ERROR},
	    {EOVERFLOW, PROTOCOL_IO_ERROR},
	    {EIO, PROTOCOL_IO_ERROR},
	    {ESTALE, PROTOCOL_BUSY},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(judged); i++) {
		ck_assert_int_eq(extent_judge(&file, judged[i].code),
		    judged[i].status);
	}
	file.on_network = true;
	ck_assert_int_eq(extent_judge(&file, EIO), PROTOCOL_BUSY);
}
END_TEST

Suite *
extent_suite(void)
{
	Suite *suite = suite_create("extent");
	TCase *tcase = unit_case(suite, "extents");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_honest, 0, 2 * UNIT_ROWS(rows));
	tcase_add_test(tcase, test_more_than_its_size);
	tcase_add_test(tcase, test_judge);
	return suite;
}
