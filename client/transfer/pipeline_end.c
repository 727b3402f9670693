/* A failed job is reported and freed. A connection that ends gives its requests
 * back, and leaves the jobs to other connections; the last connection ends all
 * of them: those that were not begun are counted, not told one by one. The
 * thread of the connection runs this. */

#include "client/transfer/pieces_end.h"
#include "client/transfer/pipeline_end.h"
#include "client/transfer/vanished.h"

static void
remove_job(struct pipeline *pipeline, struct job *job)
{
	if (job->kind == JOB_KIND_FILE)
		tally_end_file(&pipeline->progress->tally, &job->file.tally,
		    false);
	job_queue_remove(pipeline->queue, job);
}

void
pipeline_end_job(struct pipeline *pipeline, struct job *job,
    const struct failure *failure, const char *hint)
{
	if (job->kind == JOB_KIND_PIECE) {
		pieces_give_up(job->piece.pieces, failure);
	} else if (!vanished_report(pipeline->queue, job, failure,
		       pipeline->report)) {
		report_failure(pipeline->report, job->name, failure, hint);
		job_queue_note_end(pipeline->queue, failure);
	}
	remove_job(pipeline, job);
}

void
pipeline_end_requests(struct pipeline *pipeline)
{
	window_return(&pipeline->window, pipeline->queue);
	job_queue_restart_listings(pipeline->queue,
	    pipeline->connection.number);
	pieces_end_due(pipeline->queue, pipeline->report,
	    &pipeline->progress->tally);
	job_queue_wake(pipeline->queue);
}

/* Returns advice about the failure of a job, or NULL. */
static const char *
hint_job(const struct pipeline *pipeline, const struct job *job,
    const struct failure *failure)
{
	if (failure->code != EXIT_PROTOCOL &&
	    pipeline->settings->store.resume && job->final != NULL &&
	    job_bytes_here(job) > 0)
		return "the same command goes on from what is here";
	return report_server_hint(pipeline->report, failure);
}

/* Returns whether this run has received something for a job. */
static bool
is_begun(const struct job *job)
{
	return job->kind == JOB_KIND_FOLDER ? job->folder.made != NULL :
					      job->received > 0;
}

void
pipeline_end_run(struct pipeline *pipeline, const struct failure *failure)
{
	struct report *report = pipeline->report;
	uint64_t failed = report->failed;
	struct failure others;
	struct pieces *pieces;
	struct job *job;

	/* After an interrupt no job is at fault. */
	failure_set(&others, failure->code, "%s%.*s",
	    failure->code == EXIT_INTERRUPTED ? "" : "given up: ",
	    FAILURE_TEXT - 16, failure->text);
	connection_close(&pipeline->connection);
	for (pieces = job_queue_first_pieces(pipeline->queue); pieces != NULL;
	     pieces = STAILQ_NEXT(pieces, next))
		pieces_give_up(pieces, failure);
	pipeline_end_requests(pipeline);
	job = job_queue_take_suspect(pipeline->queue);
	if (job == NULL)
		job = job_queue_take_any(pipeline->queue);
	/* Somebody has to be told why: by the first job, unless a file in
	 * pieces has failed with this run, or those before for lack of room. */
	if (job != NULL && report->failed == failed &&
	    !job_queue_has_no_room(pipeline->queue)) {
		pipeline_end_job(pipeline, job, failure,
		    hint_job(pipeline, job, failure));
		job = job_queue_take_any(pipeline->queue);
	}
	for (; job != NULL; job = job_queue_take_any(pipeline->queue)) {
		if (is_begun(job)) {
			pipeline_end_job(pipeline, job, &others,
			    hint_job(pipeline, job, &others));
			continue;
		}
		report_not_begun(report, job->name, failure);
		remove_job(pipeline, job);
	}
}

/* Ends the first job when no connection lasts until it is done. The job may be
 * the cause (a file on a bad disk): it fails, and the others are tried. If the
 * next job fails in the same way, the run ends. Returns 1 to go on, or 0. */
static int
end_first_job(struct pipeline *pipeline, const struct failure *failure)
{
	struct job *job;

	if (failure->code != EXIT_STALLED || pipeline->exhausted > 0 ||
	    (job = job_queue_take_suspect(pipeline->queue)) == NULL) {
		pipeline_end_run(pipeline, failure);
		return 0;
	}
	pipeline->exhausted++;
	pipeline_end_job(pipeline, job, failure,
	    hint_job(pipeline, job, failure));
	pieces_end_due(pipeline->queue, pipeline->report,
	    &pipeline->progress->tally);
	connection_delivered(&pipeline->connection);
	return 1;
}

int
pipeline_end_unconnected(struct pipeline *pipeline)
{
	struct failure failure = pipeline->connection.failure;
	bool is_interrupt = failure.code == EXIT_INTERRUPTED;

	if (job_queue_workers(pipeline->queue) > 1 && !is_interrupt) {
		report_detail(pipeline->report, "one connection fewer: %s",
		    failure.text);
		return 0;
	}
	/* The connection ended while it was idle, or is the last of several:
	 * the run has had a connection, so the server can be reached. */
	if (pipeline->has_begun && !pipeline->connection.ever &&
	    !is_interrupt) {
		connection_persist(&pipeline->connection);
		return 1;
	}
	return end_first_job(pipeline, &failure);
}
