/* The counts of a batch: whatever becomes of its files, what is here never
 * exceeds all there is, and in the end both agree. */

#include "client/ui/tally.h"
#include "tests/unit/unit.h"

static struct tally tally;

static void
expect(uint64_t here, uint64_t all, uint64_t over, uint64_t files,
    uint64_t unknown)
{
	ck_assert_uint_eq(tally.here, here);
	ck_assert_uint_eq(tally.all, all);
	ck_assert_uint_eq(tally.files_over, over);
	ck_assert_uint_eq(tally.files_all, files);
	ck_assert_uint_eq(tally.files_unknown, unknown);
}

START_TEST(test_named)
{
	struct tally_file a = {.size = 0}, b = {.size = 0}, c = {.size = 0};

	tally_open(&tally);
	tally_begin(&tally, 3, false);
	expect(0, 0, 0, 3, 3);
	/* Bytes of an earlier run are here, but were not received. */
	tally_begin_file(&tally, &a, "a", 10, 4);
	expect(4, 10, 0, 3, 2);
	tally_receive(&tally, &a, 6);
	expect(10, 10, 0, 3, 2);
	ck_assert_uint_eq(tally_received(&tally), 6);
	tally_end_file(&tally, &a, true);
	expect(10, 10, 1, 3, 2);
	/* Known to be the same: all of it is here. */
	tally_set_size(&tally, &b, 5);
	tally_end_file(&tally, &b, true);
	expect(15, 15, 2, 3, 1);
	/* Not found: no size was ever known. */
	tally_end_file(&tally, &c, false);
	expect(15, 15, 3, 3, 0);
}
END_TEST

START_TEST(test_listed)
{
	struct tally_file a = {.size = 0}, b = {.size = 0};

	tally_open(&tally);
	tally_begin(&tally, 0, true);
	ck_assert(atomic_load(&tally.is_listing));
	tally_add_file(&tally, &a, 10);
	tally_add_file(&tally, &b, 20);
	tally_add_unchanged(&tally, 7);
	expect(7, 37, 1, 3, 0);
	tally_note_reply(&tally, false);
	ck_assert(!atomic_load(&tally.is_listing));
	ck_assert_uint_eq(atomic_load(&tally.replies), 1);
	/* It has grown since it was listed. */
	tally_begin_file(&tally, &a, "a", 15, 0);
	expect(7, 42, 1, 3, 0);
	tally_receive(&tally, &a, 5);
	/* Given up: what is missing is no longer to come. */
	tally_end_file(&tally, &a, false);
	expect(12, 32, 2, 3, 0);
	tally_begin_file(&tally, &b, "b", 20, 0);
	tally_receive(&tally, &b, 20);
	tally_end_file(&tally, &b, true);
	expect(32, 32, 3, 3, 0);
}
END_TEST

/* Bytes that come twice count once. */
START_TEST(test_again)
{
	struct tally_file a = {.size = 0};

	tally_open(&tally);
	tally_begin(&tally, 1, false);
	tally_begin_file(&tally, &a, "a", 10, 0);
	tally_receive(&tally, &a, 8);
	/* The connection breaks, and some of it comes again. */
	tally_rest_file(&tally, &a);
	ck_assert(TAILQ_EMPTY(&tally.under_way));
	tally_begin_file(&tally, &a, "a", 10, 6);
	expect(6, 10, 0, 1, 0);
	tally_receive(&tally, &a, 4);
	/* It changed: all of it comes again, and it is shorter now. */
	tally_take_back(&tally, &a, UINT64_MAX);
	expect(0, 10, 0, 1, 0);
	tally_begin_file(&tally, &a, "a", 5, 0);
	expect(0, 5, 0, 1, 0);
	/* Two connections, and a piece that was wrong. */
	tally_receive(&tally, &a, 3);
	tally_receive(&tally, &a, 3);
	expect(5, 5, 0, 1, 0);
	tally_take_back(&tally, &a, 3);
	expect(2, 5, 0, 1, 0);
	ck_assert_uint_eq(tally_received(&tally), 18);
	/* A new batch. */
	tally_end_file(&tally, &a, true);
	tally_begin(&tally, 2, false);
	expect(0, 0, 0, 2, 2);
	ck_assert_uint_eq(tally_received(&tally), 0);
}
END_TEST

START_TEST(test_under_way)
{
	struct tally_file a = {.size = 0}, b = {.size = 0};

	tally_open(&tally);
	tally_begin(&tally, 2, false);
	tally_begin_file(&tally, &a, "a", 1, 0);
	tally_begin_file(&tally, &b, "b", 1, 0);
	/* A piece of it comes: it is under way already. */
	tally_begin_file(&tally, &a, "a", 1, 0);
	ck_assert_ptr_eq(TAILQ_FIRST(&tally.under_way), &a);
	ck_assert_ptr_eq(TAILQ_NEXT(&a, next), &b);
	ck_assert_ptr_null(TAILQ_NEXT(&b, next));
	tally_end_file(&tally, &a, true);
	ck_assert_ptr_eq(TAILQ_FIRST(&tally.under_way), &b);
	tally_rest_file(&tally, &b);
	tally_rest_file(&tally, &b);
	ck_assert(TAILQ_EMPTY(&tally.under_way));
}
END_TEST

Suite *
tally_suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = unit_case(suite, "counts");

	tcase_add_test(tcase, test_named);
	tcase_add_test(tcase, test_listed);
	tcase_add_test(tcase, test_again);
	tcase_add_test(tcase, test_under_way);
	return suite;
}
