/*
 * Folders below the target folder: opened by a path that no link can lead
 * elsewhere, given time and mode, and asked whether a file is there already.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "common/clock.h"
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

/* The paths, and errno where they are not opened. The naive way follows all
 * that are links. */
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

/* Part files are looked for only where there may be some; what was written
 * is not forgotten. */
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

START_TEST(test_attributes)
{
	static const struct {
		const char *row;
		int64_t mtime_ns;
		uint32_t mode;
		mode_t umask;
		int64_t seconds, nanoseconds;
		mode_t expected;
	} rows[] = {
	    {"folder", 1234567890 * CLOCK_SEC + 7, S_IFDIR | 0755, 022,
		1234567890, 7, 0755},
	    {"set-id and sticky", 0, S_IFDIR | 07777, 0, 0, 0, 0777},
	    {"umask", 0, S_IFDIR | 0777, 077, 0, 0, 0700},
	    {"a nanosecond before 1970", -1, 0700, 0, -1, 999999999, 0700},
	    {"a second before", -CLOCK_SEC, 0700, 0, -1, 0, 0700},
	    {"long before", -1500 * CLOCK_MS, 0555, 0, -2, 500000000, 0555},
	    {"decades before", -100000000 * CLOCK_SEC - 1, 0700, 0, -100000001,
		999999999, 0700},
	};
	struct protocol_attributes attributes = {.size = 0};
	struct folder below = {.fd = -1};
	struct stat stat;
	size_t i;

	ck_assert_int_eq(folder_open_below(&below, &target.folder, "a", false),
	    0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		below.umask = rows[i].umask;
		attributes.mtime_ns = rows[i].mtime_ns;
		attributes.mode = rows[i].mode;
		stamp_folder(&below, &attributes, true);
		ck_assert_int_eq(fstat(below.fd, &stat), 0);
		ck_assert_msg(stat.st_mtim.tv_sec == rows[i].seconds &&
			stat.st_mtim.tv_nsec == rows[i].nanoseconds &&
			(stat.st_mode & 07777) == rows[i].expected,
		    "%s: %lld.%09ld %o", rows[i].row,
		    (long long)stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec,
		    stat.st_mode);
	}
	ck_assert_uint_eq(target.folder.losses->times, 0);
	ck_assert_uint_eq(target.folder.losses->modes, 0);
	ck_assert_int_eq(fchmod(below.fd, 0755), 0);
	folder_close(&below);
	/* What cannot be set is no failure, and counted. */
	stamp_folder(&below, &attributes, true);
	ck_assert_uint_eq(target.folder.losses->times, 1);
	ck_assert_uint_eq(target.folder.losses->modes, 1);
	ck_assert_int_eq(target.folder.losses->error, EBADF);
}
END_TEST

/* What is here has this time, and is asked for another. */
static const struct {
	const char *row;
	int64_t seconds, nanoseconds;
	int64_t mtime_ns;
	uint64_t size;
	bool same;
	bool remote; /* on a file system with a server behind it */
} sames[] = {
    {"to the nanosecond", 5, 7, 5 * CLOCK_SEC + 7, 4, true, false},
    {"a nanosecond more", 5, 7, 5 * CLOCK_SEC + 8, 4, false, false},
    {"a nanosecond less", 5, 7, 5 * CLOCK_SEC + 6, 4, false, false},
    {"another second", 6, 7, 5 * CLOCK_SEC + 7, 4, false, false},
    {"whole seconds here", 5, 0, 5 * CLOCK_SEC + 7, 4, true, true},
    {"whole seconds here, the last", 5, 0, 6 * CLOCK_SEC - 1, 4, true, true},
    {"whole seconds here, the next", 5, 0, 6 * CLOCK_SEC, 4, false, true},
    {"whole seconds by chance", 5, 0, 5 * CLOCK_SEC + 7, 4, false, false},
    {"whole seconds there", 5, 7, 5 * CLOCK_SEC, 4, false, false},
    {"before 1970", -2, 500000000, -1500 * CLOCK_MS, 4, true, false},
    {"before 1970, whole", -2, 0, -1500 * CLOCK_MS, 4, true, true},
    {"before 1970, another", -1, 0, -1500 * CLOCK_MS, 4, false, true},
    {"1970", 0, 0, 0, 4, true, false},
    {"larger", 5, 7, 5 * CLOCK_SEC + 7, 5, false, false},
    {"smaller", 5, 7, 5 * CLOCK_SEC + 7, 3, false, false},
    {"empty", 5, 7, 5 * CLOCK_SEC + 7, 0, false, false},
};

