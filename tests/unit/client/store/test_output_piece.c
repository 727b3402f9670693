/*
 * Outputs whose SHA-256 is wanted, and outputs that write a piece of a file.
 */

#include <sys/resource.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "common/clock.h"
#include "tests/unit/feed.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define TOKEN "00000000000000010000000000000002"

enum {
	SIZE = 300000,	   /* more than any buffer on the way */
	SMALL = 34 * 1024, /* from here on bodies take another way */
};

static const struct protocol_attributes attributes = {{1, 2}, SIZE, CLOCK_SEC,
    0644};
static struct target target;
static struct feed feed;
static struct failure failure;
static uint8_t bytes[SIZE];

static void
setup(void)
{
	target_open(&target);
	feed_open(&feed);
	unit_fill(bytes, SIZE, 1);
}

static void
teardown(void)
{
	feed_close(&feed);
	target_close(&target);
}

static void
expect_sha256(struct output *output, size_t size)
{
	uint8_t got[SHA256SUM_LENGTH], wanted[SHA256SUM_LENGTH];
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, bytes, size);
	SHA256Final(wanted, &context);
	ck_assert_int_eq(file_writer_sha256(output_writer(output), got), 0);
	ck_assert_mem_eq(got, wanted, sizeof(got));
}

/* The SHA-256 covers bytes of this run and of an earlier one, which are read
 * again, with and without the server's digest. */
START_TEST(test_sha256)
{
	const size_t here = _i % 2 == 0 ? 0 : SMALL + 1;
	struct output *output;

	target.settings.store.verify = _i < 2;
	if (here > 0) {
		unit_write(target.path, "f." TOKEN ".part", bytes, here);
		target_reopen(&target);
	}
	output =
	    output_new(NULL, &target.settings.store, &target.folder, "f", true);
	ck_assert_ptr_nonnull(output);
	ck_assert_uint_eq(output_size(output), here);
	expect_sha256(output, here);
	ck_assert_int_eq(output_begin(output, &attributes, false, &failure), 0);
	feed_output(&feed, output, bytes + here, SIZE - here);
	expect_sha256(output, SIZE);
	ck_assert_int_eq(output_finish(output, &attributes, &failure), 0);
	expect_sha256(output, SIZE);
	output_free(output);
	target_expect_bytes(&target, "f", bytes, SIZE);

	/* After a discard the sum is that of no bytes. */
	target.settings.store.resume = false;
	output =
	    output_new(NULL, &target.settings.store, &target.folder, "g", true);
	ck_assert_int_eq(output_begin(output, &attributes, false, &failure), 0);
	feed_output(&feed, output, bytes, 10);
	ck_assert_int_eq(output_discard(output), 0);
	expect_sha256(output, 0);
	output_free(output);
}
END_TEST

/* A piece is written to its place; bytes around it stay. */
START_TEST(test_piece)
{
	const size_t from = 1000, to = from + (_i % 2 == 0 ? 10 : SMALL);
	struct output *output;
	uint8_t *around = calloc(1, SIZE), digest[PROTOCOL_DIGEST_SIZE];
	struct folder *folder = &target.folder;
	int whole, other;

	target.settings.store.verify = _i < 2;
	unit_write(target.path, "whole", around, SIZE);
	unit_write(target.path, "other", around, SIZE);
	whole = openat(folder->fd, "whole", O_RDWR | O_CLOEXEC);
	other = openat(folder->fd, "other", O_RDWR | O_CLOEXEC);
	output = output_new_piece(&target.settings.store, folder, "whole",
	    whole, from);
	ck_assert_ptr_nonnull(output);
	ck_assert_uint_eq(output_size(output), 0);
	feed_output(&feed, output, bytes + from, to - from);
	ck_assert_uint_eq(output_size(output), to - from);
	digest_of(bytes + from, to - from, digest);
	if (target.settings.store.verify)
		ck_assert(file_writer_matches(output_writer(output), digest));
	output_free(output);
	/* The output does not own the file, which stays. */
	memcpy(around + from, bytes + from, to - from);
	target_expect_bytes(&target, "whole", around, SIZE);
	ck_assert_int_eq(target_count(&target), 2);
	free(around);

	ck_assert_ptr_null(
	    output_new_piece(&target.settings.store, folder, "none", whole, 0));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(symlinkat("whole", folder->fd, "link"), 0);
	ck_assert_ptr_null(
	    output_new_piece(&target.settings.store, folder, "link", whole, 0));
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_ptr_null(output_new_piece(&target.settings.store, folder,
	    "whole", whole, UINT64_C(1) << 63));
	/* Another file has the name. */
	ck_assert_ptr_null(output_new_piece(&target.settings.store, folder,
	    "whole", other, 0));
	ck_assert_int_eq(target_count(&target), 3);
	close(whole);
	close(other);
}
END_TEST

/* output_flush asks a file system that tells late, by closing a copy of the
 * descriptor; it fails where there can be no copy. */
START_TEST(test_flush)
{
	struct rlimit limit, none;
	struct output *output;
	int whole;

	unit_write(target.path, "whole", bytes, SIZE);
	whole = openat(target.folder.fd, "whole", O_RDWR | O_CLOEXEC);
	output = output_new_piece(&target.settings.store, &target.folder,
	    "whole", whole, 0);
	ck_assert_ptr_nonnull(output);
	target.folder.volume->tells_late = true;
	ck_assert_int_eq(output_flush(output), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(output_flush(output), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	target.folder.volume->tells_late = false;
	ck_assert_int_eq(output_flush(output), 0);
	output_free(output);
	close(whole);
}
END_TEST

/* If inode numbers differ at each look, and nobody else can have put another
 * file there, the name is taken to be the file's. */
START_TEST(test_numbers_differ)
{
	static const struct {
		bool is_remote, is_shared, taken;
	} rows[] = {
	    {true, false, true},
	    {true, true, false},
	    {false, false, false},
	};
	struct output *output;
	int other;

	unit_write(target.path, "whole", bytes, SIZE);
	unit_write(target.path, "other", bytes, SIZE);
	other = openat(target.folder.fd, "other", O_RDWR | O_CLOEXEC);
	target.folder.volume->is_remote = rows[_i].is_remote;
	target.folder.is_shared = rows[_i].is_shared;
	output = output_new_piece(&target.settings.store, &target.folder,
	    "whole", other, 0);
	ck_assert_int_eq(output != NULL, rows[_i].taken);
	output_free(output);
	close(other);
}
END_TEST

Suite *
output_piece_suite(void)
{
	Suite *suite = suite_create("output_piece");
	TCase *tcase = unit_case(suite, "piece");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_sha256, 0, 4);
	tcase_add_loop_test(tcase, test_piece, 0, 4);
	tcase_add_test(tcase, test_flush);
	tcase_add_loop_test(tcase, test_numbers_differ, 0, 3);
	return suite;
}
