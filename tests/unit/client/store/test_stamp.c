/*
 * Time and mode of files and folders: what they are set to, and that a refusal
 * is counted and is no failure.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "client/store/stamp.h"
#include "common/clock.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;

static void
setup(void)
{
	target_open(&target);
	ck_assert_int_eq(mkdirat(target.folder.fd, "a", 0755), 0);
}

static void
teardown(void)
{
	target_close(&target);
}

START_TEST(test_folder)
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
	stamp_folder(&below, &attributes, true);
	ck_assert_uint_eq(target.folder.losses->times, 1);
	ck_assert_uint_eq(target.folder.losses->modes, 1);
	ck_assert_int_eq(target.folder.losses->error, EBADF);
}
END_TEST

/* A default ACL decides in place of the umask. */
START_TEST(test_mode)
{
	static const struct {
		uint32_t mode;
		mode_t umask;
		bool has_acl;
		mode_t acl, expected;
	} rows[] = {
	    {S_IFREG | 0644, 022, false, 0, 0644},
	    {S_IFREG | 0666, 077, false, 0, 0600},
	    {S_IFREG | 06755, 0, false, 0, 0755},
	    {S_IFREG | 0644, 077, true, 0775, 0664},
	    {S_IFREG | 0755, 077, true, 0775, 0775},
	    {S_IFREG | 0644, 0, true, 0700, 0600},
	    {S_IFDIR | 0755, 077, true, 0770, 0770},
	};
	struct protocol_attributes attributes = {.size = 0};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.folder.umask = rows[i].umask;
		target.folder.has_acl = rows[i].has_acl;
		target.folder.acl = rows[i].acl;
		attributes.mode = rows[i].mode;
		ck_assert_msg(stamp_mode(&target.folder, &attributes) ==
			rows[i].expected,
		    "%zu: %o", i, stamp_mode(&target.folder, &attributes));
	}
}
END_TEST

START_TEST(test_file)
{
	const struct protocol_attributes attributes = {{1, 2}, 4,
	    5 * CLOCK_SEC + 6, S_IFREG | 0640};
	struct stat stat;
	int fd;

	target.folder.umask = 0;
	target_write(&target, "f", "text");
	fd = openat(target.folder.fd, "f", O_RDWR | O_CLOEXEC);
	stamp_file(&target.folder, fd, "f", &attributes);
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFREG | 0640);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 5);
	ck_assert_int_eq(stat.st_mtim.tv_nsec, 6);
	ck_assert_int_eq(close(fd), 0);
	/* By its name, where the descriptor is refused. */
	ck_assert_int_eq(utimensat(target.folder.fd, "f", NULL, 0), 0);
	stamp_set_time(&target.folder, fd, "f", &attributes);
	ck_assert_int_eq(fstatat(target.folder.fd, "f", &stat, 0), 0);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 5);
	ck_assert_uint_eq(target.folder.losses->times, 0);
	stamp_set_time(&target.folder, fd, NULL, &attributes);
	ck_assert_uint_eq(target.folder.losses->times, 1);
	ck_assert_uint_eq(target.folder.losses->modes, 0);
	ck_assert_int_eq(target.folder.losses->error, EBADF);
}
END_TEST

Suite *
stamp_suite(void)
{
	Suite *suite = suite_create("stamp");
	TCase *tcase = unit_case(suite, "stamp");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_folder);
	tcase_add_test(tcase, test_mode);
	tcase_add_test(tcase, test_file);
	return suite;
}
