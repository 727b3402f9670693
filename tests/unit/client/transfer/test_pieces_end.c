/*
 * A file in pieces when none of them is left to fetch: it gets its name, is
 * begun anew, or has failed. The file has one piece, "text".
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/pieces_end.h"
#include "common/clock.h"
#include "tests/unit/target.h"

enum {
	SIZE = 4,
};

#define PART target_part_of("newf", &attributes, ".map")

static const struct protocol_attributes attributes = {{1, 2}, SIZE, CLOCK_SEC,
    0100644};
static struct target target;
static struct progress progress;
static struct report report;
static struct job_queue *queue;
static struct pieces *pieces;
static struct failure failure;

static void
setup(void)
{
	struct job *whole;

	target_open(&target);
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
	job_queue_lock(queue);
	ck_assert_int_eq(named_jobs_add(queue, "f", 1, NULL, NULL, &failure),
	    0);
	whole = job_queue_take_file(queue);
	whole->stage = JOB_SPLIT;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, whole,
			     &attributes, &pieces, &failure),
	    1);
	job_queue_add_pieces(queue, pieces);
}

static void
teardown(void)
{
	job_queue_unlock(queue);
	job_queue_free(queue);
	target_close(&target);
}

/* The bytes of the piece are here. */
static void
receive_piece(void)
{
	ck_assert_int_eq(pwrite(pieces->fd, "text", SIZE, 0), SIZE);
	ck_assert_int_eq(pieces_mark(pieces, 0), 0);
	origin_add(&pieces->origin, &(struct net_address){.any.sa_family = 0},
	    attributes.token);
}

static void
give_up(enum exit_code code)
{
	failure_set(&failure, code, "why");
	pieces_give_up(pieces, &failure);
}

static bool
check(void)
{
	pieces_end_due(queue, &report, &progress.tally);
	ck_assert_int_eq(pthread_mutex_trylock(job_queue_mutex(queue)), EBUSY);
	return job_queue_first_pieces(queue) == NULL;
}

/* The file and its pieces are gone, and this was reported. */
static void
expect_ended(enum exit_code code)
{
	ck_assert_uint_eq(job_queue_count(queue), 0);
	ck_assert_uint_eq(report.files, code == EXIT_OK);
	ck_assert_uint_eq(report.failed, code != EXIT_OK);
	ck_assert_int_eq(report.code, code);
	ck_assert_int_eq(target_has(&target, "newf"), code == EXIT_OK);
}

/* Frees the pieces of a test that does not end them. */
static void
end_unfinished(void)
{
	give_up(EXIT_STALLED);
	ck_assert(check());
}

/* A piece is to be fetched, or one is asked for, also after giving up. */
START_TEST(test_left)
{
	struct job *piece;

	ck_assert(!check());
	piece = pieces_take_next(pieces);
	give_up(EXIT_STALLED);
	ck_assert(!check());
	job_queue_put(queue, piece, JOB_PLACE_NEXT);
	/* The job that came back goes with the pieces. */
	ck_assert(check());
	expect_ended(EXIT_STALLED);
}
END_TEST

/* With the sum that is required, without one, and with --fsync. */
START_TEST(test_finished)
{
	struct job *whole = pieces->whole;

	/* SHA-256 of "text". */
	unit_bytes("982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c3"
		   "2c9d1",
	    whole->file.sum, sizeof(whole->file.sum));
	whole->file.has_sum = _i == 1;
	target.settings.store.fsync = _i == 2;
	receive_piece();
	ck_assert(check());
	expect_ended(EXIT_OK);
	ck_assert_uint_eq(report.bytes, SIZE);
	target_expect(&target, "newf", "text");
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

START_TEST(test_other_sum)
{
	pieces->whole->file.has_sum = true;
	receive_piece();
	ck_assert(check());
	expect_ended(EXIT_MISMATCH);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

/* The version has moved on, no digest was sent, or the pieces have several
 * origins: there is one more question, for which a job is made. */
START_TEST(test_goes_on)
{
	struct job *piece;

	if (_i == 0)
		pieces->form = JOB_FORM_ANY;
	else if (_i == 1)
		target.settings.store.verify = false;
	else
		origin_add(&pieces->origin,
		    &(struct net_address){.any.sa_family = 0},
		    (struct protocol_token){3, 4});
	receive_piece();
	ck_assert(!check());
	piece = pieces_take_next(pieces);
	ck_assert_ptr_nonnull(piece);
	ck_assert_int_eq(piece->stage,
	    _i == 0	? JOB_PIECE_PROOF :
		_i == 1 ? JOB_PIECE_LOOK :
			  JOB_PIECE_WHOLE);
	job_queue_remove(queue, piece);
	end_unfinished();
}
END_TEST

/* The part file stays or goes by the failure of the file. */
START_TEST(test_given_up)
{
	static const struct {
		enum exit_code code;
		bool is_here, resume, is_kept;
	} rows[] = {
	    {EXIT_STALLED, true, true, true},
	    {EXIT_STALLED, false, true, false},
	    {EXIT_INTERRUPTED, true, true, true},
	    {EXIT_LOCAL, true, true, true},
	    {EXIT_LOCAL, true, false, false},
	    {EXIT_MISMATCH, true, true, false},
	    {EXIT_PROTOCOL, true, true, false},
	};

	target.settings.store.resume = rows[_i].resume;
	if (rows[_i].is_here)
		receive_piece();
	give_up(rows[_i].code);
	ck_assert(check());
	expect_ended(rows[_i].code);
	ck_assert_int_eq(target_has(&target, PART), rows[_i].is_kept);
}
END_TEST

/* A file that changed is begun anew, so often as --retry says: at once, and
 * from the second time on after a moment. */
START_TEST(test_changed)
{
	struct job *whole = pieces->whole;
	int64_t before = clock_now();

	target.settings.connection.retry = 2;
	whole->tries = (unsigned)_i;
	give_up(EXIT_CHANGED);
	ck_assert(check());
	if (_i == 2) {
		expect_ended(EXIT_CHANGED);
		return;
	}
	ck_assert_uint_eq(report.failed, 0);
	ck_assert_uint_eq(job_queue_count(queue), 1);
	ck_assert_int_eq(whole->stage, JOB_STAT);
	ck_assert_uint_eq(whole->tries, (unsigned)_i + 1);
	ck_assert_int_eq(job_queue_next_wait(queue), whole->again);
	ck_assert_int_ge(whole->again, before + _i * CLOCK_SEC);
	ck_assert_int_le(whole->again, clock_now() + _i * CLOCK_SEC);
}
END_TEST

Suite *
pieces_end_suite(void)
{
	Suite *suite = suite_create("pieces_end");
	TCase *tcase = unit_case(suite, "end");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_left);
	tcase_add_loop_test(tcase, test_finished, 0, 3);
	tcase_add_test(tcase, test_other_sum);
	tcase_add_loop_test(tcase, test_goes_on, 0, 3);
	tcase_add_loop_test(tcase, test_given_up, 0, 7);
	tcase_add_loop_test(tcase, test_changed, 0, 3);
	return suite;
}
