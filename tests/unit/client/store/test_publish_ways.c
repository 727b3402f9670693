/*
 * File systems that refuse a way of giving a name, time or mode, each with an
 * errno of its own: a seccomp filter stands for them. The next way is tried,
 * and no file is replaced that must stay.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "client/store/publish.h"
#include "client/store/write_failure.h"
#include "client/store/stamp.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static const struct protocol_attributes attributes = {{1, 2}, 3,
    5 * CLOCK_SEC + 6, 0100644};
static const int errors[] = {EPERM, EACCES, EIO, EINVAL, EOPNOTSUPP, ENOSYS,
    EMLINK, EXDEV};
static struct target target;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	target.folder.umask = 022;
	target_write(&target, "old", "old");
}

static void
teardown(void)
{
	target_close(&target);
}

static int
publish(const char *final)
{
	int fd, result;

	target_write(&target, "part", "new");
	fd = openat(target.folder.fd, "part", O_RDWR | O_CLOEXEC);
	result = publish_part(&target.folder, fd, "part", final, &attributes,
	    &target.settings.store, &failure);
	close(fd);
	return result;
}

static bool
is_text(const char *name, const char *text)
{
	char got[8] = "";
	int fd = openat(target.folder.fd, name, O_RDONLY | O_CLOEXEC);
	bool same;

	same = fd >= 0 && read(fd, got, sizeof(got) - 1) >= 0 &&
	    strcmp(got, text) == 0;
	if (fd >= 0)
		close(fd);
	return same;
}

/* ---- a name that must be free ------------------------------------------- */

/* Exits with the number of the step that failed. */
static void
name_without(void *argument)
{
	const int *error = argument;

	if (child_refuse(SYS_renameat2, *error) != 0 ||
	    child_refuse(SYS_linkat, *error) != 0)
		exit(1);
	target.settings.store.no_clobber = true;
	if (publish("old") != -1 || errno != EEXIST || !is_text("old", "old"))
		exit(2);
	if (publish("free") != 0 || !is_text("free", "new"))
		exit(3);
	if (target.folder.volume->has_noreplace ||
	    target.folder.volume->has_links)
		exit(4);
	/* In a folder of this run a second name must fail. */
	target.settings.store.no_clobber = false;
	target.folder.is_new = true;
	if (publish("free") != -1 || publish("other") != 0 ||
	    !is_text("other", "new"))
		exit(5);
}

START_TEST(test_free_name)
{
	int error = errors[_i];
	struct child child;

	child_run(&child, name_without, &error);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	target_expect(&target, "old", "old");
	target_expect(&target, "free", "new");
	/* "part" is left from the last failure. */
	ck_assert_int_eq(target_count(&target), 3);
}
END_TEST

static void
name_without_any(void *nothing)
{
	(void)nothing;
	if (child_refuse(SYS_renameat2, EPERM) != 0 ||
	    child_refuse(SYS_linkat, EPERM) != 0 ||
	    child_refuse(SYS_renameat, EPERM) != 0)
		exit(1);
	target.settings.store.no_clobber = true;
	if (publish("free") != -1 || errno != EPERM)
		exit(2);
	/* The other ways are still tried next time. */
	if (!target.folder.volume->has_noreplace)
		exit(3);
}

