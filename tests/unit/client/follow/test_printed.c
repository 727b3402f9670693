/*
 * What is kept of a followed file: its first and last bytes, however they
 * came, and the digest of those that nobody has confirmed.
 */

#include <string.h>

#include "client/follow/printed.h"
#include "tests/unit/unit.h"

enum {
	BYTES = 3 * FOLLOWED_HEAD
};

static uint8_t bytes[BYTES];
static struct followed followed;

static void
setup(void)
{
	unit_fill(bytes, sizeof(bytes), 5);
	followed_reset(&followed);
}

static void
expect_kept(size_t size)
{
	size_t head = size < FOLLOWED_HEAD ? size : FOLLOWED_HEAD;
	size_t last = size < FOLLOWED_LAST ? size : FOLLOWED_LAST;

	ck_assert_uint_eq(followed.size, size);
	ck_assert_uint_eq(followed_head(&followed), head);
	ck_assert_uint_eq(followed_last(&followed), last);
	ck_assert_mem_eq(followed.head, bytes, head);
	ck_assert_mem_eq(followed.last, bytes + size - last, last);
}

/* How many bytes come at a time. */
static const size_t steps[] = {1, 7, 100, FOLLOWED_LAST - 1, FOLLOWED_LAST,
    FOLLOWED_LAST + 1, FOLLOWED_HEAD - 1, FOLLOWED_HEAD + 1, BYTES};

START_TEST(test_kept)
{
	size_t size, n;

	expect_kept(0);
	for (size = 0; size < BYTES; size += n) {
		n = BYTES - size < steps[_i] ? BYTES - size : steps[_i];
		followed_add(&followed, bytes + size, n);
		expect_kept(size + n);
	}
	followed_add(&followed, bytes, 0);
	expect_kept(BYTES);
	followed_reset(&followed);
	expect_kept(0);
}
END_TEST

START_TEST(test_proved)
{
	uint8_t digest[DIGEST_LENGTH];

	digest_of(bytes, 0, digest);
	ck_assert(followed_matches(&followed, digest));
	followed_add(&followed, bytes, 10);
	followed_add(&followed, bytes + 10, 20);
	ck_assert(!followed_matches(&followed, digest));
	digest_of(bytes, 30, digest);
	ck_assert(followed_matches(&followed, digest));
	ck_assert_uint_eq(followed.proved, 0);
	followed_prove(&followed);
	ck_assert_uint_eq(followed.proved, 30);
	followed_add(&followed, bytes + 30, 40);
	ck_assert_uint_eq(followed.proved, 30);
	digest_of(bytes + 30, 40, digest);
	ck_assert(followed_matches(&followed, digest));
	followed_reset(&followed);
	ck_assert_uint_eq(followed.proved, 0);
	digest_of(bytes, 0, digest);
	ck_assert(followed_matches(&followed, digest));
}
END_TEST

Suite *
followed_suite(void)
{
	Suite *suite = suite_create("followed");
	TCase *tcase = unit_case(suite, "followed");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_kept, 0, UNIT_ROWS(steps));
	tcase_add_test(tcase, test_proved);
	return suite;
}
