/* coverage: the bytes in a set, compared with a plain array of flags. */

#include <stdlib.h>
#include <string.h>

#include "server/coverage.h"
#include "tests/unit/unit.h"

enum {
	BYTES = 64
};

static struct coverage coverage;

static void
teardown(void)
{
	coverage_clear(&coverage);
}

START_TEST(test_empty)
{
	ck_assert(coverage_is_whole(&coverage, 0));
	ck_assert(!coverage_is_whole(&coverage, 1));
	ck_assert(coverage_add(&coverage, 5, 5));
	ck_assert_uint_eq(coverage.n, 0);
	ck_assert_uint_eq(coverage_sum(&coverage), 0);
}
END_TEST

/* Ranges that touch or overlap become one. */
START_TEST(test_merged)
{
	ck_assert(coverage_add(&coverage, 10, 20));
	ck_assert(coverage_add(&coverage, 30, 40));
	ck_assert(coverage_add(&coverage, 50, 60));
	ck_assert_uint_eq(coverage.n, 3);
	ck_assert(coverage_add(&coverage, 20, 30));
	ck_assert_uint_eq(coverage.n, 2);
	ck_assert(!coverage_is_whole(&coverage, 10));
	ck_assert(coverage_add(&coverage, 0, 55));
	ck_assert_uint_eq(coverage.n, 1);
	ck_assert(coverage_is_whole(&coverage, 60));
	ck_assert(!coverage_is_whole(&coverage, 61));
	ck_assert_uint_eq(coverage_sum(&coverage), 60);
}
END_TEST

/* Adds ranges by chance and compares the set with flags for each byte. */
START_TEST(test_any)
{
	bool has[BYTES];
	size_t i, from, to, sum, whole;
	int round;

	for (round = 0; round < 200; round++) {
		memset(has, 0, sizeof(has));
		coverage_clear(&coverage);
		for (i = 0; i < 20; i++) {
			from = arc4random_uniform(BYTES);
			to = from + arc4random_uniform(8);
			if (to > BYTES)
				to = BYTES;
			ck_assert(coverage_add(&coverage, from, to));
			memset(has + from, true, to - from);
			for (sum = 0, from = 0; from < BYTES; from++)
				sum += has[from];
			for (whole = 0; whole < BYTES && has[whole];)
				whole++;
			ck_assert_uint_eq(coverage_sum(&coverage), sum);
			ck_assert(coverage_is_whole(&coverage, whole));
			ck_assert(whole == BYTES ||
			    !coverage_is_whole(&coverage, whole + 1));
		}
	}
}
END_TEST

/* A client that asks for every other byte costs bounded memory. */
START_TEST(test_bounded)
{
	uint64_t i;

	for (i = 0; i < COVERAGE_MOST; i++)
		ck_assert(coverage_add(&coverage, 2 * i, 2 * i + 1));
	ck_assert(!coverage_add(&coverage, 2 * i, 2 * i + 1));
	ck_assert_uint_eq(coverage_sum(&coverage), COVERAGE_MOST);
	/* A range that merges others still has room. */
	ck_assert(coverage_add(&coverage, 0, 3));
	ck_assert_uint_eq(coverage.n, COVERAGE_MOST - 1);
}
END_TEST

Suite *
coverage_suite(void)
{
	Suite *suite = suite_create("coverage");
	TCase *tcase = tcase_create("coverage");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_merged);
	tcase_add_test(tcase, test_any);
	tcase_add_test(tcase, test_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
