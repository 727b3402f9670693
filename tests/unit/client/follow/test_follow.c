/*
 * The file of -o in the place of standard output: what may be written to, and
 * what another user may have planted. Following itself is in tests/e2e.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/follow/follow.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct follow_settings settings;
static char folder[UNIT_PATH], path[UNIT_PATH];
static struct child child;

static void
setup(void)
{
	unit_folder(folder);
	unit_path(path, folder, "out");
	settings.output = path;
}

/* Redirects and prints, as fileget -f does. */
static void
print(void *argument)
{
	struct report_settings report_settings = {.quiet = true};
	struct progress progress;
	struct report report;

	(void)argument;
	memset(&progress, 0, sizeof(progress));
	report_open(&report, &report_settings, &progress);
	if (follow_redirect(&settings, "log", &report) != 0)
		exit((int)report.code);
	if (write(STDOUT_FILENO, "new", 3) != 3)
		exit(EXIT_FAILURE);
}

static void
expect_file(const char *text)
{
	char got[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	ck_assert_int_ge(fd, 0);
	len = read(fd, got, sizeof(got) - 1);
	ck_assert_int_ge(len, 0);
	got[len] = '\0';
	close(fd);
	ck_assert_str_eq(got, text);
}

static const char *const standard[] = {NULL, "-"};

START_TEST(test_standard_output)
{
	settings.output = standard[_i];
	child_run(&child, print, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_str_eq(child.out, "new");
}
END_TEST

START_TEST(test_new_file)
{
	child_run(&child, print, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_str_eq(child.out, "");
	expect_file("new");
}
END_TEST

START_TEST(test_emptied)
{
	unit_write(folder, "out", "longer than that", 16);
	child_run(&child, print, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	expect_file("new");
}
END_TEST

static void
expect_refused(const char *says)
{
	child_run(&child, print, NULL);
	ck_assert_int_eq(child.code, EXIT_LOCAL);
	ck_assert_msg(strstr(child.err, says) != NULL, "%s", child.err);
	ck_assert_ptr_nonnull(strstr(child.err, "fileget: log: cannot write"));
	ck_assert_str_eq(child.out, "");
}

START_TEST(test_link)
{
	char target[UNIT_PATH];

	unit_write(folder, "target", "kept", 4);
	unit_path(target, folder, "target");
	ck_assert_int_eq(symlink("target", path), 0);
	expect_refused("symbolic link");
	strlcpy(path, target, sizeof(path));
	expect_file("kept");
}
END_TEST

START_TEST(test_folder)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
	expect_refused("Is a directory");
}
END_TEST

START_TEST(test_no_folder)
{
	unit_path(path, folder, "none/out");
	expect_refused("No such file");
}
END_TEST

Suite *
follow_suite(void)
{
	Suite *suite = suite_create("follow");
	TCase *tcase = unit_case(suite, "output");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_standard_output, 0,
	    (int)UNIT_ROWS(standard));
	tcase_add_test(tcase, test_new_file);
	tcase_add_test(tcase, test_emptied);
	tcase_add_test(tcase, test_link);
	tcase_add_test(tcase, test_folder);
	tcase_add_test(tcase, test_no_folder);
	return suite;
}
