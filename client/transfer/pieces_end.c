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
check_sum(const struct pieces *pieces, uint8_t sum[SHA256SUM_LENGTH],
    struct failure *failure)
{
	const struct job *whole = pieces->whole;

	if (!whole->has_sum && !pieces->settings->sums)
		return 0;
	if (recv_proof_sum(pieces->fd, pieces->attributes.size, sum) != 0)
		return interrupt_pending() ?
		    failure_set(failure, EXIT_INTERRUPTED, "interrupted") :
		    failure_set(failure, EXIT_LOCAL, "cannot be read again: %s",
			strerror(errno));
	if (whole->has_sum && memcmp(sum, whole->sum, SHA256SUM_LENGTH) != 0)
		return failure_set(failure, EXIT_MISMATCH,
		    "its SHA-256 is not the one required");
	return 0;
}

static void
report_done(const struct pieces *pieces, struct report *report,
    const uint8_t *sum)
{
	const struct job *whole = pieces->whole;
	char path[PATH_MAX];
	struct report_file file = {
	    .name = whole->name,
	    .path = path,
	    .size = pieces->attributes.size,
	    .received = whole->received,
	    .elapsed = clock_now() - whole->began,
	    .mtime_ns = pieces->attributes.mtime_ns,
	    .verified = pieces->settings->store.verify,
	    .sha256 = pieces->settings->sums ? sum : NULL,
	};

	local_name_print_job(pieces->settings, whole, path, sizeof(path));
	report_finished(report, &file);
}

/* The slow part of finishing, without the lock. out is raised meanwhile so that
 * nobody else finishes the split. */
static int
check(struct jobs *jobs, struct pieces *pieces, uint8_t sum[SHA256SUM_LENGTH],
    struct failure *failure)
{
	int result;

	pieces->out++;
	jobs_unlock(jobs);
	result = check_sum(pieces, sum, failure);
	if (result == 0 && pieces->settings->store.fsync &&
	    fsync(pieces->fd) != 0)
		result = write_failure_set(pieces->folder, pieces->fd, false,
		    failure);
	jobs_lock(jobs);
	pieces->out--;
	return result;
}

/* The file as it should be: 0, or -1 with the failure set. */
static int
finish(struct jobs *jobs, struct pieces *pieces, struct report *report,
    struct failure *failure)
{
	uint8_t sum[SHA256SUM_LENGTH];

	if (check(jobs, pieces, sum, failure) != 0)
		return -1;
	if (pieces_finish(pieces, failure) != 0)
		return -1;
	if (pieces->by_id)
		report_detail(report,
		    "%s: it was modified while it was fetched; these %" PRIu64
		    " bytes are of one moment",
		    pieces->whole->name, pieces->attributes.size);
	report_done(pieces, report, sum);
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

	if (failure->code == EXIT_CHANGED &&
	    (int)whole->tries < jobs->settings->connection.retry) {
		whole->tries++;
		whole->stage = JOB_STAT;
		report_detail(report, "%s: %s; again (%u of %d)", whole->name,
		    failure->text, whole->tries,
		    jobs->settings->connection.retry);
		put_again(jobs, whole);
		return;
	}
	if (is_kept && jobs->settings->store.resume)
		hint = failure->code == EXIT_LOCAL &&
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
is_worth_keeping(const struct pieces *pieces, const struct failure *failure)
{
	if (pieces->fd < 0 || pieces_here(pieces) == 0)
		return false;
	switch (failure->code) {
	case EXIT_CHANGED:
		/* Pieces that did not change are found by proof. */
	case EXIT_LOCAL:
		/* The disk is full, or the name cannot be given. */
		return pieces->settings->store.resume;
	case EXIT_CONNECT:
	case EXIT_STALLED:
	case EXIT_BUSY:
	case EXIT_INTERRUPTED:
	case EXIT_IO_ERROR:
	case EXIT_NOT_FOUND:
	case EXIT_DENIED:
		return true;
	default:
		return false;
	}
}

bool
pieces_end_check(struct jobs *jobs, struct pieces *pieces,
    struct report *report, struct progress *progress)
{
	struct failure failure;
	struct job *whole;
	bool is_whole, is_kept;

	if (pieces->is_over)
		pieces_drop(jobs, pieces);
	if (pieces->out > 0 || (pieces->left > 0 && !pieces->is_over))
		return false;
	if (!pieces->is_over && pieces_go_on(jobs, pieces) > 0)
		return false;
	failure = pieces->failure;
	is_whole =
	    !pieces->is_over && finish(jobs, pieces, report, &failure) == 0;
	is_kept = !is_whole && is_worth_keeping(pieces, &failure);
	if (!is_whole && !is_kept)
		pieces_discard(pieces);
	progress_end_file(progress, pieces->whole->name);
	whole = pieces_free(jobs, pieces);
	if (is_whole)
		jobs_remove(jobs, whole);
	else
		fail(jobs, whole, &failure, is_kept, report);
	return true;
}
