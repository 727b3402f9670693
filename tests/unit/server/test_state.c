/*
 * state: the differences between two states, and times beyond 64 bits. Only a
 * network file system could show that its server is asked.
 */

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/content_version.h"
#include "server/state.h"
#include "tests/unit/unit.h"

static char folder[UNIT_PATH];

static void
setup(void)
{
	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
}

static void
expect_same(const struct stat *got, const struct stat *wanted)
{
	ck_assert_uint_eq(got->st_dev, wanted->st_dev);
	ck_assert_uint_eq(got->st_ino, wanted->st_ino);
	ck_assert_uint_eq(got->st_mode, wanted->st_mode);
	ck_assert_uint_eq(got->st_nlink, wanted->st_nlink);
	ck_assert_uint_eq(got->st_uid, wanted->st_uid);
	ck_assert_uint_eq(got->st_gid, wanted->st_gid);
	ck_assert_int_eq(got->st_size, wanted->st_size);
	ck_assert_int_eq(got->st_mtim.tv_sec, wanted->st_mtim.tv_sec);
	ck_assert_int_eq(got->st_mtim.tv_nsec, wanted->st_mtim.tv_nsec);
	ck_assert_int_eq(got->st_ctim.tv_sec, wanted->st_ctim.tv_sec);
	ck_assert_int_eq(got->st_ctim.tv_nsec, wanted->st_ctim.tv_nsec);
}

/* The state equals that of stat(2), by descriptor and by entry. */
START_TEST(test_asked)
{
	static const int flags[] = {O_RDONLY, O_PATH};
	struct stat wanted, got;
	char path[UNIT_PATH];
	int fd, dir;
	size_t i;

	unit_path(path, folder, "file");
	for (i = 0; i < UNIT_ROWS(flags); i++) {
		fd = open(path, flags[i] | O_CLOEXEC);
		ck_assert_int_eq(fstat(fd, &wanted), 0);
		ck_assert_int_eq(state_read(fd, "", &got), 0);
		expect_same(&got, &wanted);
		close(fd);
	}
	ck_assert_int_eq(state_read(fd, "", &got), -1);
	ck_assert_int_eq(errno, EBADF);

	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(state_read(dir, "file", &got), 0);
	expect_same(&got, &wanted);
	ck_assert_int_eq(symlinkat("file", dir, "link"), 0);
	ck_assert_int_eq(state_read(dir, "link", &got), 0);
	ck_assert(S_ISLNK(got.st_mode));
	ck_assert_int_eq(state_read(dir, "none", &got), -1);
	ck_assert_int_eq(errno, ENOENT);
	close(dir);
}
END_TEST

START_TEST(test_kinds)
{
	static const struct {
		const char *entry;
		mode_t kind;
	} rows[] = {
	    {"file", S_IFREG},
	    {"fifo", S_IFIFO},
	    {"link", S_IFLNK},
	    {"", S_IFDIR},
	};
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mode_t kind;
	size_t i;

	ck_assert_int_eq(mkfifoat(dir, "fifo", 0600), 0);
	ck_assert_int_eq(symlinkat("nowhere", dir, "link"), 0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		kind = 0;
		ck_assert_int_eq(state_kind(dir, rows[i].entry, &kind), 0);
		ck_assert_msg(kind == rows[i].kind, "%s", rows[i].entry);
	}
	ck_assert_int_eq(state_kind(dir, "none", &kind), -1);
	ck_assert_int_eq(errno, ENOENT);
	close(dir);
}
END_TEST

static void
grow(struct stat *stat)
{
	stat->st_size++;
}

static void
touch(struct stat *stat)
{
	stat->st_mtim.tv_nsec++;
}

static void
change(struct stat *stat)
{
	stat->st_ctim.tv_nsec++;
}

static void
age(struct stat *stat)
{
	stat->st_mtim.tv_sec -= 1;
}

/* 2^64 nanoseconds: a product in 64 bits would wrap to the same value. */
static void
touch_in_another_era(struct stat *stat)
{
	stat->st_mtim.tv_sec += 18446744073;
	stat->st_mtim.tv_nsec += 709551616;
}

static void
change_in_another_era(struct stat *stat)
{
	stat->st_ctim.tv_sec += 18446744073;
	stat->st_ctim.tv_nsec += 709551616;
}

static void
link_once_more(struct stat *stat)
{
	stat->st_nlink++;
}

static const struct {
	const char *row;
	void (*happens)(struct stat *stat);
	bool new_token;
} changes[] = {
    {"grows", grow, true},
    {"mtime by a nanosecond", touch, true},
    {"ctime by a nanosecond", change, true},
    {"mtime by a second", age, true},
    {"mtime by 2^64 ns", touch_in_another_era, true},
    {"ctime by 2^64 ns", change_in_another_era, true},
    {"another link in the same tick", link_once_more, false},
};

/* The file stays as it is; the state to compare with is altered. */
START_TEST(test_differ)
{
	struct protocol_attributes a, b;
	struct stat now, before;
	char path[UNIT_PATH];
	uint64_t size;
	size_t i;
	int fd;

	unit_path(path, folder, "file");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(state_read(fd, "", &now), 0);
	ck_assert(!state_has_changed(fd, &now, &size));
	ck_assert_uint_eq(size, 7);
	for (i = 0; i < UNIT_ROWS(changes); i++) {
		before = now;
		changes[i].happens(&before);
		size = 0;
		ck_assert_msg(state_has_changed(fd, &before, &size), "%s",
		    changes[i].row);
		ck_assert_uint_eq(size, 7);
		state_attributes(&before, &a);
		state_attributes(&now, &b);
		ck_assert_uint_eq(a.token.id, b.token.id);
		ck_assert_msg((a.token.version != b.token.version) ==
			changes[i].new_token,
		    "%s", changes[i].row);
	}
	close(fd);
	ck_assert(state_has_changed(fd, &now, &size));
	ck_assert_uint_eq(size, 0);
}
END_TEST

/* Times at the edges of the range. */
START_TEST(test_times)
{
	static const struct {
		int64_t seconds;
		long nanoseconds;
		int64_t wire;
	} rows[] = {
	    {0, 0, 0},
	    {1, 5, 1000000005},
	    {-1, 5, -999999995},
	    {9223372036, 854775807, INT64_MAX},
	    {9223372036, 854775808, INT64_MAX},
	    {9223372037, 0, INT64_MAX},
	    {INT64_MAX, 999999999, INT64_MAX},
	    {-9223372036, 0, -9223372036000000000},
	    {-9223372038, 0, INT64_MIN},
	    {INT64_MIN, 0, INT64_MIN},
	};
	struct protocol_attributes attributes;
	struct stat stat;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		memset(&stat, 0, sizeof(stat));
		stat.st_mtim.tv_sec = rows[i].seconds;
		stat.st_mtim.tv_nsec = rows[i].nanoseconds;
		ck_assert_msg(state_mtime(&stat) == rows[i].wire, "%lld: %lld",
		    (long long)rows[i].seconds, (long long)state_mtime(&stat));
		/* A client computes the content version from this time. */
		state_attributes(&stat, &attributes);
		ck_assert_uint_eq(protocol_content_token(&attributes).version,
		    content_version_of(0, rows[i].wire));
	}
}
END_TEST

Suite *
state_suite(void)
{
	Suite *suite = suite_create("state");
	TCase *tcase = unit_case(suite, "states");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_asked);
	tcase_add_test(tcase, test_kinds);
	tcase_add_test(tcase, test_differ);
	tcase_add_test(tcase, test_times);
	return suite;
}
