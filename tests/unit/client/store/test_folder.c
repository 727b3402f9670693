/*
 * The target folder: its properties, and the names that files may get there.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;

static void
setup(void)
{
	char folder[UNIT_PATH], path[UNIT_PATH];

	target_open(&target);
	unit_folder(folder);
	unit_write(folder, "file", "outside", 7);
	unit_path(path, folder, "file");
	ck_assert_int_eq(symlinkat(path, target.folder.fd, "link"), 0);
	ck_assert_int_eq(symlinkat("nowhere", target.folder.fd, "dangling"), 0);
	ck_assert_int_eq(mkdirat(target.folder.fd, "folder", 0755), 0);
	ck_assert_int_eq(mkfifoat(target.folder.fd, "fifo", 0644), 0);
	target_write(&target, "file", "old");
}

static void
teardown(void)
{
	target_close(&target);
}

START_TEST(test_open)
{
	struct folder folder = {.fd = -1};
	char path[UNIT_PATH];

	unit_path(path, target.path, "missing");
	ck_assert_int_eq(folder_open(&folder, path), -1);
	ck_assert_int_eq(errno, ENOENT);
	unit_path(path, target.path, "file");
	ck_assert_int_eq(folder_open(&folder, path), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(folder_open(&folder, ""), -1);
	ck_assert_int_eq(errno, ENOENT);

	unit_path(path, target.path, "folder");
	ck_assert_int_eq(folder_open(&folder, path), 0);
	ck_assert_int_eq(fcntl(folder.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_ge(folder.volume->name_max, 64);
	ck_assert_uint_le(folder.volume->name_max, 255);
	folder_close(&folder);
	ck_assert_int_eq(folder.fd, -1);
	folder_close(&folder);
}
END_TEST

/* Reading the umask means setting it: it must be restored. */
START_TEST(test_umask)
{
	mode_t before = umask(027);

	target_reopen(&target);
	ck_assert_uint_eq(umask(before), 027);
	ck_assert_uint_eq(target.folder.umask, 027);
}
END_TEST

START_TEST(test_check_name)
{
	static const struct {
		const char *name;
		int result, unclobbered; /* without and with -n */
	} rows[] = {
	    {"nothing", 0, 0},
	    {"file", 1, -1},
	    {"link", 1, -1},
	    {"dangling", 1, -1},
	    {"folder", -1, -1},
	    {"fifo", -1, -1},
	    {"to fifo", -1, -1},
	    {"to folder", 1, -1},
	    {"stdout", -1, -1},
	};
	struct failure failure;
	int got, wanted, n;
	size_t i;

	target.settings.store.is_named = true;
	/* Regression: -o /dev/stdout replaced that link by a file. */
	ck_assert_int_eq(symlinkat("fifo", target.folder.fd, "to fifo"), 0);
	ck_assert_int_eq(symlinkat("folder", target.folder.fd, "to folder"), 0);
	ck_assert_int_eq(symlinkat("/proc/self/fd/1", target.folder.fd,
			     "stdout"),
	    0);
	for (i = 0; i < 2 * UNIT_ROWS(rows); i++) {
		n = i % 2;
		target.settings.store.no_clobber = n == 1;
		wanted = n == 1 ? rows[i / 2].unclobbered : rows[i / 2].result;
		memset(&failure, 0, sizeof(failure));
		got = folder_check_name(&target.folder, rows[i / 2].name,
		    &target.settings.store, &failure);
		ck_assert_msg(got == wanted, "%s, -n %d", rows[i / 2].name, n);
		ck_assert_msg(got >= 0 ||
			(failure.code == EXIT_LOCAL &&
			    strstr(failure.text, rows[i / 2].name) != NULL),
		    "%s: %s", rows[i / 2].name, failure.text);
	}
}
END_TEST

Suite *
folder_suite(void)
{
	Suite *suite = suite_create("folder");
	TCase *tcase = unit_case(suite, "folder");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_umask);
	tcase_add_test(tcase, test_check_name);
	return suite;
}
