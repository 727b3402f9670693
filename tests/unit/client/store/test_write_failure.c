/*
 * Why a file could not be made, written or named: text by errno and by what is
 * in the folder, errno kept.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/store/write_failure.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	target_write(&target, "there", "x");
}

static void
teardown(void)
{
	target_close(&target);
}

static void
expect(const char *row, int code, const char *text)
{
	ck_assert_msg(errno == code, "%s: %s", row, strerror(errno));
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_msg(strncmp(failure.text, text, strlen(text)) == 0, "%s: %s",
	    row, failure.text);
}

/* A full disk is noted for the file system. */
START_TEST(test_write)
{
	static const struct {
		int code;
		bool keeps, fills;
		const char *text, *kept;
	} rows[] = {
	    {ENOSPC, true, true, "cannot write here: No space left on device",
		"when there is room"},
	    {EDQUOT, true, true, "cannot write here: Disk quota exceeded",
		"when there is room"},
	    {EFBIG, true, false, "cannot write here: File too large",
		"ulimit -f"},
	    {EIO, true, false, "cannot write here: Input/output error",
		"goes on from there"},
	    {ENOENT, false, false,
		"cannot write here: No such file or directory",
		"goes on from there"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert(
		    write_failure_keeps_part(rows[i].code) == rows[i].keeps);
		target.folder.volume->is_full = false;
		errno = rows[i].code;
		ck_assert_int_eq(write_failure_set(&target.folder, -1, false,
				     &failure),
		    -1);
		expect(rows[i].text, rows[i].code, rows[i].text);
		ck_assert_str_eq(failure.text, rows[i].text);
		ck_assert_int_eq(target.folder.volume->is_full, rows[i].fills);
		ck_assert_int_eq(write_failure_set(&target.folder, -1, true,
				     &failure),
		    -1);
		expect(rows[i].text, rows[i].code, rows[i].text);
		ck_assert_ptr_nonnull(strstr(failure.text, rows[i].kept));
	}
}
END_TEST

START_TEST(test_name)
{
	static const struct {
		int code;
		bool no_clobber, is_new;
		const char *part, *final, *reason;
	} rows[] = {
	    {ENOENT, false, false, "gone", "f", "its part file has been"},
	    {ENOENT, false, false, "there", "f", "No such file"},
	    {ENOENT, false, false, NULL, "f", "No such file"},
	    {EEXIST, true, false, "there", "f", "there is one by now, which"},
	    {EEXIST, false, true, "there", "f", "there is one by now: another"},
	    {EEXIST, false, false, "there", "f", "File exists"},
	    {EINVAL, false, false, "there", "f", "the file system may not"},
	    {EISDIR, false, false, "there", "f", "there is a folder"},
	    {EPERM, false, false, "there", "there", "what has that name must"},
	    {EPERM, false, false, "there", "f", "nothing may be renamed"},
	    {EIO, false, false, "there", "f", "Input/output error"},
	};
	char text[128];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.settings.store.no_clobber = rows[i].no_clobber;
		target.folder.is_new = rows[i].is_new;
		errno = rows[i].code;
		ck_assert_int_eq(write_failure_set_name(&target.folder,
				     rows[i].part, rows[i].final,
				     &target.settings.store, &failure),
		    -1);
		snprintf(text, sizeof(text),
		    "cannot give it its name %s here: %s", rows[i].final,
		    rows[i].reason);
		expect(text, rows[i].code, text);
	}
}
END_TEST

/* -o is advised where the name alone is at fault, and nothing else has given
 * it. */
START_TEST(test_create)
{
	static const struct {
		int code;
		bool is_named, advised;
		const char *text;
	} rows[] = {
	    {EINVAL, false, true,
		"cannot create a file here: Invalid argument"},
	    {EINVAL, true, false,
		"cannot create a file here: Invalid argument"},
	    {EACCES, false, false,
		"cannot create a file here: Permission denied"},
	    {ENOENT, false, false, "cannot create a file here: No such file"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.settings.store.is_named = rows[i].is_named;
		errno = rows[i].code;
		ck_assert_int_eq(write_failure_set_create(&target.folder,
				     &target.settings.store, &failure),
		    -1);
		expect(rows[i].text, rows[i].code, rows[i].text);
		ck_assert((strstr(failure.text, "-o gives") != NULL) ==
		    rows[i].advised);
	}
	ck_assert_int_eq(unlinkat(target.folder.fd, "there", 0), 0);
	ck_assert_int_eq(rmdir(target.path), 0);
	errno = ENOENT;
	(void)write_failure_set_create(&target.folder, &target.settings.store,
	    &failure);
	ck_assert_ptr_nonnull(strstr(failure.text, "has been removed"));
	ck_assert_int_eq(mkdir(target.path, 0700), 0);
}
END_TEST

Suite *
write_failure_suite(void)
{
	Suite *suite = suite_create("write_failure");
	TCase *tcase = unit_case(suite, "write_failure");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_write);
	tcase_add_test(tcase, test_name);
	tcase_add_test(tcase, test_create);
	return suite;
}
