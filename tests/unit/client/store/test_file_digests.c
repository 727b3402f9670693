/*
 * The digests of a file that arrives in pieces, held against digests of the
 * bytes in one.
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

/* Digests' states want more alignment than a stack has by itself. */
static struct tally tally;
static uint8_t bytes[SIZE];

static void
setup(void)
{
	unit_fill(bytes, SIZE, 1);
	memset(&tally, 0xee, sizeof(tally));
	tally_reset(&tally, true);
}

static void
expect(void (*digest)(const struct tally *, uint8_t *), size_t from, size_t to)
{
	uint8_t got[DIGEST_LENGTH], wanted[DIGEST_LENGTH];

	digest(&tally, got);
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
	tally_sha256(&tally, got);
	return memcmp(got, wanted, sizeof(got)) == 0;
}

START_TEST(test_nothing)
{
	ck_assert(tally.is_whole);
	expect(tally_whole, 0, 0);
	expect(tally_range, 0, 0);
	ck_assert(has_sha256_of(0));
}
END_TEST

/* Pieces of any size, those of none too, are what they are together. */
START_TEST(test_pieces)
{
	uint32_t random = (uint32_t)_i;
	size_t at = 0, n;

	tally_begin_range(&tally, 0);
	while (at < SIZE) {
		n = unit_random(&random) % 5000;
		if (n > SIZE - at)
			n = SIZE - at;
		tally_add(&tally, bytes + at, n);
		at += n;
		expect(tally_whole, 0, at);
		expect(tally_range, 0, at);
	}
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

/* From where it went on, twice, as after two breaks. */
START_TEST(test_ranges)
{
	tally_add(&tally, bytes, 1000);
	tally_begin_range(&tally, 1000);
	expect(tally_range, 0, 0);
	tally_add(&tally, bytes + 1000, 1);
	expect(tally_range, 1000, 1001);
	expect(tally_whole, 0, 1001);

	tally_begin_range(&tally, 1001);
	tally_add(&tally, bytes + 1001, SIZE - 1001);
	expect(tally_range, 1001, SIZE);
	expect(tally_whole, 0, SIZE);
	ck_assert(tally.is_whole);
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

/* What nobody has looked at is in no digest of the whole; the range that
 * begins behind it is not touched by it. */
START_TEST(test_miss)
{
	tally_add(&tally, bytes, 10);
	tally_miss(&tally);
	ck_assert(!tally.is_whole);
	tally_begin_range(&tally, 20);
	tally_add(&tally, bytes + 20, 30);
	ck_assert(!tally.is_whole);
	expect(tally_range, 20, 50);
	expect(tally_whole, 0, 10);

	tally_reset(&tally, true);
	ck_assert(tally.is_whole);
	tally_add(&tally, bytes, SIZE);
	expect(tally_whole, 0, SIZE);
	expect(tally_range, 0, SIZE);
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

/* A range does not outlive the bytes it was a range of. */
START_TEST(test_reset)
{
	tally_begin_range(&tally, 5);
	tally_add(&tally, bytes, 7);
	tally_reset(&tally, false);
	ck_assert(tally.is_whole);
	expect(tally_whole, 0, 0);
	expect(tally_range, 0, 0);
	tally_add(&tally, bytes, 3);
	expect(tally_range, 0, 3);
	/* And one that is begun with nothing there is the whole. */
	tally_begin_range(&tally, 0);
	expect(tally_range, 0, 3);
}
END_TEST

/* Read again, any range of a file, wherever the descriptor stands. */
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
			tally_reset(&tally, false);
			errno = 0;
			result = tally_read(&tally, fd, offsets[i], sizes[j]);
			if (offsets[i] + sizes[j] <= SIZE) {
				ck_assert_int_eq(result, 0);
				expect(tally_whole, offsets[i],
				    offsets[i] + sizes[j]);
				continue;
			}
			/* Shorter than it was said to be. */
			ck_assert_int_eq(result, -1);
			ck_assert_int_eq(errno, ENODATA);
			ck_assert(!tally.is_whole);
		}
	tally_reset(&tally, true);
	ck_assert_int_eq(tally_read(&tally, fd, 0, SIZE), 0);
	ck_assert(has_sha256_of(SIZE));
	close(fd);
}
END_TEST

/* It can be asked for at any time, and more bytes may follow. */
START_TEST(test_sha256)
{
	static const uint8_t abc[] = "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41"
				     "\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3"
				     "\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00"
				     "\x15\xad";
	uint8_t got[SHA256SUM_LENGTH], again[SHA256SUM_LENGTH];
	size_t n;

	/* FIPS 180-2, B.1. */
	tally_add(&tally, "abc", 3);
	tally_sha256(&tally, got);
	ck_assert_mem_eq(got, abc, sizeof(got));
	tally_sha256(&tally, again);
	ck_assert_mem_eq(again, got, sizeof(got));

	tally_reset(&tally, true);
	for (n = 0; n < 200; n++) {
		ck_assert(has_sha256_of(n));
		tally_add(&tally, bytes + n, 1);
		ck_assert(!has_sha256_of(n));
	}
	/* A range that begins on the way is none of its business. */
	tally_begin_range(&tally, n);
	tally_add(&tally, bytes + n, SIZE - n);
	ck_assert(has_sha256_of(SIZE));
}
END_TEST

Suite *
tally_suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = unit_case(suite, "tally");

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
