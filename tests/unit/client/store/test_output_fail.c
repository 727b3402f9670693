/*
 * Files that cannot be begun, read again, or given their name: the failure, and
 * the names that remain in the folder.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "common/clock.h"
#include "tests/unit/feed.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define TOKEN "00000000000000010000000000000002"

enum {
	SIZE = 100000, /* of the file */
};

static struct target target;
static struct feed feed;
static struct output *output;
static struct failure failure;
static const struct protocol_attributes attributes = {{1, 2}, SIZE, 0, 0644};
static uint8_t bytes[SIZE];

static void
setup(void)
{
	target_open(&target);
	feed_open(&feed);
	unit_fill(bytes, SIZE, 1);
	output = output_new(NULL, &target.settings.store, &target.folder, "f",
	    false);
	ck_assert_ptr_nonnull(output);
	memset(&failure, 0, sizeof(failure));
}

static void
teardown(void)
{
	output_free(output);
	feed_close(&feed);
	target_close(&target);
}

static void
begin(void)
{
	ck_assert_int_eq(output_begin(output, &attributes, false, &failure), 0);
}

/* The result is -1 with this failure; the folder has n names. */
static void
expect_refused(int result, enum exit_code code, const char *words, int n)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(failure.code, code);
	ck_assert_msg(strstr(failure.text, words) != NULL, "%s", failure.text);
	ck_assert_int_eq(target_count(&target), n);
}

START_TEST(test_begin_size)
{
	target.settings.store.max_size = SIZE - 1;
	expect_refused(output_begin(output, &attributes, false, &failure),
	    EXIT_LOCAL, "it has 100,000 B; --max-size allows 99,999 B", 0);
	target.settings.store.max_size = SIZE;
	begin();
}
END_TEST

START_TEST(test_begin_space)
{
	const struct protocol_attributes huge = {{1, 2}, INT64_MAX, 0, 0644};

	expect_refused(output_begin(output, &huge, false, &failure), EXIT_LOCAL,
	    "no room here: 8.0 EiB are needed, ", 0);
}
END_TEST

START_TEST(test_begin_name)
{
	target_write(&target, "f", "old");
	target.settings.store.no_clobber = true;
	expect_refused(output_begin(output, &attributes, false, &failure),
	    EXIT_LOCAL, "f exists", 1);
	target_expect(&target, "f", "old");
	ck_assert_int_eq(unlinkat(target.folder.fd, "f", 0), 0);
	ck_assert_int_eq(mkdirat(target.folder.fd, "f", 0755), 0);
	target.settings.store.no_clobber = false;
	expect_refused(output_begin(output, &attributes, false, &failure),
	    EXIT_LOCAL, "f is a folder here", 1);
	/* A name that was refused may be free later. */
	ck_assert_int_eq(unlinkat(target.folder.fd, "f", AT_REMOVEDIR), 0);
	begin();
}
END_TEST

START_TEST(test_begin_folder)
{
	ck_assert_int_eq(rmdir(target.path), 0);
	ck_assert_int_eq(output_begin(output, &attributes, false, &failure),
	    -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_str_eq(failure.text,
	    "cannot create a file here: No such file or directory; the folder "
	    "that it goes into has been removed");
}
END_TEST

/* Somebody else cuts the part file of an earlier run meanwhile. */
START_TEST(test_part_cut)
{
	uint8_t digest[DIGEST_LENGTH];
	char path[UNIT_PATH];

	target_write(&target, "f." TOKEN ".part", "some bytes");
	target_reopen(&target);
	output_free(output);
	output = output_new(NULL, &target.settings.store, &target.folder, "f",
	    false);
	ck_assert_uint_eq(output_size(output), 10);
	unit_path(path, target.path, "f." TOKEN ".part");
	ck_assert_int_eq(truncate(path, 9), 0);
	ck_assert_int_eq(file_writer_digest(output_writer(output), digest), -1);
	ck_assert_int_eq(errno, ENODATA);
	/* The second time fails too. */
	ck_assert_int_eq(file_writer_digest(output_writer(output), digest), -1);
}
END_TEST

/* The SHA-256 cannot be computed of a part file that was cut. */
START_TEST(test_sha256_cut)
{
	uint8_t sum[SHA256SUM_LENGTH];
	char path[UNIT_PATH];

	target_write(&target, "f." TOKEN ".part", "some bytes");
	target_reopen(&target);
	output_free(output);
	output =
	    output_new(NULL, &target.settings.store, &target.folder, "f", true);
	unit_path(path, target.path, "f." TOKEN ".part");
	ck_assert_int_eq(truncate(path, 9), 0);
	ck_assert_int_eq(file_writer_sha256(output_writer(output), sum), -1);
	ck_assert_int_eq(errno, ENODATA);
	ck_assert_int_eq(file_writer_sha256(output_writer(output), sum), -1);
}
END_TEST

/* Somebody else makes a file of that name meanwhile. */
START_TEST(test_publish)
{
	static const char *const words[] =
	    {"cannot give it its name f here: there is one by now",
		"cannot give it its name f here: there is a folder",
		"there is one by now: another name of this run"};

	target.settings.store.no_clobber = _i == 0;
	begin();
	feed_output(&feed, output, bytes, 10);
	target.folder.is_new = _i == 2;
	if (_i != 1)
		target_write(&target, "f", "other");
	else
		ck_assert_int_eq(mkdirat(target.folder.fd, "f", 0755), 0);
	expect_refused(output_finish(output, &attributes, &failure), EXIT_LOCAL,
	    words[_i], 1);
	if (_i != 1)
		target_expect(&target, "f", "other");
	ck_assert_uint_eq(output_size(output), 0);
}
END_TEST

Suite *
output_fail_suite(void)
{
	Suite *suite = suite_create("output_fail");
	TCase *tcase = unit_case(suite, "fail");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_begin_size);
	tcase_add_test(tcase, test_begin_space);
	tcase_add_test(tcase, test_begin_name);
	tcase_add_test(tcase, test_begin_folder);
	tcase_add_test(tcase, test_part_cut);
	tcase_add_test(tcase, test_sha256_cut);
	tcase_add_loop_test(tcase, test_publish, 0, 3);
	return suite;
}
