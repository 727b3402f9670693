/*
 * A file all of whose pieces are here, or of which no more are wanted: it gets
 * its sums, time, mode and name, is begun anew, or has failed.
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer/local_name.h"
#include "client/ui/interrupt.h"
#include "client/transfer/recv_proof.h"
#include "client/store/write_failure.h"
#include "client/transfer/pieces_end.h"
#include "common/clock.h"

/* Reads the whole file again, where a sum of it is required or wanted: 0 with
 * sum set in that case, or -1 with the failure set. */
static int
check_sum(const struct split *split, uint8_t sum[SUMS_LENGTH],
    struct failure *failure)
{
	const struct job *whole = split->whole;

	if (!whole->has_sum && !split->options->sums)
		return 0;
	if (proof_sum(split->fd, split->attributes.size, sum) != 0)
		return interrupt_pending() ?
		    failure_set(failure, EXITS_INTERRUPTED, "interrupted") :
		    failure_set(failure, EXITS_LOCAL,
			"cannot be read again: %s", strerror(errno));
	if (whole->has_sum && memcmp(sum, whole->sum, SUMS_LENGTH) != 0)
		return failure_set(failure, EXITS_MISMATCH,
		    "its SHA-256 is not the one required");
	return 0;
}

static void
report_done(const struct split *split, struct report *report,
    const uint8_t *sum)
{
	const struct job *whole = split->whole;
	char path[PATH_MAX];
	struct report_file file = {
	    .name = whole->name,
	    .path = path,
	    .size = split->attributes.size,
	    .received = whole->received,
	    .elapsed = clock_now() - whole->began,
	    .mtime_ns = split->attributes.mtime_ns,
	    .verified = split->options->verify,
	    .sha256 = split->options->sums ? sum : NULL,
	};

	destination_print_job(split->options, whole, path, sizeof(path));
	report_finished(report, &file);
}

/* The slow part of finishing, without the lock. out is raised meanwhile so that
 * nobody else finishes the split. */
static int
check(struct jobs *jobs, struct split *split, uint8_t sum[SUMS_LENGTH],
    struct failure *failure)
{
	int result;

	split->out++;
	jobs_unlock(jobs);
	result = check_sum(split, sum, failure);
	if (result == 0 && split->options->fsync && fsync(split->fd) != 0)
		result = room_fail(split->folder, split->fd,
		    "cannot write here", false, failure);
	jobs_lock(jobs);
	split->out--;
	return result;
}

/* The file as it should be: 0, or -1 with the failure set. */
static int
finish(struct jobs *jobs, struct split *split, struct report *report,
    struct failure *failure)
{
	uint8_t sum[SUMS_LENGTH];

	if (check(jobs, split, sum, failure) != 0)
		return -1;
	if (split_finish(split, failure) != 0)
		return -1;
	if (split->by_id)
		report_detail(report,
		    "%s: it was modified while it was fetched; these %" PRIu64
		    " bytes are of one moment",
		    split->whole->name, split->attributes.size);
	report_done(split, report, sum);
	return 0;
}

/* A file that is being written needs a moment, from the second time on. */
static void
put_again(struct jobs *jobs, struct job *whole)
{
	unsigned doublings = whole->tries < 6 ? whole->tries - 2 : 4;

	if (whole->tries < 2)
		jobs_put_last(jobs, whole);
	else
		jobs_put_off(jobs, whole,
		    clock_now() + (CLOCK_SEC << doublings));
}

/* It has failed for good, or, if it has only changed, it is tried anew. */
static void
fail(struct jobs *jobs, struct job *whole, const struct failure *failure,
    bool is_kept, struct report *report)
{
	const char *hint = NULL;

	if (failure->code == EXITS_CHANGED &&
	    (int)whole->tries < jobs->options->retry) {
		whole->tries++;
		whole->stage = JOB_STAT;
		report_detail(report, "%s: %s; again (%u of %d)", whole->name,
		    failure->text, whole->tries, jobs->options->retry);
		put_again(jobs, whole);
		return;
	}
	if (is_kept && jobs->options->resume)
		hint = failure->code == EXITS_LOCAL &&
			jobs->folder->volume->is_full ?
		    "the same command goes on from what is here when there "
		    "is room" :
		    "the same command goes on from what is here";
	report_failure(report, whole->name, failure, hint);
	jobs_remove(jobs, whole);
}

/* Returns whether the next try, or run, can go on from the pieces here: they
 * stay verified unless the file is another one or the server lies. */
static bool
is_worth_keeping(const struct split *split, const struct failure *failure)
{
	if (split->fd < 0 || split_here(split) == 0)
		return false;
	switch (failure->code) {
	case EXITS_CHANGED:
		/* Pieces that did not change are found by proof. */
	case EXITS_LOCAL:
		/* The disk is full, or the name cannot be given. */
		return split->options->resume;
	case EXITS_CONNECT:
	case EXITS_STALLED:
	case EXITS_BUSY:
	case EXITS_INTERRUPTED:
	case EXITS_IO_ERROR:
	case EXITS_NOT_FOUND:
	case EXITS_DENIED:
		return true;
	default:
		return false;
	}
}

bool
whole_settle(struct jobs *jobs, struct split *split, struct report *report,
    struct progress *progress)
{
	struct failure failure;
	struct job *whole;
	bool is_whole, is_kept;

	if (split->is_over)
		split_drop(jobs, split);
	if (split->out > 0 || (split->left > 0 && !split->is_over))
		return false;
	if (!split->is_over && split_go_on(jobs, split) > 0)
		return false;
	failure = split->failure;
	is_whole =
	    !split->is_over && finish(jobs, split, report, &failure) == 0;
	is_kept = !is_whole && is_worth_keeping(split, &failure);
	if (!is_whole && !is_kept)
		split_discard(split);
	progress_end_file(progress, split->whole->name);
	whole = split_free(jobs, split);
	if (is_whole)
		jobs_remove(jobs, whole);
	else
		fail(jobs, whole, &failure, is_kept, report);
	return true;
}
