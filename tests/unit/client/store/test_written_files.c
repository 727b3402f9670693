/*
 * Files that this run has written: found again by another name where the file
 * system takes two names for one.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/written_files.h"
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

/* A name that leads to a file of this run although the folder has no such name:
 * to this file system it means the same as another name. */
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
	ck_assert_int_eq(fstatat(target.folder.fd, "file", &stat, 0), 0);
	ck_assert_int_eq(written_files_add(&written, target.folder.volume,
			     rows[_i].before, &stat),
	    0);
	if (rows[_i].touched)
		stat.st_mtim.tv_sec++;
	ck_assert_msg(written_files_has_other(&written, target.folder.volume,
			  target.folder.fd, rows[_i].wanted,
			  &stat) == rows[_i].other,
	    "%s", rows[_i].row);
	if (_i == 1)
		ck_assert_int_eq(folder_check_name(&target.folder, "file",
				     &target.settings.store, &failure),
		    -1);
	if (_i == 1)
		ck_assert_ptr_nonnull(strstr(failure.text,
		    "this file system takes it for another name of this run"));
	/* If inode numbers differ at each look, size and time count. */
	stat.st_ino += 1000;
	target.folder.volume->is_remote = true;
	ck_assert(!written_files_has_other(&written, target.folder.volume,
	    target.folder.fd, rows[_i].wanted, &stat));
	stat.st_ino -= 1000;
	ck_assert_int_eq(written_files_add(&written, target.folder.volume,
			     rows[_i].before, &stat),
	    0);
	stat.st_ino += 1000;
	ck_assert(written_files_has_other(&written, target.folder.volume,
		      target.folder.fd, rows[_i].wanted, &stat) == (_i == 0));
	written_files_close(&written);
}
END_TEST

/* Adding the name again is no other name; at the prompt it may be written
 * twice. A file of another folder has nothing to do with it. */
START_TEST(test_same_name)
{
	struct written_files written = {.may_repeat = _i == 1};
	struct stat stat, other;

	ck_assert_int_eq(fstatat(target.folder.fd, "file", &stat, 0), 0);
	ck_assert_int_eq(fstatat(target.folder.fd, ".", &other, 0), 0);
	ck_assert(!written_files_has_other(&written, target.folder.volume,
	    target.folder.fd, "file", &stat));
	ck_assert_int_eq(written_files_add(&written, target.folder.volume,
			     "file", &stat),
	    0);
	ck_assert(written_files_has_other(&written, target.folder.volume,
		      target.folder.fd, "file", &stat) == (_i == 0));
	ck_assert(!written_files_has_other(&written, target.folder.volume,
	    target.folder.fd, "file", &other));
	written_files_close(&written);
	ck_assert_int_eq(written_files_add(NULL, target.folder.volume, "file",
			     &stat),
	    0);
	ck_assert(!written_files_has_other(NULL, target.folder.volume,
	    target.folder.fd, "file", &stat));
}
END_TEST

Suite *
written_files_suite(void)
{
	Suite *suite = suite_create("written_files");
	TCase *tcase = unit_case(suite, "written_files");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_other_written, 0, 3);
	tcase_add_loop_test(tcase, test_same_name, 0, 2);
	return suite;
}
