/*
 * --settle: when a named file has stood still, by the times of the looks alone.
 * No look is waited for: the test sets their times.
 */

#include "client/transfer/settle.h"
#include "common/clock.h"
#include "tests/unit/peer.h"

#define SETTLE (10 * CLOCK_SEC)

static struct peer peer;
static const struct protocol_attributes attributes = {{1, 2}, 4, 7, 0100644};

static void
setup(void)
{
	peer_open(&peer);
	peer.target.settings.settle = SETTLE;
}

static void
teardown(void)
{
	peer_close(&peer);
}

/* One thing that is not as it was when the file stood still. */
START_TEST(test_holds)
{
	static const struct {
		struct protocol_attributes now;
		bool holds;
	} rows[] = {
	    {{{1, 2}, 4, 7, 0100644}, true},
	    {{{1, 3}, 4, 7, 0100600}, true},
	    {{{2, 2}, 4, 7, 0100644}, false},
	    {{{1, 2}, 5, 7, 0100644}, false},
	    {{{1, 2}, 4, 8, 0100644}, false},
	};

	peer.job->file.seen = attributes.token;
	peer.job->file.size = attributes.size;
	peer.job->file.mtime_ns = attributes.mtime_ns;
	ck_assert_int_eq(settle_holds(&peer.target.settings, peer.job,
			     &rows[_i].now),
	    rows[_i].holds);
	peer.target.settings.settle = 0;
	ck_assert(settle_holds(&peer.target.settings, peer.job, &rows[_i].now));
}
END_TEST

/* Without the option, and what is no file, nothing is waited for. */
START_TEST(test_need_not)
{
	struct protocol_attributes folder = attributes;

	folder.mode = 040755;
	ck_assert_int_eq(settle_judge(&peer.reply, peer.job, &folder),
	    OUTCOME_OK);
	peer.target.settings.settle = 0;
	ck_assert_int_eq(settle_judge(&peer.reply, peer.job, &attributes),
	    OUTCOME_OK);
	ck_assert_int_eq(peer.job->file.since, 0);
}
END_TEST

START_TEST(test_first_look)
{
	int64_t before = clock_now();

	ck_assert_int_eq(settle_judge(&peer.reply, peer.job, &attributes),
	    OUTCOME_NOT_YET);
	ck_assert_int_ge(peer.job->file.since, before);
	ck_assert_int_le(peer.job->file.since, clock_now());
	ck_assert_int_gt(peer.job->again, before);
	ck_assert(settle_holds(&peer.target.settings, peer.job, &attributes));
}
END_TEST

/* A later look, asked for this long after the reply to the first. */
START_TEST(test_later_look)
{
	static const struct {
		int64_t after;
		uint64_t version; /* now */
		enum outcome outcome;
		bool is_anew; /* the time to stand still begins again */
	} rows[] = {
	    {SETTLE, 2, OUTCOME_OK, false},
	    {SETTLE - 1, 2, OUTCOME_NOT_YET, false},
	    {SETTLE, 3, OUTCOME_NOT_YET, true},
	};
	struct protocol_attributes now = attributes;
	int64_t since = clock_now() - 2 * SETTLE;

	peer.job->file.seen = attributes.token;
	peer.job->file.since = since;
	peer.job->again = since + rows[_i].after;
	now.token.version = rows[_i].version;
	now.size++;
	ck_assert_int_eq(settle_judge(&peer.reply, peer.job, &now),
	    rows[_i].outcome);
	ck_assert(protocol_token_equal(peer.job->file.seen, now.token));
	ck_assert_uint_eq(peer.job->file.size, now.size);
	ck_assert_int_eq(peer.job->file.since != since, rows[_i].is_anew);
}
END_TEST

/* The time of --wait is over; without --wait there is none. */
START_TEST(test_wait_is_over)
{
	peer.target.settings.wait = _i == 0 ? 1 : 0;
	job_queue_begin_run(peer.queue);
	peer.job->file.since = 1;
	peer.job->file.seen.id = 9;
	ck_assert_int_eq(settle_judge(&peer.reply, peer.job, &attributes),
	    _i == 0 ? OUTCOME_FAILED : OUTCOME_NOT_YET);
	if (_i == 0) {
		ck_assert_int_eq(peer.reply.failure.code, EXIT_CHANGED);
		ck_assert_str_eq(peer.reply.failure.text,
		    "it is still being written to after 0 s");
	}
}
END_TEST

Suite *
settle_suite(void)
{
	Suite *suite = suite_create("settle");
	TCase *tcase = unit_case(suite, "settle");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_holds, 0, 5);
	tcase_add_test(tcase, test_need_not);
	tcase_add_test(tcase, test_first_look);
	tcase_add_loop_test(tcase, test_later_look, 0, 3);
	tcase_add_loop_test(tcase, test_wait_is_over, 0, 2);
	return suite;
}
