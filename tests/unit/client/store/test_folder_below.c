/*
 * Folders below the target folder are opened by a path that no link can lead
 * elsewhere, and made writable.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static char outside[UNIT_PATH];

static void
make_folder(const char *name)
{
	ck_assert_int_eq(mkdirat(target.folder.fd, name, 0755), 0);
}

static void
make_link(const char *to, const char *name)
{
	ck_assert_int_eq(symlinkat(to, target.folder.fd, name), 0);
}

static void
setup(void)
{
	target_open(&target);
	unit_folder(outside);
	make_folder("a");
	make_folder("a/b");
	make_folder("a/b/c");
	target_write(&target, "file", "text");
	make_link("a", "link");
	make_link("../a", "a/up");
	make_link("b", "a/link");
	make_link(outside, "absolute");
	make_link("nowhere", "dangling");
	make_link("..", "parent");
}

static void
teardown(void)
{
	target_close(&target);
}

/* Paths, and errno if they must not be opened. The positive control, open(2),
 * follows links. */
static const struct {
	const char *path;
	int code;
	bool naive; /* open(2) takes it */
} paths[] = {
    {"a", 0, true},
    {"a/b/c", 0, true},
    {".", 0, true},
    {"a/./b", 0, true},
    {"missing", ENOENT, false},
    {"file", ENOTDIR, false},
    {"file/x", ENOTDIR, false},
    {"link", ELOOP, true},
    {"link/b", ELOOP, true},
    {"a/link", ELOOP, true},
    {"a/link/c", ELOOP, true},
    {"a/up/b", ELOOP, true},
    {"absolute", ELOOP, true},
    {"parent", ELOOP, true},
    {"dangling", ELOOP, false},
    {"..", EXDEV, true},
    {"a/../..", EXDEV, true},
    {"/", EXDEV, true},
    {"/tmp", EXDEV, true},
};

START_TEST(test_open)
{
	struct folder below;
	size_t i;
	int fd, result;

	target.folder.umask = 0123;
	for (i = 0; i < UNIT_ROWS(paths); i++) {
		memset(&below, 0, sizeof(below));
		errno = 0;
		result = folder_open_below(&below, &target.folder,
		    paths[i].path, true);
		ck_assert_msg(result == (paths[i].code == 0 ? 0 : -1) &&
			(result == 0 || errno == paths[i].code),
		    "%s: %s", paths[i].path, strerror(errno));
		fd = openat(target.folder.fd, paths[i].path,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_msg((fd >= 0) == paths[i].naive, "%s", paths[i].path);
		if (fd >= 0)
			close(fd);
		if (result != 0)
			continue;
		ck_assert_int_ge(below.fd, 0);
		ck_assert_int_eq(fcntl(below.fd, F_GETFD), FD_CLOEXEC);
		ck_assert_uint_eq(below.umask, 0123);
		ck_assert_uint_ge(below.volume->name_max, 64);
		folder_close(&below);
		ck_assert_int_eq(below.fd, -1);
	}
}
END_TEST

/* Part files are read only with scan; folder->written stays as it was. */
START_TEST(test_scan)
{
	struct written_files written = {.files = {.n = 0}};
	struct folder below = {.written = &written};

	target_write(&target, "a/f.00000000000000010000000000000002.part", "x");
	ck_assert_int_eq(folder_open_below(&below, &target.folder, "a", false),
	    0);
	ck_assert(!part_is_there(&below, "f", false));
	ck_assert_ptr_eq(below.written, &written);
	folder_close(&below);
	ck_assert_int_eq(folder_open_below(&below, &target.folder, "a", true),
	    0);
	ck_assert(part_is_there(&below, "f", false));
	ck_assert_ptr_eq(below.written, &written);
	folder_close(&below);
	ck_assert(SLIST_EMPTY(&below.parts));
}
END_TEST

START_TEST(test_writable)
{
	static const struct {
		mode_t before, after;
	} rows[] = {
	    {0755, 0755},
	    {0300, 0300}, /* into which files go all the same */
	    {0700, 0700},
	    {0555, 0755},
	    {0500, 0700},
	    {0600, 0700},
	    {0, 0700},
	    {01577, 01777},
	};
	struct folder below;
	struct stat stat;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		below.fd = openat(target.folder.fd, "a",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(below.fd, 0);
		ck_assert_int_eq(fchmod(below.fd, rows[i].before), 0);
		ck_assert_int_eq(folder_make_writable(&below), 0);
		ck_assert_int_eq(fstat(below.fd, &stat), 0);
		ck_assert_msg((stat.st_mode & 07777) == rows[i].after, "%o: %o",
		    rows[i].before, stat.st_mode);
		ck_assert_int_eq(fchmod(below.fd, 0755), 0);
		close(below.fd);
	}
	below.fd = -1;
	ck_assert_int_eq(folder_make_writable(&below), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

Suite *
folder_below_suite(void)
{
	Suite *suite = suite_create("folder_below");
	TCase *tcase = unit_case(suite, "below");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_scan);
	tcase_add_test(tcase, test_writable);
	return suite;
}
