/*
 * The state machine of jobs: each row of its table, and each invariant over all
 * stages and outcomes.
 */

#include <string.h>

#include "client/transfer/job_stages.h"
#include "tests/unit/unit.h"

/* A job that carries all that a stage may have left behind. */
static struct job
make_job(enum job_stage stage)
{
	struct job job = {.stage = stage,
	    .form = JOB_FORM_ANY,
	    .proof = {.at = 7},
	    .is_mismatch = true,
	    .refusals = 2};

	if (stage == JOB_LIST) {
		job.kind = JOB_KIND_FOLDER;
	} else if (stage >= JOB_PIECE) {
		job.kind = JOB_KIND_PIECE;
		job.piece.here = 7;
	}
	return job;
}

static const struct {
	enum job_stage stage;
	enum outcome outcome;
	enum job_stage next;
	enum job_place place;
} rows[] = {
    {JOB_START, OUTCOME_OK, JOB_FETCH, JOB_PLACE_NEXT},
    {JOB_START, OUTCOME_UNKNOWN, JOB_STAT, JOB_PLACE_NEXT},
    {JOB_START, OUTCOME_UNPROVED, JOB_PROVE, JOB_PLACE_NEXT},
    {JOB_START, OUTCOME_FAILED, JOB_START, JOB_PLACE_FAILED},
    {JOB_START, OUTCOME_NOT_YET, JOB_START, JOB_PLACE_WAITING},
    {JOB_START, OUTCOME_LOST, JOB_START, JOB_PLACE_NEXT},
    {JOB_LIST, OUTCOME_OK, JOB_LIST, JOB_PLACE_DONE},
    {JOB_LIST, OUTCOME_SAME, JOB_LIST, JOB_PLACE_DONE},
    {JOB_LIST, OUTCOME_MORE, JOB_LIST, JOB_PLACE_NEXT},
    {JOB_LIST, OUTCOME_NOT_A_FOLDER, JOB_START, JOB_PLACE_NEXT},
    {JOB_LIST, OUTCOME_NOT_YET, JOB_LIST, JOB_PLACE_WAITING},
    {JOB_LIST, OUTCOME_FAILED, JOB_LIST, JOB_PLACE_FAILED},
    {JOB_LIST, OUTCOME_LOST, JOB_LIST, JOB_PLACE_NEXT},
    {JOB_STAT, OUTCOME_OK, JOB_START, JOB_PLACE_NEXT},
    {JOB_STAT, OUTCOME_SAME, JOB_STAT, JOB_PLACE_DONE},
    {JOB_STAT, OUTCOME_LARGE, JOB_SPLIT, JOB_PLACE_SPLIT},
    {JOB_STAT, OUTCOME_NOT_YET, JOB_STAT, JOB_PLACE_WAITING},
    {JOB_STAT, OUTCOME_FAILED, JOB_STAT, JOB_PLACE_FAILED},
    {JOB_STAT, OUTCOME_LOST, JOB_STAT, JOB_PLACE_NEXT},
    {JOB_FETCH, OUTCOME_OK, JOB_FETCH, JOB_PLACE_DONE},
    {JOB_FETCH, OUTCOME_UNPROVED, JOB_LOOK_AGAIN, JOB_PLACE_CONNECTION},
    {JOB_FETCH, OUTCOME_MOVED, JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
    {JOB_FETCH, OUTCOME_CHANGED, JOB_START, JOB_PLACE_LAST},
    {JOB_FETCH, OUTCOME_NOT_YET, JOB_FETCH, JOB_PLACE_WAITING},
    {JOB_FETCH, OUTCOME_FAILED, JOB_FETCH, JOB_PLACE_FAILED},
    {JOB_FETCH, OUTCOME_LOST, JOB_START, JOB_PLACE_NEXT},
    {JOB_FETCH, OUTCOME_DIFFERENT, JOB_START, JOB_PLACE_NEXT},
    {JOB_PROVE, OUTCOME_OK, JOB_CONTINUE, JOB_PLACE_NEXT},
    {JOB_PROVE, OUTCOME_AGAIN, JOB_PROVE, JOB_PLACE_NEXT},
    {JOB_PROVE, OUTCOME_DIFFERENT, JOB_START, JOB_PLACE_NEXT},
    {JOB_PROVE, OUTCOME_CHANGED, JOB_START, JOB_PLACE_LAST},
    {JOB_PROVE, OUTCOME_LOST, JOB_PROVE, JOB_PLACE_NEXT},
    {JOB_PROVE, OUTCOME_NOT_YET, JOB_PROVE, JOB_PLACE_WAITING},
    {JOB_PROVE, OUTCOME_FAILED, JOB_PROVE, JOB_PLACE_FAILED},
    {JOB_CONTINUE, OUTCOME_OK, JOB_CONTINUE, JOB_PLACE_DONE},
    {JOB_CONTINUE, OUTCOME_AGAIN, JOB_PROVE, JOB_PLACE_NEXT},
    {JOB_CONTINUE, OUTCOME_UNPROVED, JOB_LOOK_AGAIN, JOB_PLACE_CONNECTION},
    {JOB_CONTINUE, OUTCOME_MOVED, JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
    {JOB_CONTINUE, OUTCOME_MIXED, JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    {JOB_CONTINUE, OUTCOME_DIFFERENT, JOB_START, JOB_PLACE_NEXT},
    {JOB_CONTINUE, OUTCOME_CHANGED, JOB_START, JOB_PLACE_LAST},
    {JOB_CONTINUE, OUTCOME_LOST, JOB_PROVE, JOB_PLACE_NEXT},
    {JOB_CONTINUE, OUTCOME_NOT_YET, JOB_CONTINUE, JOB_PLACE_WAITING},
    {JOB_CONTINUE, OUTCOME_FAILED, JOB_CONTINUE, JOB_PLACE_FAILED},
    {JOB_LOOK_AGAIN, OUTCOME_OK, JOB_LOOK_AGAIN, JOB_PLACE_DONE},
    {JOB_LOOK_AGAIN, OUTCOME_MOVED, JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
    {JOB_LOOK_AGAIN, OUTCOME_MIXED, JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    {JOB_LOOK_AGAIN, OUTCOME_CHANGED, JOB_START, JOB_PLACE_LAST},
    {JOB_LOOK_AGAIN, OUTCOME_LOST, JOB_LOOK_AGAIN, JOB_PLACE_NEXT},
    {JOB_LOOK_AGAIN, OUTCOME_NOT_YET, JOB_LOOK_AGAIN, JOB_PLACE_WAITING},
    {JOB_LOOK_AGAIN, OUTCOME_FAILED, JOB_LOOK_AGAIN, JOB_PLACE_FAILED},
    {JOB_LOOK_AGAIN, OUTCOME_DIFFERENT, JOB_START, JOB_PLACE_NEXT},
    {JOB_SNAPSHOT, OUTCOME_OK, JOB_SNAPSHOT, JOB_PLACE_DONE},
    {JOB_SNAPSHOT, OUTCOME_AGAIN, JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
    {JOB_SNAPSHOT, OUTCOME_MIXED, JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    {JOB_SNAPSHOT, OUTCOME_CHANGED, JOB_START, JOB_PLACE_LAST},
    {JOB_SNAPSHOT, OUTCOME_FAILED, JOB_SNAPSHOT, JOB_PLACE_FAILED},
    {JOB_SNAPSHOT, OUTCOME_LOST, JOB_SNAPSHOT, JOB_PLACE_NEXT},
    {JOB_SNAPSHOT, OUTCOME_NOT_YET, JOB_SNAPSHOT, JOB_PLACE_WAITING},
    {JOB_SNAPSHOT, OUTCOME_DIFFERENT, JOB_START, JOB_PLACE_NEXT},
    {JOB_WHOLE_PROOF, OUTCOME_OK, JOB_WHOLE_PROOF, JOB_PLACE_DONE},
    {JOB_WHOLE_PROOF, OUTCOME_MORE, JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    {JOB_WHOLE_PROOF, OUTCOME_AGAIN, JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    {JOB_WHOLE_PROOF, OUTCOME_CHANGED, JOB_START, JOB_PLACE_LAST},
    {JOB_WHOLE_PROOF, OUTCOME_DIFFERENT, JOB_START, JOB_PLACE_NEXT},
    {JOB_WHOLE_PROOF, OUTCOME_FAILED, JOB_WHOLE_PROOF, JOB_PLACE_FAILED},
    {JOB_WHOLE_PROOF, OUTCOME_LOST, JOB_WHOLE_PROOF, JOB_PLACE_NEXT},
    {JOB_WHOLE_PROOF, OUTCOME_NOT_YET, JOB_WHOLE_PROOF, JOB_PLACE_WAITING},
    {JOB_SPLIT, OUTCOME_OK, JOB_SPLIT, JOB_PLACE_DONE},
    {JOB_SPLIT, OUTCOME_CHANGED, JOB_STAT, JOB_PLACE_WAITING},
    {JOB_SPLIT, OUTCOME_FAILED, JOB_SPLIT, JOB_PLACE_FAILED},
    {JOB_PIECE, OUTCOME_OK, JOB_PIECE, JOB_PLACE_DONE},
    {JOB_PIECE, OUTCOME_AGAIN, JOB_PIECE, JOB_PLACE_NEXT},
    {JOB_PIECE, OUTCOME_UNPROVED, JOB_PIECE_PROOF, JOB_PLACE_NEXT},
    {JOB_PIECE, OUTCOME_DIFFERENT, JOB_PIECE, JOB_PLACE_NEXT},
    {JOB_PIECE, OUTCOME_FAILED, JOB_PIECE, JOB_PLACE_FAILED},
    {JOB_PIECE, OUTCOME_LOST, JOB_PIECE, JOB_PLACE_NEXT},
    {JOB_PIECE, OUTCOME_NOT_YET, JOB_PIECE, JOB_PLACE_WAITING},
    {JOB_PIECE_PROOF, OUTCOME_OK, JOB_PIECE_PROOF, JOB_PLACE_DONE},
    {JOB_PIECE_PROOF, OUTCOME_AGAIN, JOB_PIECE_PROOF, JOB_PLACE_NEXT},
    {JOB_PIECE_PROOF, OUTCOME_DIFFERENT, JOB_PIECE, JOB_PLACE_NEXT},
    {JOB_PIECE_PROOF, OUTCOME_LOST, JOB_PIECE_PROOF, JOB_PLACE_NEXT},
    {JOB_PIECE_PROOF, OUTCOME_NOT_YET, JOB_PIECE_PROOF, JOB_PLACE_WAITING},
    {JOB_PIECE_PROOF, OUTCOME_FAILED, JOB_PIECE_PROOF, JOB_PLACE_FAILED},
    {JOB_PIECE_REUSE, OUTCOME_OK, JOB_PIECE_REUSE, JOB_PLACE_DONE},
    {JOB_PIECE_REUSE, OUTCOME_AGAIN, JOB_PIECE_REUSE, JOB_PLACE_NEXT},
    {JOB_PIECE_REUSE, OUTCOME_DIFFERENT, JOB_PIECE, JOB_PLACE_NEXT},
    {JOB_PIECE_REUSE, OUTCOME_LOST, JOB_PIECE_REUSE, JOB_PLACE_NEXT},
    {JOB_PIECE_REUSE, OUTCOME_NOT_YET, JOB_PIECE_REUSE, JOB_PLACE_WAITING},
    {JOB_PIECE_REUSE, OUTCOME_FAILED, JOB_PIECE_REUSE, JOB_PLACE_FAILED},
    {JOB_PIECE_LOOK, OUTCOME_OK, JOB_PIECE_LOOK, JOB_PLACE_DONE},
    {JOB_PIECE_LOOK, OUTCOME_LOST, JOB_PIECE_LOOK, JOB_PLACE_NEXT},
    {JOB_PIECE_LOOK, OUTCOME_NOT_YET, JOB_PIECE_LOOK, JOB_PLACE_WAITING},
    {JOB_PIECE_LOOK, OUTCOME_FAILED, JOB_PIECE_LOOK, JOB_PLACE_FAILED},
    {JOB_PIECE_WHOLE, OUTCOME_OK, JOB_PIECE_WHOLE, JOB_PLACE_DONE},
    {JOB_PIECE_WHOLE, OUTCOME_MORE, JOB_PIECE_WHOLE, JOB_PLACE_CONNECTION},
    {JOB_PIECE_WHOLE, OUTCOME_AGAIN, JOB_PIECE_WHOLE, JOB_PLACE_CONNECTION},
    {JOB_PIECE_WHOLE, OUTCOME_LOST, JOB_PIECE_WHOLE, JOB_PLACE_NEXT},
    {JOB_PIECE_WHOLE, OUTCOME_NOT_YET, JOB_PIECE_WHOLE, JOB_PLACE_WAITING},
    {JOB_PIECE_WHOLE, OUTCOME_FAILED, JOB_PIECE_WHOLE, JOB_PLACE_FAILED},
};

START_TEST(test_row)
{
	struct job job = make_job(rows[_i].stage);

	ck_assert_int_eq(job_stages_advance(&job, rows[_i].outcome),
	    rows[_i].place);
	ck_assert_int_eq(job.stage, rows[_i].next);
}
END_TEST

/* Returns whether there is a row for this pair. */
static bool
has_row(enum job_stage stage, enum outcome outcome)
{
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++)
		if (rows[i].stage == stage && rows[i].outcome == outcome)
			return true;
	return false;
}

/* The table has no pair that is missing here: a job whose outcome its stage
 * does not know has failed. */
START_TEST(test_no_row)
{
	enum job_stage stage = (enum job_stage)(_i / OUTCOME_FATAL);
	enum outcome outcome = (enum outcome)(_i % OUTCOME_FATAL);
	struct job job = make_job(stage);

	/* ELSEWHERE leads where LOST does. */
	if (!has_row(stage, outcome) &&
	    (outcome != OUTCOME_ELSEWHERE || !has_row(stage, OUTCOME_LOST)))
		ck_assert_int_eq(job_stages_advance(&job, outcome),
		    JOB_PLACE_FAILED);
}
END_TEST

/* Invariants 1 to 3 and 7, over all pairs. */
START_TEST(test_pairs)
{
	enum job_stage stage = (enum job_stage)(_i / OUTCOME_FATAL);
	enum outcome outcome = (enum outcome)(_i % OUTCOME_FATAL);
	struct job job = make_job(stage);
	enum job_kind kind = job.kind;
	enum job_place place;

	/* The receiver has made the job one of a file. */
	if (outcome == OUTCOME_NOT_A_FOLDER) {
		job_become_file(&job);
		kind = JOB_KIND_FILE;
	}
	place = job_stages_advance(&job, outcome);
	if (place == JOB_PLACE_FAILED || place == JOB_PLACE_DONE)
		return;
	/* KIND */
	ck_assert((kind == JOB_KIND_FOLDER) == (job.stage == JOB_LIST));
	ck_assert((kind == JOB_KIND_PIECE) == (job.stage >= JOB_PIECE));
	/* START */
	if (job.stage == JOB_START && stage != JOB_START) {
		ck_assert(job.form == JOB_FORM_CONTENT && !job.is_mismatch);
		ck_assert_uint_eq(job.refusals, 0);
	}
	/* PROOF */
	if (job.stage == JOB_CONTINUE && stage != JOB_CONTINUE)
		ck_assert_int_eq(stage, JOB_PROVE);
	/* SESSION */
	if ((job.stage == JOB_LOOK_AGAIN || job.stage == JOB_SNAPSHOT ||
		job.stage == JOB_WHOLE_PROOF || job.stage == JOB_PIECE_WHOLE) &&
	    outcome != OUTCOME_LOST && outcome != OUTCOME_ELSEWHERE &&
	    outcome != OUTCOME_NOT_YET)
		ck_assert_int_eq(place, JOB_PLACE_CONNECTION);
}
END_TEST

/* Invariant DONE: where a file is done, all of its bytes were proved, or it
 * was not asked for since it is here already. */
START_TEST(test_done)
{
	enum job_stage stage = (enum job_stage)(_i / OUTCOME_FATAL);
	enum outcome outcome = (enum outcome)(_i % OUTCOME_FATAL);
	struct job job = make_job(stage);

	if (job.kind != JOB_KIND_FILE ||
	    job_stages_advance(&job, outcome) != JOB_PLACE_DONE)
		return;
	if (outcome == OUTCOME_SAME)
		ck_assert_int_eq(stage, JOB_STAT);
	else
		ck_assert(outcome == OUTCOME_OK &&
		    (stage == JOB_FETCH || stage == JOB_CONTINUE ||
			stage == JOB_LOOK_AGAIN || stage == JOB_SNAPSHOT ||
			stage == JOB_WHOLE_PROOF || stage == JOB_SPLIT));
}
END_TEST

/* Invariant END: but for the outcomes that it names, each stage comes after the
 * one before it in this order. */
START_TEST(test_end)
{
	static const int order[JOB_STAGES] = {
	    [JOB_LIST] = 0,
	    [JOB_STAT] = 1,
	    [JOB_START] = 2,
	    [JOB_PROVE] = 3,
	    [JOB_FETCH] = 4,
	    [JOB_CONTINUE] = 4,
	    [JOB_LOOK_AGAIN] = 5,
	    [JOB_SNAPSHOT] = 6,
	    [JOB_WHOLE_PROOF] = 7,
	    [JOB_SPLIT] = 8,
	    [JOB_PIECE] = 9,
	    [JOB_PIECE_PROOF] = 10,
	    [JOB_PIECE_LOOK] = 11,
	    [JOB_PIECE_WHOLE] = 12,
	};
	struct job job = make_job(rows[_i].stage);

	switch (rows[_i].outcome) {
	case OUTCOME_CHANGED:
	case OUTCOME_AGAIN:
	case OUTCOME_LOST:
	case OUTCOME_DIFFERENT:
	case OUTCOME_UNKNOWN:
	case OUTCOME_NOT_YET:
	case OUTCOME_MORE:
		return;
	default:
		break;
	}
	if (rows[_i].place == JOB_PLACE_DONE ||
	    rows[_i].place == JOB_PLACE_FAILED)
		return;
	job_stages_advance(&job, rows[_i].outcome);
	ck_assert_int_gt(order[job.stage], order[rows[_i].stage]);
}
END_TEST

/* Invariant LOSS: a job that was asked for is asked for again, first of all,
 * after a lost connection and at another server. */
START_TEST(test_loss)
{
	enum job_stage stage = (enum job_stage)(_i % JOB_STAGES);
	struct job job = make_job(stage);

	if (stage == JOB_SPLIT)
		return;
	ck_assert_int_eq(job_stages_advance(&job,
			     _i < JOB_STAGES ? OUTCOME_LOST :
					       OUTCOME_ELSEWHERE),
	    JOB_PLACE_NEXT);
	/* A part is proved as the version that it was last of. */
	if (stage == JOB_CONTINUE)
		ck_assert_int_eq(job.form, JOB_FORM_CONTENT);
	/* A whole-range proof begins anew, since it is of one connection. */
	ck_assert_uint_eq(job.proof.at, 0);
	if (stage == JOB_PIECE)
		ck_assert_uint_eq(job.piece.here, 7);
}
END_TEST

/* Fields that entering a stage resets. */
START_TEST(test_enter)
{
	struct job job = make_job(JOB_PROVE);

	job.form = JOB_FORM_CONTENT;
	job_stages_advance(&job, OUTCOME_AGAIN);
	ck_assert_int_eq(job.form, JOB_FORM_ANY);
	ck_assert_uint_eq(job.refusals, 2);
	job = make_job(JOB_FETCH);
	job_stages_advance(&job, OUTCOME_MOVED);
	ck_assert_uint_eq(job.refusals, 0);
	job.refusals = 2;
	job_stages_advance(&job, OUTCOME_AGAIN);
	ck_assert_uint_eq(job.refusals, 2);
	job = make_job(JOB_PIECE);
	job_stages_advance(&job, OUTCOME_UNPROVED);
	ck_assert_uint_eq(job.piece.here, 0);
	ck_assert_uint_eq(job.refusals, 0);
	ck_assert(job.is_mismatch);
	job_stages_advance(&job, OUTCOME_DIFFERENT);
	ck_assert(!job.is_mismatch);
	job = make_job(JOB_CONTINUE);
	job_stages_advance(&job, OUTCOME_MIXED);
	ck_assert_uint_eq(job.proof.at, 0);
	job.proof.at = 7;
	job_stages_advance(&job, OUTCOME_MORE);
	ck_assert_uint_eq(job.proof.at, 7);
	job_stages_advance(&job, OUTCOME_AGAIN);
	ck_assert_uint_eq(job.proof.at, 0);
}
END_TEST

Suite *
job_stages_suite(void)
{
	Suite *suite = suite_create("job_stages");
	TCase *tcase = unit_case(suite, "stages");

	tcase_add_loop_test(tcase, test_row, 0, (int)UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_pairs, 0, JOB_STAGES * OUTCOME_FATAL);
	tcase_add_loop_test(tcase, test_no_row, 0, JOB_STAGES * OUTCOME_FATAL);
	tcase_add_loop_test(tcase, test_done, 0, JOB_STAGES * OUTCOME_FATAL);
	tcase_add_loop_test(tcase, test_end, 0, (int)UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_loss, 0, 2 * JOB_STAGES);
	tcase_add_test(tcase, test_enter);
	return suite;
}
