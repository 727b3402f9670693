/*
 * The descriptors of standard streams, and printing to standard output. Each
 * case runs in a child, whose descriptors it closes or replaces.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/standard.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	LARGE = 1024 * 1024, /* bytes; more than one write(2) to a pipe takes */
};

/* Ends the child with a code that tells the line of a failed expectation. */
#define EXPECT(condition)                                 \
	do {                                              \
		if (!(condition))                         \
			fail_child(__LINE__, #condition); \
	} while (0)

static void
fail_child(int line, const char *condition)
{
	fprintf(stderr, "%d: %s (%s)\n", line, condition, strerror(errno));
	exit(1);
}

static void
expect_alive(void (*work)(void *argument), void *argument, const char *out)
{
	struct child child;

	child_run(&child, work, argument);
	ck_assert_msg(child.code == CHILD_ALIVE, "%d: %s", child.code,
	    child.err);
	ck_assert_str_eq(child.out, out);
}

static bool
is_null_device(int fd)
{
	struct stat stat, null;

	return fstat(fd, &stat) == 0 && lstat("/dev/null", &null) == 0 &&
	    stat.st_rdev == null.st_rdev;
}

/* Closes the descriptors whose bits are set. */
static void
open_closed(void *argument)
{
	unsigned closed = *(unsigned *)argument;
	int errors = fcntl(STDERR_FILENO, F_DUPFD, 10), fd;
	char byte;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if ((closed & 1U << fd) != 0)
			close(fd);
	standard_open();
	for (fd = 0; fd <= STDERR_FILENO; fd++) {
		if ((closed & 1U << fd) == 0) {
			EXPECT(fd == 0 || !is_null_device(fd));
			continue;
		}
		EXPECT(is_null_device(fd));
		EXPECT(read(fd, &byte, 1) == 0);
		EXPECT(write(fd, "x", 1) == -1 && errno == EBADF);
	}
	fd = open("/dev/null", O_RDONLY);
	EXPECT(fd > STDERR_FILENO);
	dup2(errors, STDERR_FILENO);
}

START_TEST(test_open)
{
	unsigned closed = (unsigned)_i;

	expect_alive(open_closed, &closed, "");
}
END_TEST

static void
print_and_end(void *argument)
{
	(void)argument;
	EXPECT(standard_stream() == stdout);
	fputs("printed\n", standard_stream());
	standard_note();
	EXPECT(standard_end() == 0);
	EXPECT(fcntl(STDOUT_FILENO, F_GETFD) == -1 && errno == EBADF);
}

START_TEST(test_print)
{
	expect_alive(print_and_end, NULL, "printed\n");
}
END_TEST

/* Makes each write to standard output fail with ENOSPC. */
static void
use_full_device(void)
{
	int fd = open("/dev/full", O_WRONLY);

	EXPECT(fd >= 0);
	EXPECT(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
}

static void
fail_to_print(void *argument)
{
	bool is_noted = *(bool *)argument;

	use_full_device();
	fputs("lost\n", standard_stream());
	fflush(standard_stream());
	if (is_noted)
		standard_note();
	/* A later failure does not replace the first one. */
	errno = EIO;
	standard_note();
	errno = 0;
	EXPECT(standard_end() == -1);
	EXPECT(errno == (is_noted ? ENOSPC : EIO));
}

START_TEST(test_failed_print)
{
	bool is_noted = _i == 1;

	expect_alive(fail_to_print, &is_noted, "");
}
END_TEST

/* Only the flush of standard_end fails. */
static void
fail_to_flush(void *argument)
{
	(void)argument;
	use_full_device();
	fputs("lost\n", standard_stream());
	EXPECT(standard_end() == -1 && errno == ENOSPC);
}

START_TEST(test_failed_flush)
{
	expect_alive(fail_to_flush, NULL, "");
}
END_TEST

static void
print_to_stream(void *argument)
{
	size_t size;
	char *text;
	FILE *stream = open_memstream(&text, &size);

	(void)argument;
	EXPECT(stream != NULL);
	standard_use(stream);
	EXPECT(standard_stream() == stream);
	fputs("elsewhere", standard_stream());
	EXPECT(standard_end() == 0);
	EXPECT(strcmp(text, "elsewhere") == 0);
}

START_TEST(test_use)
{
	expect_alive(print_to_stream, NULL, "");
}
END_TEST

static void
print_bytes(void *argument)
{
	static char bytes[LARGE];
	int fd = memfd_create("out", MFD_CLOEXEC);

	(void)argument;
	EXPECT(standard_print("one ", 4) == 0);
	EXPECT(standard_print("", 0) == 0);
	EXPECT(standard_print("line\n", 5) == 0);
	EXPECT(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	EXPECT(standard_print(bytes, sizeof(bytes)) == 0);
	EXPECT(lseek(fd, 0, SEEK_END) == LARGE);
	use_full_device();
	EXPECT(standard_print("x", 1) == -1 && errno == ENOSPC);
}

START_TEST(test_print_bytes)
{
	expect_alive(print_bytes, NULL, "one line\n");
}
END_TEST

Suite *
standard_suite(void)
{
	Suite *suite = suite_create("standard");
	TCase *tcase = unit_case(suite, "standard");

	tcase_add_loop_test(tcase, test_open, 0, 8);
	tcase_add_test(tcase, test_print);
	tcase_add_loop_test(tcase, test_failed_print, 0, 2);
	tcase_add_test(tcase, test_failed_flush);
	tcase_add_test(tcase, test_use);
	tcase_add_test(tcase, test_print_bytes);
	return suite;
}