START_TEST(test_same)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}};
	size_t i;

	for (i = 0; i < UNIT_ROWS(sames); i++) {
		times[1].tv_sec = sames[i].seconds;
		times[1].tv_nsec = sames[i].nanoseconds;
		ck_assert_int_eq(utimensat(target.folder.fd, "file", times, 0),
		    0);
		target.folder.volume->is_remote = sames[i].remote;
		ck_assert_msg(folder_keep_same(&target.folder, "file",
				  sames[i].size,
				  sames[i].mtime_ns) == sames[i].same,
		    "%s", sames[i].row);
	}
}
END_TEST

/* Only a file of its own: not what a link leads to, nor anything else. */
START_TEST(test_same_kind)
{
	static const char *const names[] = {"link", "a", "fifo", "missing",
	    "to_file"};
	struct stat stat;
	int64_t time;
	size_t i;

	make_link("file", "to_file");
	ck_assert_int_eq(mkfifoat(target.folder.fd, "fifo", 0600), 0);
	for (i = 0; i < UNIT_ROWS(names); i++) {
		memset(&stat, 0, sizeof(stat));
		(void)fstatat(target.folder.fd, names[i], &stat, 0);
		time = stat.st_mtim.tv_sec * CLOCK_SEC + stat.st_mtim.tv_nsec;
		ck_assert_msg(!folder_keep_same(&target.folder, names[i],
				  (uint64_t)stat.st_size, time),
		    "%s", names[i]);
	}
}
END_TEST

static int64_t
time_of(const char *name, struct stat *stat)
{
	ck_assert_int_eq(fstatat(target.folder.fd, name, stat, 0), 0);
	return stat->st_mtim.tv_sec * CLOCK_SEC + stat->st_mtim.tv_nsec;
}

/* What is the same counts as written. Another link to it, with a name of its
 * own, is skipped too, or replaced: the fault was that it failed. */
START_TEST(test_same_written)
{
	struct written_files written = {.files = {.n = 0}};
	struct failure failure;
	struct stat stat;
	int64_t time;

	target.folder.written = &written;
	ck_assert_int_eq(linkat(target.folder.fd, "file", target.folder.fd,
			     "FILE", 0),
	    0);
	time = time_of("file", &stat);
	/* Another size: not the same, and not written. */
	ck_assert(!folder_keep_same(&target.folder, "file", 5, time));
	ck_assert_uint_eq(written.files.n, 0);
	ck_assert(folder_keep_same(&target.folder, "file", 4, time));
	ck_assert(inode_set_has(&written.files, &stat));
	ck_assert_int_eq(folder_check_name(&target.folder, "FILE",
			     &target.settings.store, &failure),
	    1);
	ck_assert(folder_keep_same(&target.folder, "FILE", 4, time));
	written_files_close(&written);
}
END_TEST

/* A name that is not in the folder as it is written, and leads to a file that
 * this run has written: to the file system it is another's. */
START_TEST(test_other_written)
{
	static const struct {
		const char *row;
		const char *before; /* the name that the file was written by */
		const char *wanted;
		bool touched, other;
	} rows[] = {
	    {"upper case", "file", "FILE", false, true},
	    {"the older name stayed", "FILE", "file", false, true},
	    {"a number used before", "gone", "file", true, false},
	};
	struct written_files written = {.files = {.n = 0}};
	struct failure failure;
	struct stat stat;

	/* As if a file system without case had looked "FILE" up. */
	target.folder.written = &written;
	(void)time_of("file", &stat);
	ck_assert_int_eq(written_files_add(&written, &target.folder,
			     rows[_i].before, &stat),
	    0);
	if (rows[_i].touched)
		stat.st_mtim.tv_sec++;
	ck_assert_msg(written_files_has_other(&written, &target.folder,
			  rows[_i].wanted, &stat) == rows[_i].other,
	    "%s", rows[_i].row);
	if (_i == 1)
		ck_assert_int_eq(folder_check_name(&target.folder, "file",
				     &target.settings.store, &failure),
		    -1);
	if (_i == 1)
		ck_assert_ptr_nonnull(strstr(failure.text,
		    "this file system takes it for another name of this run"));
	/* Numbers that differ at each look: size and time tell. */
	stat.st_ino += 1000;
	target.folder.volume->is_remote = true;
	ck_assert(!written_files_has_other(&written, &target.folder,
	    rows[_i].wanted, &stat));
	stat.st_ino -= 1000;
	ck_assert_int_eq(written_files_add(&written, &target.folder,
			     rows[_i].before, &stat),
	    0);
	stat.st_ino += 1000;
	ck_assert(written_files_has_other(&written, &target.folder,
		      rows[_i].wanted, &stat) == (_i == 0));
	written_files_close(&written);
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
	tcase_add_test(tcase, test_attributes);
	tcase_add_test(tcase, test_same);
	tcase_add_test(tcase, test_same_kind);
	tcase_add_test(tcase, test_same_written);
	tcase_add_loop_test(tcase, test_other_written, 0, 3);
	return suite;
}
