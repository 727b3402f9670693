/* Ends a file in pieces when all of them are here or one has failed: the file
 * is checked and gets its time, mode and name, or is tried again, or fails. */

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/store/write_failure.h"
#include "client/transfer/elsewhere.h"
#include "client/transfer/local_name.h"
#include "client/transfer/pieces_end.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/vanished.h"
#include "client/ui/interrupt.h"
#include "common/clock.h"

/* Reads the whole file again, where a sum of it is required or wanted: 0 with
 * sum set in that case, or -1 with the failure set. */
static int
check_sum(const struct pieces *pieces, uint8_t sum[SHA256SUM_LENGTH],
    struct failure *failure)
{
	const struct job *whole = pieces->whole;

	if (!whole->file.has_sum && !pieces->settings->sums)
		return 0;
	if (recv_proof_sum(pieces->fd, pieces->attributes.size, sum) != 0)
		return interrupt_pending() ?
		    failure_set(failure, EXIT_INTERRUPTED, "interrupted") :
		    failure_set(failure, EXIT_LOCAL, "cannot be read again: %s",
			strerror(errno));
	if (whole->file.has_sum &&
	    memcmp(sum, whole->file.sum, SHA256SUM_LENGTH) != 0)
		return failure_set(failure, EXIT_MISMATCH,
		    "its SHA-256 is not the one required");
	return 0;
}

static void
report_done(const struct pieces *pieces, struct report *report,
    const uint8_t *sum)
{
	const struct job *whole = pieces->whole;
	struct report_share room[SERVER_LIST_MAX];
	char path[PATH_MAX];
	struct report_file file = {
	    .name = whole->name,
	    .path = path,
	    .size = pieces->attributes.size,
	    .received = whole->received,
	    .reused = whole->reused,
	    .elapsed = clock_now() - whole->began,
	    .mtime_ns = pieces->attributes.mtime_ns,
	    .verified = pieces->settings->store.verify,
	    .sha256 = pieces->settings->sums ? sum : NULL,
	};

	shares_tell(&whole->file.shares, pieces->settings->connection.servers,
	    room, &file);
	local_name_print(pieces->settings, whole->tree, whole->final, path,
	    sizeof(path));
	report_finished(report, &file);
}

/* Does the slow part of finishing without the lock. out is raised meanwhile so
 * that no other thread finishes the same file. */
static int
check_whole(struct job_queue *queue, struct pieces *pieces,
    uint8_t sum[SHA256SUM_LENGTH], struct failure *failure)
{
	int result;

	pieces->out++;
	job_queue_unlock(queue);
	result = check_sum(pieces, sum, failure);
	if (result == 0 && pieces->settings->store.fsync &&
	    fsync(pieces->fd) != 0)
		result = write_failure_set(pieces->folder, pieces->fd, false,
		    failure);
	job_queue_lock(queue);
	pieces->out--;
	return result;
}

/* Checks, publishes and reports the file: 0, or -1 with the failure set. */
static int
finish_whole(struct job_queue *queue, struct pieces *pieces,
    struct report *report, struct failure *failure)
{
	uint8_t sum[SHA256SUM_LENGTH];

	if (check_whole(queue, pieces, sum, failure) != 0)
		return -1;
	if (pieces_finish(pieces, failure) != 0)
		return -1;
	if (pieces->form == JOB_FORM_ANY)
		report_detail(report,
		    "%s: it was modified while it was fetched; its bytes here "
		    "are of one moment",
		    pieces->whole->name);
	report_done(pieces, report, sum);
	return 0;
}

/* Counts a try of a file that changed; it needs a moment from the second on. */
static void
count_try(const struct transfer_settings *settings, struct job *whole,
    const struct failure *failure, struct report *report)
{
	unsigned tries = ++whole->tries;

	report_detail(report, "%s: %s; again (%u of %d)", whole->name,
	    failure->text, tries, settings->connection.retry);
	whole->again = clock_now();
	if (tries > 1)
		whole->again += CLOCK_SEC << (tries < 6 ? tries - 2 : 4);
}

