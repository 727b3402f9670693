/*
 * The digests of a file that arrives in pieces equal those of all its bytes.
 */

#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/store/file_digests.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 100000,
	READ = 64 * 1024, /* bytes of a file at once */
};

/* The states of digests need more alignment than a stack gives. */
static struct file_digests digests;
static uint8_t bytes[SIZE];

static void
setup(void)
{
	unit_fill(bytes, SIZE, 1);
	memset(&digests, 0xee, sizeof(digests));
	file_digests_reset(&digests, true);
}

static void
expect(void (*digest)(const struct file_digests *, uint8_t *), size_t from,
    size_t to)
{
	uint8_t got[DIGEST_LENGTH], wanted[DIGEST_LENGTH];

	digest(&digests, got);
	digest_of(bytes + from, to - from, wanted);
	ck_assert_mem_eq(got, wanted, sizeof(got));
}

static void
sha256_of(size_t n, uint8_t value[SHA256SUM_LENGTH])
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, bytes, n);
	SHA256Final(value, &context);
}

static bool
has_sha256_of(size_t n)
{
	uint8_t wanted[SHA256SUM_LENGTH], got[SHA256SUM_LENGTH];

	sha256_of(n, wanted);
	file_digests_sha256(&digests, got);
	return memcmp(got, wanted, sizeof(got)) == 0;
}

START_TEST(test_nothing)
{
	ck_assert(digests.is_complete);
	expect(file_digests_whole, 0, 0);
	expect(file_digests_range, 0, 0);
	ck_assert(has_sha256_of(0));
}
END_TEST

/* Bytes may come in pieces of any size, zero too. */
START_TEST(test_pieces)
{
	uint32_t random = (uint32_t)_i;
	size_t at = 0, n;

	file_digests_begin_range(&digests, 0);
	while (at < SIZE) {
		n = unit_random(&random) % 5000;
		if (n > SIZE - at)
			n = SIZE - at;
		file_digests_add(&digests, bytes + at, n);
		at += n;
		expect(file_digests_whole, 0, at);
		expect(file_digests_range, 0, at);
	}
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

/* A range begins anew twice, as after two breaks. */
START_TEST(test_ranges)
{
	file_digests_add(&digests, bytes, 1000);
	file_digests_begin_range(&digests, 1000);
	expect(file_digests_range, 0, 0);
	file_digests_add(&digests, bytes + 1000, 1);
	expect(file_digests_range, 1000, 1001);
	expect(file_digests_whole, 0, 1001);

	file_digests_begin_range(&digests, 1001);
	file_digests_add(&digests, bytes + 1001, SIZE - 1001);
	expect(file_digests_range, 1001, SIZE);
	expect(file_digests_whole, 0, SIZE);
	ck_assert(digests.is_complete);
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

/* After bytes were missed the digest of the whole gets no more; a range that
 * begins behind them is complete. */
START_TEST(test_miss)
{
	file_digests_add(&digests, bytes, 10);
	digests.is_complete = false;
	ck_assert(!digests.is_complete);
	file_digests_begin_range(&digests, 20);
	file_digests_add(&digests, bytes + 20, 30);
	ck_assert(!digests.is_complete);
	expect(file_digests_range, 20, 50);
	expect(file_digests_whole, 0, 10);

	file_digests_reset(&digests, true);
	ck_assert(digests.is_complete);
	file_digests_add(&digests, bytes, SIZE);
	expect(file_digests_whole, 0, SIZE);
	expect(file_digests_range, 0, SIZE);
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

/* A reset ends the range too. */
START_TEST(test_reset)
{
	file_digests_begin_range(&digests, 5);
	file_digests_add(&digests, bytes, 7);
	file_digests_reset(&digests, false);
	ck_assert(digests.is_complete);
	expect(file_digests_whole, 0, 0);
	expect(file_digests_range, 0, 0);
	file_digests_add(&digests, bytes, 3);
	expect(file_digests_range, 0, 3);
	/* A range that begins at the start is the whole. */
	file_digests_begin_range(&digests, 0);
	expect(file_digests_range, 0, 3);
}
END_TEST

/* Any range of a file can be read, whatever the offset of the descriptor. */
START_TEST(test_read)
{
	static const uint64_t offsets[] = {0, 1, READ, SIZE - 1, SIZE};
	static const uint64_t sizes[] = {0, 1, READ - 1, READ, READ + 1,
	    SIZE - 1, SIZE};
	int fd = memfd_create("file", MFD_CLOEXEC), result;
	size_t i, j;

	ck_assert_int_eq(write(fd, bytes, SIZE), SIZE);
	for (i = 0; i < UNIT_ROWS(offsets); i++)
		for (j = 0; j < UNIT_ROWS(sizes); j++) {
			file_digests_reset(&digests, false);
			errno = 0;
			result = file_digests_read(&digests, fd, offsets[i],
			    sizes[j]);
			if (offsets[i] + sizes[j] <= SIZE) {
				ck_assert_int_eq(result, 0);
				expect(file_digests_whole, offsets[i],
				    offsets[i] + sizes[j]);
				continue;
			}
			/* The file is shorter. */
			ck_assert_int_eq(result, -1);
			ck_assert_int_eq(errno, ENODATA);
			ck_assert(!digests.is_complete);
		}
	file_digests_reset(&digests, true);
	ck_assert_int_eq(file_digests_read(&digests, fd, 0, SIZE), 0);
	ck_assert(has_sha256_of(SIZE));
	close(fd);
}
END_TEST

/* The SHA-256 can be had at any time, and more bytes may follow. */
START_TEST(test_sha256)
{
	static const uint8_t abc[] = "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41"
				     "\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3"
				     "\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00"
				     "\x15\xad";
	uint8_t got[SHA256SUM_LENGTH], again[SHA256SUM_LENGTH];
	size_t n;

	/* FIPS 180-2, B.1. */
	file_digests_add(&digests, "abc", 3);
	file_digests_sha256(&digests, got);
	ck_assert_mem_eq(got, abc, sizeof(got));
	file_digests_sha256(&digests, again);
	ck_assert_mem_eq(again, got, sizeof(got));

	file_digests_reset(&digests, true);
	for (n = 0; n < 200; n++) {
		ck_assert(has_sha256_of(n));
		file_digests_add(&digests, bytes + n, 1);
		ck_assert(!has_sha256_of(n));
	}
	/* A range does not change it. */
	file_digests_begin_range(&digests, n);
	file_digests_add(&digests, bytes + n, SIZE - n);
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

Suite *
file_digests_suite(void)
{
	Suite *suite = suite_create("file_digests");
	TCase *tcase = unit_case(suite, "digests");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_nothing);
	tcase_add_loop_test(tcase, test_pieces, 1, 4);
	tcase_add_test(tcase, test_ranges);
	tcase_add_test(tcase, test_miss);
	tcase_add_test(tcase, test_reset);
	tcase_add_test(tcase, test_read);
	tcase_add_test(tcase, test_sha256);
	return suite;
}
