/*
 * The first and last bytes of a followed file, whatever the size of the pieces
 * that arrive, and the digest of the unproved ones.
 */

#include <string.h>

#include "client/follow/printed.h"
#include "tests/unit/unit.h"

enum {
	BYTES = 3 * PRINTED_HEAD
};

static uint8_t bytes[BYTES];
static struct printed printed;

static void
setup(void)
{
	unit_fill(bytes, sizeof(bytes), 5);
	printed_reset(&printed);
}

static void
expect_kept(size_t size)
{
	size_t head = size < PRINTED_HEAD ? size : PRINTED_HEAD;
	size_t last = size < PRINTED_LAST ? size : PRINTED_LAST;

	ck_assert_uint_eq(printed.size, size);
	ck_assert_uint_eq(printed_head(&printed), head);
	ck_assert_uint_eq(printed_last(&printed), last);
	ck_assert_mem_eq(printed.head, bytes, head);
	ck_assert_mem_eq(printed.last, bytes + size - last, last);
}

/* Bytes that arrive at a time. */
static const size_t steps[] = {1, 7, 100, PRINTED_LAST - 1, PRINTED_LAST,
    PRINTED_LAST + 1, PRINTED_HEAD - 1, PRINTED_HEAD + 1, BYTES};

START_TEST(test_kept)
{
	size_t size, n;

	expect_kept(0);
	for (size = 0; size < BYTES; size += n) {
		n = BYTES - size < steps[_i] ? BYTES - size : steps[_i];
		printed_add(&printed, bytes + size, n);
		expect_kept(size + n);
	}
	printed_add(&printed, bytes, 0);
	expect_kept(BYTES);
	printed_reset(&printed);
	expect_kept(0);
}
END_TEST

START_TEST(test_proved)
{
	uint8_t digest[DIGEST_LENGTH];

	digest_of(bytes, 0, digest);
	ck_assert(printed_matches(&printed, digest));
	printed_add(&printed, bytes, 10);
	printed_add(&printed, bytes + 10, 20);
	ck_assert(!printed_matches(&printed, digest));
	digest_of(bytes, 30, digest);
	ck_assert(printed_matches(&printed, digest));
	ck_assert_uint_eq(printed.proved, 0);
	printed_prove(&printed);
	ck_assert_uint_eq(printed.proved, 30);
	printed_add(&printed, bytes + 30, 40);
	ck_assert_uint_eq(printed.proved, 30);
	digest_of(bytes + 30, 40, digest);
	ck_assert(printed_matches(&printed, digest));
	printed_reset(&printed);
	ck_assert_uint_eq(printed.proved, 0);
	digest_of(bytes, 0, digest);
	ck_assert(printed_matches(&printed, digest));
}
END_TEST

/* The digest of all bytes, and of the first ones. */
START_TEST(test_begins_with)
{
	uint8_t digest[DIGEST_LENGTH];

	printed_begin(&printed, 50);
	printed_add(&printed, bytes, 10);
	printed_prove(&printed);
	printed_add(&printed, bytes + 10, BYTES - 10);
	digest_of(bytes, BYTES, digest);
	ck_assert(printed_begins_with(&printed, BYTES, digest));
	ck_assert(!printed_begins_with(&printed, PRINTED_HEAD, digest));
	digest_of(bytes, PRINTED_HEAD, digest);
	ck_assert(printed_begins_with(&printed, PRINTED_HEAD, digest));
	digest_of(bytes, 3, digest);
	ck_assert(printed_begins_with(&printed, 3, digest));
	ck_assert(!printed.altered);
	printed_alter(&printed, bytes);
	ck_assert(printed.altered);
	ck_assert_uint_eq(printed.proved, printed.size);
	ck_assert_mem_eq(printed.last, bytes, PRINTED_LAST);
	printed_reset(&printed);
	ck_assert(!printed.altered);
}
END_TEST

Suite *
printed_suite(void)
{
	Suite *suite = suite_create("printed");
	TCase *tcase = unit_case(suite, "printed");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_kept, 0, UNIT_ROWS(steps));
	tcase_add_test(tcase, test_proved);
	tcase_add_test(tcase, test_begins_with);
	return suite;
}
