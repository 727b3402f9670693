/* handover: a stalled or slow connection hands over to an idle one of another
 * server that would be done much earlier, and no other does. */

#include "client/transfer/handover.h"
#include "common/clock.h"
#include "tests/unit/unit.h"

#define MIB (UINT64_C(1024) * 1024)

static struct server servers[3];

static struct handover_view
idle(unsigned server, uint64_t rate)
{
	return (struct handover_view){.server = &servers[server],
	    .is_idle = true,
	    .rate = rate};
}

static struct handover_view
asking(unsigned server, uint64_t left, uint64_t rate)
{
	return (struct handover_view){.server = &servers[server],
	    .is_asking = true,
	    .left = left,
	    .rate = rate};
}

START_TEST(test_slow)
{
	struct handover_view views[3] = {idle(0, 80 * MIB),
	    asking(1, 16 * MIB, 5 * MIB), asking(2, 16 * MIB, 1 * MIB)};

	ck_assert_uint_eq(handover_choose(views, 3), 2);
	ck_assert_uint_eq(handover_choose(views, 2), 1);
	/* It needs 0.2 s: that is not worth a new request. */
	views[1].left = MIB;
	ck_assert_uint_eq(handover_choose(views, 2), 2);
	/* The idle one is not faster. */
	views[1].left = 16 * MIB;
	views[0].rate = 8 * MIB;
	ck_assert_uint_eq(handover_choose(views, 2), 2);
	/* Nothing is known of it. */
	views[0].rate = 0;
	ck_assert_uint_eq(handover_choose(views, 2), 2);
}
END_TEST

START_TEST(test_stalled)
{
	struct handover_view views[2] = {idle(0, 0), asking(1, 0, 0)};

	views[1].silent = CLOCK_SEC - 1;
	ck_assert_uint_eq(handover_choose(views, 2), 2);
	views[1].silent = CLOCK_SEC;
	ck_assert_uint_eq(handover_choose(views, 2), 1);
	views[1].may_think = true;
	ck_assert_uint_eq(handover_choose(views, 2), 2);
	views[1].silent = 5 * CLOCK_SEC;
	ck_assert_uint_eq(handover_choose(views, 2), 1);
	views[1].is_asking = false;
	ck_assert_uint_eq(handover_choose(views, 2), 2);
}
END_TEST

START_TEST(test_nobody_takes_over)
{
	struct handover_view views[2] = {asking(0, MIB, 80 * MIB),
	    asking(1, 16 * MIB, 1)};

	/* All are busy. */
	ck_assert_uint_eq(handover_choose(views, 2), 2);
	/* The idle one is of the same server. */
	views[0] = idle(1, 80 * MIB);
	ck_assert_uint_eq(handover_choose(views, 2), 2);
	ck_assert_uint_eq(handover_choose(views, 0), 0);
}
END_TEST

Suite *
handover_suite(void)
{
	Suite *suite = suite_create("handover");
	TCase *tcase = tcase_create("choose");

	tcase_add_test(tcase, test_slow);
	tcase_add_test(tcase, test_stalled);
	tcase_add_test(tcase, test_nobody_takes_over);
	suite_add_tcase(suite, tcase);
	return suite;
}
