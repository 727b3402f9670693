/*
 * Files that need not be fetched since the same file is here: by size, and by
 * time as the file system keeps it.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/same_file.h"
#include "common/clock.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;

static void
setup(void)
{
	target_open(&target);
	target_write(&target, "file", "text");
}

static void
teardown(void)
{
	target_close(&target);
}

/* The time that the file has, and the time and size that are asked for. */
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
		ck_assert_msg(same_file_keep(&target.folder, "file",
				  sames[i].size,
				  sames[i].mtime_ns) == sames[i].same,
		    "%s", sames[i].row);
	}
}
END_TEST

/* Links and all but regular files differ from a file. */
START_TEST(test_same_kind)
{
	static const char *const names[] = {"link", "folder", "fifo",
	    "missing"};
	struct stat stat;
	int64_t time;
	size_t i;

	ck_assert_int_eq(symlinkat("file", target.folder.fd, "link"), 0);
	ck_assert_int_eq(mkdirat(target.folder.fd, "folder", 0700), 0);
	ck_assert_int_eq(mkfifoat(target.folder.fd, "fifo", 0600), 0);
	for (i = 0; i < UNIT_ROWS(names); i++) {
		memset(&stat, 0, sizeof(stat));
		(void)fstatat(target.folder.fd, names[i], &stat, 0);
		time = stat.st_mtim.tv_sec * CLOCK_SEC + stat.st_mtim.tv_nsec;
		ck_assert_msg(!same_file_keep(&target.folder, names[i],
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

/* A file that is kept counts as written. A hard link to it has a name of its
 * own and is kept too, or replaced: the fault was that it failed. */
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
	/* Of another size it is not kept, nor written. */
	ck_assert(!same_file_keep(&target.folder, "file", 5, time));
	ck_assert_uint_eq(written.files.n, 0);
	ck_assert(same_file_keep(&target.folder, "file", 4, time));
	ck_assert(inode_set_find(&written.files, &stat) != NULL);
	ck_assert_int_eq(folder_check_name(&target.folder, "FILE",
			     &target.settings.store, &failure),
	    1);
	ck_assert(same_file_keep(&target.folder, "FILE", 4, time));
	written_files_close(&written);
}
END_TEST

Suite *
same_file_suite(void)
{
	Suite *suite = suite_create("same_file");
	TCase *tcase = unit_case(suite, "same_file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_same);
	tcase_add_test(tcase, test_same_kind);
	tcase_add_test(tcase, test_same_written);
	return suite;
}
