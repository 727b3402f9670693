/* Only blocks with the right digest are taken from an older copy. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/old_copy.h"
#include "common/range.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

enum {
	N = 300 * 1000,	     /* bytes of a block */
	OFFSET = 128 * 1024, /* of the block */
	SIZE = OFFSET + N,
};

static uint8_t bytes[N], got[N], digest[DIGEST_LENGTH];
static struct target target;
static int old, to;

static int
make(const char *name)
{
	int fd =
	    openat(target.folder.fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
setup(void)
{
	size_t i;

	target_open(&target);
	target.settings.store.old_fd = -1;
	old = make("old");
	to = make("to");
	for (i = 0; i < N; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	memset(bytes, 0, 200 * 1000);
	digest_of(bytes, N, digest);
	ck_assert_int_eq(range_write(old, bytes, N, OFFSET), 0);
	ck_assert_int_eq(ftruncate(to, SIZE + 5), 0);
}

static void
teardown(void)
{
	close(old);
	close(to);
	target_close(&target);
}

/* Equal bytes are in their place, with holes or without; nothing else is
 * touched. */
START_TEST(test_equal)
{
	struct stat stat;

	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, (unsigned)_i,
			     digest),
	    1);
	ck_assert_int_eq(range_read(to, got, N, OFFSET), 0);
	ck_assert_mem_eq(got, bytes, N);
	ck_assert_int_eq(fstat(to, &stat), 0);
	ck_assert_int_eq(stat.st_size, SIZE + 5);
	/* Twice is as good as once. */
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, (unsigned)_i,
			     digest),
	    1);
}
END_TEST

/* Bytes that were there before do not show through the holes. */
START_TEST(test_holes_over_bytes)
{
	memset(got, 'x', N);
	ck_assert_int_eq(range_write(to, got, N, OFFSET), 0);
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, OLD_COPY_HOLES,
			     digest),
	    1);
	ck_assert_int_eq(range_read(to, got, N, OFFSET), 0);
	ck_assert_mem_eq(got, bytes, N);
}
END_TEST

/* One other bit, or a copy that ends too early: nothing is written. */
START_TEST(test_different)
{
	struct stat stat;

	digest[3] ^= 1;
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, 0, digest), 0);
	digest[3] ^= 1;
	ck_assert_int_eq(ftruncate(old, SIZE - 1), 0);
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, 0, digest), 0);
	ck_assert_int_eq(fstat(to, &stat), 0);
	ck_assert_int_eq(stat.st_blocks, 0);
}
END_TEST

/* Bytes that were expected to be equal were copied, and are not taken. */
START_TEST(test_unlikely)
{
	digest[3] ^= 1;
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, OLD_COPY_LIKELY,
			     digest),
	    0);
	digest[3] ^= 1;
	ck_assert_int_eq(ftruncate(old, SIZE - 1), 0);
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N, OLD_COPY_LIKELY,
			     digest),
	    0);
	ck_assert_int_eq(old_copy_take(old, to, OFFSET, N,
			     OLD_COPY_LIKELY | OLD_COPY_HOLES, digest),
	    0);
}
END_TEST

/* A copy that cannot be read has no block. */
START_TEST(test_unreadable)
{
	int fd = openat(target.folder.fd, "old", O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(old_copy_take(fd, to, OFFSET, N, 0, digest), 0);
	close(fd);
}
END_TEST

/* A file that cannot be written is not the copy's fault. */
START_TEST(test_unwritable)
{
	int fd = openat(target.folder.fd, "to", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(old_copy_take(old, fd, OFFSET, N, 0, digest), -1);
	ck_assert_int_eq(errno, EBADF);
	close(fd);
}
END_TEST

/* The copy is the file itself: the kernel refuses to copy it. */
START_TEST(test_itself)
{
	ck_assert_int_eq(old_copy_take(old, old, OFFSET, N, 0, digest), 1);
	ck_assert_int_eq(range_read(old, got, N, OFFSET), 0);
	ck_assert_mem_eq(got, bytes, N);
}
END_TEST

/* Only regular files are copies; a link is not followed. */
START_TEST(test_open)
{
	const struct store_settings *store = &target.settings.store;
	uint64_t size = 0;
	int fd;

	fd = old_copy_open(&target.folder, "old", store, &size);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(size, SIZE);
	close(fd);
	ck_assert_int_eq(mkfifoat(target.folder.fd, "fifo", 0600), 0);
	ck_assert_int_eq(symlinkat("old", target.folder.fd, "link"), 0);
	ck_assert_int_eq(old_copy_open(&target.folder, "none", store, &size),
	    -1);
	ck_assert_int_eq(old_copy_open(&target.folder, "fifo", store, &size),
	    -1);
	ck_assert_int_eq(old_copy_open(&target.folder, "link", store, &size),
	    -1);
	ck_assert_int_eq(old_copy_open(&target.folder, ".", store, &size), -1);
}
END_TEST

/* A named copy is used for any name, and stays open. */
START_TEST(test_named)
{
	struct failure failure;
	uint64_t size = 0;
	char path[UNIT_PATH];
	int fd;

	strlcpy(path, target.path, sizeof(path));
	strlcat(path, "/old", sizeof(path));
	target.settings.store.old_fd = old_copy_open_named(path, &failure);
	ck_assert_int_ge(target.settings.store.old_fd, 0);
	fd = old_copy_open(&target.folder, "none", &target.settings.store,
	    &size);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(size, SIZE);
	close(fd);
	ck_assert_int_eq(close(target.settings.store.old_fd), 0);
	ck_assert_int_eq(old_copy_open_named(target.path, &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	ck_assert_ptr_nonnull(strstr(failure.text, "is a folder, not a file"));
	strlcat(path, "er", sizeof(path));
	ck_assert_int_eq(old_copy_open_named(path, &failure), -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "cannot read"));
}
END_TEST

Suite *
old_copy_suite(void)
{
	Suite *suite = suite_create("old_copy");
	TCase *tcase = tcase_create("blocks");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_equal, 0, 4);
	tcase_add_test(tcase, test_holes_over_bytes);
	tcase_add_test(tcase, test_different);
	tcase_add_test(tcase, test_unlikely);
	tcase_add_test(tcase, test_unreadable);
	tcase_add_test(tcase, test_unwritable);
	tcase_add_test(tcase, test_itself);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_named);
	suite_add_tcase(suite, tcase);
	return suite;
}