/* If nothing can be renamed, the empty file is removed again. */
START_TEST(test_no_name)
{
	struct child child;

	child_run(&child, name_without_any, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert(!target_has(&target, "free"));
	target_expect(&target, "part", "new");
}
END_TEST

/* ---- a file without a name ---------------------------------------------- */

static int
publish_text(const char *final)
{
	int fd = folder_create_nameless(&target.folder, 0644), result;

	if (fd < 0 || write(fd, "new", 3) != 3)
		return -1;
	result = publish_nameless(&target.folder, fd, final, &attributes,
	    &target.settings.store, &failure);
	close(fd);
	return result;
}

static void
link_without(void *argument)
{
	const int *error = argument;

	if (child_refuse(SYS_linkat, *error) != 0)
		exit(1);
	if (publish_text("free") != 0)
		exit(2);
	if (target.folder.volume->has_nameless)
		exit(3);
}

/* The file gets no name: its copy does, and later files are made with names. */
START_TEST(test_nameless)
{
	int error = errors[_i], fd;
	struct child child;
	struct stat stat;

	fd = folder_create_nameless(&target.folder, 0644);
	if (fd < 0)
		return;
	close(fd);
	child_run(&child, link_without, &error);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	target_expect(&target, "free", "new");
	ck_assert_int_eq(target_count(&target), 2);
	ck_assert_int_eq(fstatat(target.folder.fd, "free", &stat, 0), 0);
	ck_assert_uint_eq(stat.st_mode, 0100644);
	ck_assert_int_eq(stat.st_mtim.tv_nsec, 6);
}
END_TEST

/* ---- time and mode ------------------------------------------------------ */

static void
stamp_without(void *argument)
{
	const int *error = argument;
	char name[PART_NAME];
	struct stat stat;
	int fd;

	if (child_refuse(SYS_fchmod, *error) != 0 ||
	    child_refuse(SYS_utimensat, *error) != 0)
		exit(1);
	umask(022);
	fd = part_create(&target.folder, "f", attributes.token, 0644, name);
	if (fd < 0 || fstat(fd, &stat) != 0 || (stat.st_mode & 0777) != 0644)
		exit(2);
	if (publish_part(&target.folder, fd, name, "f", &attributes,
		&target.settings.store, &failure) != 0)
		exit(3);
	if (target.folder.losses->times != 1 ||
	    target.folder.losses->modes != 1 ||
	    target.folder.losses->error != *error)
		exit(4);
}

/* The file stays, with the mode that it was made with. */
START_TEST(test_stamp)
{
	int error = errors[_i];
	struct child child;

	child_run(&child, stamp_without, &error);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert(target_has(&target, "f"));
	ck_assert_int_eq(target_count(&target), 2);
}
END_TEST

/* ---- others who may write here ------------------------------------------ */

/* Another file that somebody has put in place of the part file is not
 * published, nor reported as ours if it has the final name. */
START_TEST(test_swapped)
{
	int fd;

	target.folder.is_shared = _i == 0;
	target_write(&target, "part", "new");
	fd = openat(target.folder.fd, "part", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(unlinkat(target.folder.fd, "part", 0), 0);
	target_write(&target, "part", "bad");
	ck_assert_int_eq(publish_part(&target.folder, fd, "part", "old",
			     &attributes, &target.settings.store, &failure),
	    _i == 0 ? -1 : 0);
	close(fd);
	/* Control: in a folder of our own this is not checked. */
	target_expect(&target, "old", _i == 0 ? "old" : "bad");
	if (_i == 0)
		ck_assert_ptr_nonnull(strstr(failure.text, "somebody else"));
}
END_TEST

START_TEST(test_shared)
{
	static const struct {
		mode_t mode;
		bool shared;
	} rows[] = {{0700, false}, {0755, false}, {0775, true}, {0757, true},
	    {01777, false}, {0777, true}};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_int_eq(chmod(target.path, rows[i].mode), 0);
		target_reopen(&target);
		ck_assert_msg(target.folder.is_shared == rows[i].shared, "%o",
		    rows[i].mode);
	}
}
END_TEST

/* Regression: the failure text said that the part file is kept, though the file
 * had its final name and only could not be put on disk. */
START_TEST(test_sync_fails)
{
	int fd;

	target.settings.store.fsync = true;
	target_write(&target, "part", "new");
	fd = openat(target.folder.fd, "part", O_RDWR | O_CLOEXEC);
	/* The folder cannot be opened to be synced. */
	if (child_refuse(SYS_openat, EIO) != 0)
		return;
	ck_assert_int_eq(publish_part(&target.folder, fd, "part", "final",
			     &attributes, &target.settings.store, &failure),
	    -1);
	ck_assert(!write_failure_keeps_part(errno));
	ck_assert_ptr_nonnull(strstr(failure.text, "it is here"));
	ck_assert(target_has(&target, "final"));
	ck_assert(!target_has(&target, "part"));
	close(fd);
}
END_TEST

Suite *
publish_ways_suite(void)
{
	Suite *suite = suite_create("publish_ways");
	TCase *tcase = unit_case(suite, "ways");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_swapped, 0, 2);
	tcase_add_test(tcase, test_shared);
	tcase_add_test(tcase, test_sync_fails);
	if (!unit_is_native("publish_ways"))
		return suite;
	tcase_add_loop_test(tcase, test_free_name, 0, UNIT_ROWS(errors));
	tcase_add_test(tcase, test_no_name);
	tcase_add_loop_test(tcase, test_nameless, 0, UNIT_ROWS(errors));
	tcase_add_loop_test(tcase, test_stamp, 0, UNIT_ROWS(errors));
	return suite;
}
