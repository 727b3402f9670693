/* The table of stages and outcomes, and what changes in a job when it enters a
 * stage. Receivers count tries and write files; the pipeline moves the job to
 * its place. No I/O, no locks; the caller holds the queue's lock. */

#include "client/transfer/job_stages.h"

struct step {
	enum job_stage stage;
	enum job_place place;
};

/* The outcomes that each stage has; lost is the stage after a lost connection,
 * and where another server is asked. */
#define ANY_STAGE(stage, lost)                          \
	[OUTCOME_NOT_YET] = {stage, JOB_PLACE_WAITING}, \
	[OUTCOME_FAILED] = {stage, JOB_PLACE_FAILED},   \
	[OUTCOME_ELSEWHERE] = {lost, JOB_PLACE_NEXT},   \
	[OUTCOME_LOST] = {lost, JOB_PLACE_NEXT}

/* The outcomes of a stage in which bytes of a file are received. */
#define FILE_STAGE(stage, lost)                                \
	ANY_STAGE(stage, lost),                                \
	    [OUTCOME_DIFFERENT] = {JOB_START, JOB_PLACE_NEXT}, \
	    [OUTCOME_CHANGED] = {JOB_START, JOB_PLACE_LAST}

/* clang-format off */
/* A pair that is not here, {JOB_START, JOB_PLACE_FAILED}, does not occur. */
static const struct step steps[JOB_STAGES][OUTCOME_FATAL] = {
    [JOB_START] = {
	ANY_STAGE(JOB_START, JOB_START),
	[OUTCOME_OK] = {JOB_FETCH, JOB_PLACE_NEXT},
	[OUTCOME_UNKNOWN] = {JOB_STAT, JOB_PLACE_NEXT},
	[OUTCOME_UNPROVED] = {JOB_PROVE, JOB_PLACE_NEXT},
    },
    [JOB_LIST] = {
	ANY_STAGE(JOB_LIST, JOB_LIST),
	[OUTCOME_OK] = {JOB_LIST, JOB_PLACE_DONE},
	[OUTCOME_SAME] = {JOB_LIST, JOB_PLACE_DONE},
	[OUTCOME_MORE] = {JOB_LIST, JOB_PLACE_NEXT},
	[OUTCOME_NOT_A_FOLDER] = {JOB_START, JOB_PLACE_NEXT},
    },
    [JOB_STAT] = {
	ANY_STAGE(JOB_STAT, JOB_STAT),
	[OUTCOME_OK] = {JOB_START, JOB_PLACE_NEXT},
	[OUTCOME_SAME] = {JOB_STAT, JOB_PLACE_DONE},
	[OUTCOME_LARGE] = {JOB_SPLIT, JOB_PLACE_SPLIT},
    },
    [JOB_FETCH] = {
	FILE_STAGE(JOB_FETCH, JOB_START),
	[OUTCOME_OK] = {JOB_FETCH, JOB_PLACE_DONE},
	[OUTCOME_UNPROVED] = {JOB_LOOK_AGAIN, JOB_PLACE_CONNECTION},
	[OUTCOME_MOVED] = {JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
    },
    [JOB_PROVE] = {
	FILE_STAGE(JOB_PROVE, JOB_PROVE),
	[OUTCOME_OK] = {JOB_CONTINUE, JOB_PLACE_NEXT},
	[OUTCOME_AGAIN] = {JOB_PROVE, JOB_PLACE_NEXT},
    },
    [JOB_CONTINUE] = {
	FILE_STAGE(JOB_CONTINUE, JOB_PROVE),
	[OUTCOME_OK] = {JOB_CONTINUE, JOB_PLACE_DONE},
	[OUTCOME_AGAIN] = {JOB_PROVE, JOB_PLACE_NEXT},
	[OUTCOME_UNPROVED] = {JOB_LOOK_AGAIN, JOB_PLACE_CONNECTION},
	[OUTCOME_MOVED] = {JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
	[OUTCOME_MIXED] = {JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    },
    [JOB_LOOK_AGAIN] = {
	FILE_STAGE(JOB_LOOK_AGAIN, JOB_LOOK_AGAIN),
	[OUTCOME_OK] = {JOB_LOOK_AGAIN, JOB_PLACE_DONE},
	[OUTCOME_MOVED] = {JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
	[OUTCOME_MIXED] = {JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    },
    [JOB_SNAPSHOT] = {
	FILE_STAGE(JOB_SNAPSHOT, JOB_SNAPSHOT),
	[OUTCOME_OK] = {JOB_SNAPSHOT, JOB_PLACE_DONE},
	[OUTCOME_AGAIN] = {JOB_SNAPSHOT, JOB_PLACE_CONNECTION},
	[OUTCOME_MIXED] = {JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    },
    [JOB_WHOLE_PROOF] = {
	FILE_STAGE(JOB_WHOLE_PROOF, JOB_WHOLE_PROOF),
	[OUTCOME_OK] = {JOB_WHOLE_PROOF, JOB_PLACE_DONE},
	[OUTCOME_MORE] = {JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
	[OUTCOME_AGAIN] = {JOB_WHOLE_PROOF, JOB_PLACE_CONNECTION},
    },
    [JOB_SPLIT] = {
	[OUTCOME_OK] = {JOB_SPLIT, JOB_PLACE_DONE},
	[OUTCOME_CHANGED] = {JOB_STAT, JOB_PLACE_WAITING},
	[OUTCOME_FAILED] = {JOB_SPLIT, JOB_PLACE_FAILED},
    },
    [JOB_PIECE] = {
	ANY_STAGE(JOB_PIECE, JOB_PIECE),
	[OUTCOME_OK] = {JOB_PIECE, JOB_PLACE_DONE},
	[OUTCOME_AGAIN] = {JOB_PIECE, JOB_PLACE_NEXT},
	[OUTCOME_UNPROVED] = {JOB_PIECE_PROOF, JOB_PLACE_NEXT},
	[OUTCOME_DIFFERENT] = {JOB_PIECE, JOB_PLACE_NEXT},
    },
    [JOB_PIECE_PROOF] = {
	ANY_STAGE(JOB_PIECE_PROOF, JOB_PIECE_PROOF),
	[OUTCOME_OK] = {JOB_PIECE_PROOF, JOB_PLACE_DONE},
	[OUTCOME_AGAIN] = {JOB_PIECE_PROOF, JOB_PLACE_NEXT},
	[OUTCOME_DIFFERENT] = {JOB_PIECE, JOB_PLACE_NEXT},
    },
    [JOB_PIECE_REUSE] = {
	ANY_STAGE(JOB_PIECE_REUSE, JOB_PIECE_REUSE),
	[OUTCOME_OK] = {JOB_PIECE_REUSE, JOB_PLACE_DONE},
	[OUTCOME_AGAIN] = {JOB_PIECE_REUSE, JOB_PLACE_NEXT},
	[OUTCOME_DIFFERENT] = {JOB_PIECE, JOB_PLACE_NEXT},
    },
    [JOB_PIECE_LOOK] = {
	ANY_STAGE(JOB_PIECE_LOOK, JOB_PIECE_LOOK),
	[OUTCOME_OK] = {JOB_PIECE_LOOK, JOB_PLACE_DONE},
    },
    [JOB_PIECE_WHOLE] = {
	ANY_STAGE(JOB_PIECE_WHOLE, JOB_PIECE_WHOLE),
	[OUTCOME_OK] = {JOB_PIECE_WHOLE, JOB_PLACE_DONE},
	[OUTCOME_MORE] = {JOB_PIECE_WHOLE, JOB_PLACE_CONNECTION},
	[OUTCOME_AGAIN] = {JOB_PIECE_WHOLE, JOB_PLACE_CONNECTION},
    },
};
/* clang-format on */

/* Keeps invariants 2 and 3, and begins the counts of a stage. */
static void
enter_stage(struct job *job, enum job_stage stage, enum outcome outcome)
{
	if (stage == JOB_START) {
		job->form = JOB_FORM_CONTENT;
		job->is_mismatch = false;
		job->refusals = 0;
	} else if (stage == JOB_PROVE &&
	    (outcome == OUTCOME_LOST || outcome == OUTCOME_ELSEWHERE)) {
		/* The part is proved by the version that was received last. */
		job->form = JOB_FORM_CONTENT;
	} else if (stage == JOB_LOOK_AGAIN || stage == JOB_SNAPSHOT) {
		job->refusals = 0;
	} else if (stage == JOB_WHOLE_PROOF) {
		job->proof.at = 0;
	} else if (stage == JOB_PIECE_PROOF) {
		job->refusals = 0;
		job->piece.here = 0;
	}
	job->stage = stage;
}

enum job_place
job_stages_advance(struct job *job, enum outcome outcome)
{
	const struct step *step = &steps[job->stage][outcome];

	if (outcome == OUTCOME_AGAIN)
		job->form = JOB_FORM_ANY;
	/* A whole-range proof is of one connection and one token. */
	if (outcome == OUTCOME_AGAIN || outcome == OUTCOME_LOST ||
	    outcome == OUTCOME_ELSEWHERE)
		job->proof.at = 0;
	if (outcome == OUTCOME_DIFFERENT && job->kind == JOB_KIND_PIECE) {
		job->is_mismatch = false;
		job->piece.here = 0;
		origin_clear(&job->piece.origin);
	}
	if (step->stage != job->stage)
		enter_stage(job, step->stage, outcome);
	return step->place;
}
