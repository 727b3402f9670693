/* Failures that have left a terminal of 10 rows are printed again, and others
 * are not. The lines go to a pseudo terminal. */

#include <sys/ioctl.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/ui/failed_lines.h"
#include "tests/unit/unit.h"

static struct failed_lines failed;
static int master = -1, terminal = -1;

static void
open_terminal(void)
{
	struct winsize size = {.ws_row = 10, .ws_col = 20};
	char path[64];

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	ck_assert_int_eq(ptsname_r(master, path, sizeof(path)), 0);
	terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
	failed_lines_open(&failed, terminal);
}

/* Expects this output, without returns. */
static void
expect_printed(const char *expected)
{
	struct pollfd fd = {.fd = master, .events = POLLIN};
	char text[4096];
	ssize_t i, n = 0, len = 0, got;

	failed_lines_print_again(&failed);
	/* It has been written: nothing more comes later. */
	while (poll(&fd, 1, 0) == 1) {
		got = read(master, text + n, sizeof(text) - 1 - (size_t)n);
		ck_assert_int_gt(got, 0);
		n += got;
	}
	for (i = 0; i < n; i++)
		if (text[i] != '\r')
			text[len++] = text[i];
	text[len] = '\0';
	ck_assert_str_eq(text, expected);
}

static void
note_many(unsigned n, const char *line, bool is_failure)
{
	while (n-- > 0)
		failed_lines_note(&failed, line, is_failure);
}

START_TEST(test_left)
{
	open_terminal();
	expect_printed("");
	note_many(1, "first", true);
	note_many(3, "other", false);
	note_many(1, "second", true);
	note_many(3, "other", false);
	/* Seven rows, and those that come below. */
	expect_printed("");
	note_many(1, "other", false);
	expect_printed("What has failed, once more:\nfirst\n");
	/* A long line takes several rows. */
	note_many(1,
	    "a line that is longer than the terminal is wide, and not "
	    "a little",
	    false);
	expect_printed("What has failed, once more:\nfirst\nsecond\n");
	failed_lines_forget(&failed);
	note_many(20, "other", false);
	expect_printed("");
}
END_TEST

START_TEST(test_many)
{
	open_terminal();
	note_many(2012, "bad", true);
	expect_printed("What has failed, once more:\n"
		       "bad\nbad\nbad\nbad\nbad\nbad\nbad\nbad\nbad\nbad\n"
		       "fileget: and 2,002 more\n");
	failed_lines_forget(&failed);
}
END_TEST

/* Lines that leave only because others are printed again come again too. */
START_TEST(test_pushed)
{
	open_terminal();
	note_many(1, "first", true);
	note_many(7, "bad", true);
	note_many(1, "last", true);
	expect_printed("What has failed, once more:\n"
		       "first\nbad\nbad\nbad\nbad\nbad\nbad\nbad\nlast\n");
	failed_lines_forget(&failed);
}
END_TEST

/* In a file nothing leaves. */
START_TEST(test_file)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	failed_lines_open(&failed, fd);
	note_many(100, "bad", true);
	ck_assert_uint_eq(failed.n, 0);
	close(fd);
}
END_TEST

Suite *
failed_lines_suite(void)
{
	Suite *suite = suite_create("failed_lines");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_test(tcase, test_left);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_pushed);
	tcase_add_test(tcase, test_file);
	return suite;
}