static void
report_failed(struct job_queue *queue, const struct job *whole,
    const struct failure *failure, bool is_kept, struct report *report)
{
	const struct job_target *target = job_queue_target(queue);
	const char *hint = NULL;

	if (is_kept && target->settings->store.resume)
		hint = failure->code == EXIT_LOCAL &&
			target->folder->volume->is_full ?
		    "the same command goes on from what is here when there "
		    "is room" :
		    "the same command goes on from what is here";
	if (!vanished_report(queue, whole, failure, report))
		report_failure(report, whole->name, failure, hint);
}

/* Returns whether the next try, or run, can go on from the pieces here: they
 * stay verified unless the file is another one or the server lies. */
static bool
is_worth_keeping(const struct pieces *pieces, const struct failure *failure)
{
	if (pieces->fd < 0 || pieces_here(pieces) == 0 || pieces->disagrees)
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
	case EXIT_UNTRUSTED:
		return true;
	default:
		return false;
	}
}

/* Ends a file none of whose pieces is left to fetch. */
static void
end_whole(struct job_queue *queue, struct pieces *pieces, struct report *report,
    struct tally *tally)
{
	const struct transfer_settings *settings = pieces->settings;
	enum outcome outcome = OUTCOME_OK;
	struct failure failure;
	struct job *whole;
	bool is_kept = true, disagrees = pieces->disagrees;

	if (pieces->is_over)
		failure = pieces->failure;
	if (pieces->is_over ||
	    finish_whole(queue, pieces, report, &failure) != 0) {
		outcome = OUTCOME_FAILED;
		is_kept = is_worth_keeping(pieces, &failure);
	}
	if (!is_kept)
		pieces_discard(pieces);
	job_queue_remove_pieces(queue, pieces);
	whole = pieces_free(pieces);
	if (!is_kept)
		tally_take_back(tally, &whole->file.tally, UINT64_MAX);
	if (outcome == OUTCOME_FAILED && failure.code == EXIT_CHANGED &&
	    !disagrees && (int)whole->tries < settings->connection.retry) {
		outcome = OUTCOME_CHANGED;
		tally_rest_file(tally, &whole->file.tally);
		count_try(settings, whole, &failure, report);
	} else if (outcome == OUTCOME_FAILED) {
		report_failed(queue, whole, &failure, is_kept, report);
	}
	if (job_stages_advance(whole, outcome) == JOB_PLACE_WAITING) {
		job_queue_put(queue, whole, JOB_PLACE_WAITING);
		return;
	}
	job_queue_note_end(queue, outcome == OUTCOME_OK ? NULL : &failure);
	tally_end_file(tally, &whole->file.tally, outcome == OUTCOME_OK);
	job_queue_remove(queue, whole);
}

/* Ends a file if none of its pieces is left to fetch. Returns whether pieces
 * are gone; the lock was released meanwhile then. */
static bool
end_if_due(struct job_queue *queue, struct pieces *pieces,
    struct report *report, struct tally *tally)
{
	struct job *job;

	elsewhere_give_up(queue, pieces);
	while (pieces->is_over &&
	    (job = STAILQ_FIRST(&pieces->returned)) != NULL) {
		STAILQ_REMOVE_HEAD(&pieces->returned, next);
		job_queue_remove(queue, job);
	}
	if (pieces->out > 0 || (pieces->left > 0 && !pieces->is_over))
		return false;
	if (!pieces->is_over && pieces_go_on(pieces) > 0)
		return false;
	end_whole(queue, pieces, report, tally);
	return true;
}

void
pieces_end_due(struct job_queue *queue, struct report *report,
    struct tally *tally)
{
	struct pieces *pieces = job_queue_first_pieces(queue);

	while (pieces != NULL)
		/* Others may have come and gone while one was finished. */
		pieces = end_if_due(queue, pieces, report, tally) ?
		    job_queue_first_pieces(queue) :
		    STAILQ_NEXT(pieces, next);
}
