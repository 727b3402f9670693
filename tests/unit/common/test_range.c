/*
 * Ranges of a file: complete or an error. tests/faults covers short reads and
 * writes.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/range.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 1000, /* bytes of the file */
};

static uint8_t bytes[SIZE];
static int fd;

static void
setup(void)
{
	char name[] = "/tmp/fileserv-range.XXXXXX";
	size_t i;

	for (i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	unlink(name);
	ck_assert_int_eq(write(fd, bytes, SIZE), SIZE);
}

static void
teardown(void)
{
	close(fd);
}

START_TEST(test_reads)
{
	static const struct {
		size_t offset, n;
		int error;
	} rows[] = {
	    {0, SIZE, 0},
	    {1, SIZE - 1, 0},
	    {SIZE - 1, 1, 0},
	    {SIZE, 0, 0},
	    {SIZE + 1, 0, 0},
	    {SIZE, 1, ENODATA},
	    {1, SIZE, ENODATA},
	    {SIZE + 1, 1, ENODATA},
	};
	uint8_t got[SIZE + 1];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		got[rows[i].n] = 0xa5;
		errno = 0;
		ck_assert_int_eq(range_read(fd, got, rows[i].n, rows[i].offset),
		    rows[i].error == 0 ? 0 : -1);
		ck_assert_int_eq(errno, rows[i].error);
		ck_assert_uint_eq(got[rows[i].n], 0xa5);
		if (rows[i].error == 0)
			ck_assert_mem_eq(got, bytes + rows[i].offset,
			    rows[i].n);
	}
	/* The position is unchanged. */
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), SIZE);
}
END_TEST

START_TEST(test_writes)
{
	uint8_t got[SIZE];

	ck_assert_int_eq(range_write(fd, "abc", 3, 500), 0);
	memcpy(bytes + 500, "abc", 3);
	ck_assert_int_eq(pread(fd, got, SIZE, 0), SIZE);
	ck_assert_mem_eq(got, bytes, SIZE);

	/* A write past the end fills the gap with zeros. */
	ck_assert_int_eq(range_write(fd, "z", 1, SIZE + 2), 0);
	ck_assert_int_eq(range_read(fd, got, 3, SIZE), 0);
	ck_assert_mem_eq(got, "\0\0z", 3);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), SIZE);
}
END_TEST

START_TEST(test_errors)
{
	uint8_t byte = 0;
	int pipe_fds[2];

	ck_assert_int_eq(range_read(-1, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(range_write(-1, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(pipe(pipe_fds), 0);
	ck_assert_int_eq(range_read(pipe_fds[0], &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq(range_write(pipe_fds[1], &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ESPIPE);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	/* An offset larger than any file is not taken as negative. */
	ck_assert_int_eq(range_read(fd, &byte, 1, UINT64_MAX), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

Suite *
range_suite(void)
{
	Suite *suite = suite_create("range");
	TCase *tcase = tcase_create("range");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_writes);
	tcase_add_test(tcase, test_errors);
	suite_add_tcase(suite, tcase);
	return suite;
}
