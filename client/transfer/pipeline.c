/*
 * The mirror image of server/session.c: send requests as far ahead as the
 * window and the socket allow, never blocking on it; read one reply; let its
 * outcome decide what becomes of the job and the connection. What is in a
 * reply is transfer/job_reply.c's.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/transfer/folder_end.h"
#include "client/transfer/recv_file.h"
#include "client/transfer/pipeline.h"
#include "client/ui/interrupt.h"
#include "client/store/output.h"
#include "client/transfer/waiting.h"
#include "client/transfer/recv_piece.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/job_reply.h"
#include "client/transfer/job_request.h"
#include "client/transfer/recv_snapshot.h"
#include "client/transfer/pieces.h"
#include "client/transfer/recv_folder.h"
#include "client/transfer/pieces_end.h"
#include "common/clock.h"
#include "common/names.h"
#include "common/stream.h"

enum {
	PIPELINE_HOST = 512,   /* bytes of a host's name that are shown */
	PIPELINE_FILES = 2048, /* that are known before no more are listed */
};

void
pipeline_open(struct pipeline *pipeline,
    const struct transfer_settings *settings, struct folder *folder,
    struct report *report, struct progress *progress, struct rate *rate)
{
	memset(pipeline, 0, sizeof(*pipeline));
	pipeline->settings = settings;
	pipeline->folder = folder;
	pipeline->report = report;
	pipeline->progress = progress;
	connection_open(&pipeline->connection, &settings->connection, report,
	    rate);
	window_open(&pipeline->window, settings);
}

void
pipeline_close(struct pipeline *pipeline)
{
	connection_close(&pipeline->connection);
}

void
pipeline_add_name(struct pipeline *pipeline, struct jobs *jobs,
    const char *name, size_t len)
{
	pipeline_add_sum(pipeline, jobs, name, len,
	    pipeline->settings->has_sha256 ? pipeline->settings->sha256 : NULL);
}

void
pipeline_add_sum(struct pipeline *pipeline, struct jobs *jobs, const char *name,
    size_t len, const uint8_t *sum)
{
	struct failure failure;

	if (jobs_add(jobs, name, len, sum, &failure) != 0)
		report_failure(pipeline->report, name, &failure, NULL);
}

/* A name's own name below settings->base; NULL without memory. */
static char *
join_base(const struct transfer_settings *settings, const char *name)
{
	char *whole;

	if (strcmp(settings->base, ".") == 0)
		return strdup(name);
	return asprintf(&whole, "%s/%s", settings->base, name) < 0 ? NULL :
								     whole;
}

/* 0, or -1 with the failure set. */
static int
add_below(struct pipeline *pipeline, struct jobs *jobs,
    struct base_folders *base, const char *name, const uint8_t *sum,
    struct failure *failure)
{
	struct tree_folder *tree;
	char *whole;
	int result;

	if (base_folders_find(base, name, &tree, failure) != 0)
		return -1;
	whole = join_base(pipeline->settings, name);
	if (whole == NULL)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	result = jobs_add_below(jobs, whole, strlen(whole), tree, sum, failure);
	free(whole);
	return result;
}

void
pipeline_add_below(struct pipeline *pipeline, struct jobs *jobs,
    struct base_folders *base, const char *name, const uint8_t *sum)
{
	struct failure failure;

	if (failure_check_name(&failure, name, strlen(name)) != 0 ||
	    add_below(pipeline, jobs, base, name, sum, &failure) != 0)
		report_failure(pipeline->report, name, &failure, NULL);
}

/* The next job to make a request for: folders are listed while there is not
 * much else to ask for, so that neither files nor folders pile up. */
static struct job *
next_job(struct pipeline *pipeline)
{
	struct jobs *jobs = pipeline->jobs;
	struct job *job = NULL;
	struct pieces *pieces;

	if (window_may_list(&pipeline->window) &&
	    jobs->n_files < PIPELINE_FILES && jobs_may_list(jobs))
		job = jobs_take(jobs, &jobs->folders);
	STAILQ_FOREACH(pieces, &jobs->splits, next)
		if (job == NULL)
			job = pieces_next(jobs, pieces);
	/* No more files in pieces at a time than there are descriptors for. */
	if (job == NULL && jobs->n_splits < PIECES_MOST)
		job = jobs_take(jobs, &jobs->files);
	return job;
}

static void
fail(struct pipeline *pipeline, struct job *job, const struct failure *failure)
{
	report_failure(pipeline->report, job->name, failure, NULL);
	jobs_remove(pipeline->jobs, job);
}

/* Whether the others are to go on without this connection. */
static bool
leaves(const struct pipeline *pipeline)
{
	return pipeline->leaves && pipeline->jobs->workers > 1;
}

/* The job to make a request for: one that asks again on this connection, or,
 * with more, any. NULL: there is none. */
static struct job *
choose_job(struct pipeline *pipeline, bool more)
{
	struct job *job = window_take_next(&pipeline->window);

	return job != NULL || !more ? job : next_job(pipeline);
}

/* Puts requests into the stream while there are jobs, window and room, and
 * sends what the socket takes. 0, or -1 without memory. */
static int
send_ahead(struct pipeline *pipeline)
{
	bool more = !leaves(pipeline) && window_is_low(&pipeline->window);
	struct failure failure;
	struct job *job;

	if (!more && STAILQ_EMPTY(&pipeline->window.next))
		return 0;
	while (window_has_room(&pipeline->window) &&
	    stream_room(&pipeline->connection.stream) >= REQUEST_MAX &&
	    (job = choose_job(pipeline, more)) != NULL) {
		if (request_prepare(pipeline->settings, pipeline->jobs, job,
			&failure) != 0) {
			fail(pipeline, job, &failure);
			continue;
		}
		if (request_put(pipeline->settings, job,
			&pipeline->connection.stream) != 0) {
			jobs_put_first(pipeline->jobs, job);
			return -1;
		}
		window_add(&pipeline->window, pipeline->jobs, job);
	}
	/* What cannot be sent is noticed by reading: the server may have said
	 * why before it closed. */
	(void)stream_push(&pipeline->connection.stream);
	return 0;
}

/* What has come of the pieces of files. */
static void
settle_splits(struct pipeline *pipeline)
{
	struct pieces *pieces;

	/* Others may have come and gone while one was finished. */
	do {
		STAILQ_FOREACH(pieces, &pipeline->jobs->splits, next)
			if (pieces_end_check(pipeline->jobs, pieces,
				pipeline->report, pipeline->progress))
				break;
	} while (pieces != NULL);
}

/* What was requested and not replied to is to be requested again. */
static void
take_back(struct pipeline *pipeline)
{
	window_return(&pipeline->window, pipeline->jobs);
	settle_splits(pipeline);
	jobs_tell(pipeline->jobs);
}

/* What can be done about a failure of this job; NULL: nothing. */
static const char *
hint(const struct pipeline *pipeline, const struct job *job,
    const struct failure *failure)
{
	if (failure->code != EXIT_PROTOCOL &&
	    pipeline->settings->store.resume && job->final != NULL &&
	    job->output != NULL && output_size(job->output) > 0)
		return "the same command goes on from what is here";
	return report_server_hint(pipeline->report, failure);
}

/* The first of all that are left; NULL if there is none. */
static struct job *
take_any(struct jobs *jobs)
{
	struct job *job = jobs_take(jobs, &jobs->files);

	if (job == NULL)
		job = jobs_take(jobs, &jobs->folders);
	return job != NULL ? job : jobs_take(jobs, &jobs->waiting);
}

/* Nothing more will come: all that is left has failed, whose turn it was (or
 * the first) with this failure, the others without a try. */
static void
give_up(struct pipeline *pipeline, const struct failure *failure)
{
	struct failure others;
	struct pieces *pieces;
	struct job *job, *tried;

	/* Whose turn it was does not matter to whoever interrupts. */
	failure_set(&others, failure->code, "%s%.*s",
	    failure->code == EXIT_INTERRUPTED ? "" : "given up: ",
	    FAILURE_TEXT - 16, failure->text);
	connection_close(&pipeline->connection);
	STAILQ_FOREACH(pieces, &pipeline->jobs->splits, next)
		pieces_give_up(pieces, failure);
	take_back(pipeline);
	tried = pipeline->jobs->suspect;
	while ((job = take_any(pipeline->jobs)) != NULL) {
		if (tried == NULL)
			tried = job;
		report_failure(pipeline->report, job->name,
		    job == tried ? failure : &others,
		    hint(pipeline, job, failure));
		jobs_remove(pipeline->jobs, job);
	}
}

/*
 * No connection lasts until the first job is done. It may be that job's fault
 * (a file on a bad disk): the others are tried, unless the next one fares no
 * better. False when no more is to be tried.
 */
static bool
give_up_first(struct pipeline *pipeline, const struct failure *failure)
{
	struct job *job = pipeline->jobs->suspect;

	if (failure->code != EXIT_STALLED || job == NULL ||
	    ++pipeline->exhausted > 1) {
		give_up(pipeline, failure);
		return false;
	}
	if (job->pieces != NULL) {
		pieces_give_up(job->pieces, failure);
		settle_splits(pipeline);
	} else {
		report_failure(pipeline->report, job->name, failure,
		    hint(pipeline, job, failure));
		jobs_take_out(pipeline->jobs, job);
		jobs_remove(pipeline->jobs, job);
	}
	connection_delivered(&pipeline->connection);
	return true;
}

/* What the outcome of its reply means for the first job that was sent. */
static void
settle(struct pipeline *pipeline, struct job *job,
    const struct job_reply *reply, enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_NEXT:
		/* Its turn comes with the next reply. */
		if (job->received == 0)
			job->began = 0;
		jobs_put_after(pipeline->jobs, reply->after, job);
		break;
	case OUTCOME_ASK:
		window_put_next(&pipeline->window, job);
		break;
	case OUTCOME_LATER:
		jobs_put_last(pipeline->jobs, job);
		waiting_for_writer(pipeline->jobs, job);
		break;
	case OUTCOME_SPLIT:
		break;
	case OUTCOME_SETTLE:
		waiting_for_stillness(pipeline->jobs, job);
		break;
	case OUTCOME_ABSENT:
		waiting_for_name(pipeline->jobs, job, &reply->failure,
		    pipeline->report);
		break;
	case OUTCOME_FAILED:
	case OUTCOME_FAILED_RECONNECT:
		/* A piece's failure is told as that of its file. */
		if (job->pieces == NULL)
			fail(pipeline, job, &reply->failure);
		else
			jobs_remove(pipeline->jobs, job);
		break;
	default:
		pipeline->exhausted = 0;
		jobs_remove(pipeline->jobs, job);
		break;
	}
}

/* Receives the reply to what the job has asked for. */
static enum outcome
receive(struct job_reply *reply, struct job *job)
{
	switch (job->stage) {
	case JOB_LIST:
		return recv_folder_receive(reply, job);
	case JOB_STAT:
		return recv_proof_receive_state(reply, job);
	case JOB_PROVE:
		return recv_proof_receive_digest(reply, job);
	case JOB_LOOK_AGAIN:
		return recv_snapshot_receive_state(reply, job);
	case JOB_SNAPSHOT:
		return recv_snapshot_receive_digest(reply, job);
	case JOB_PIECE:
	case JOB_PIECE_PROOF:
	case JOB_PIECE_LOOK:
		return recv_piece_receive(reply, job);
	case JOB_FETCH:
	case JOB_CONTINUE:
		break;
	}
	return recv_file_receive(reply, job);
}

/* One reply, and what follows from it. False when no more is to be tried. */
static bool
receive_reply(struct pipeline *pipeline)
{
	struct job *job = window_first(&pipeline->window);
	struct job_reply reply = {
	    .settings = pipeline->settings,
	    .jobs = pipeline->jobs,
	    .connection = &pipeline->connection,
	    .report = pipeline->report,
	    .progress = pipeline->progress,
	};
	enum outcome outcome;

	outcome = receive(&reply, job);
	switch (outcome) {
	case OUTCOME_LOST:
		connection_lost(&pipeline->connection, reply.failure.code,
		    reply.failure.text);
		take_back(pipeline);
		/* Where there are others, they take over; the last one tries
		 * again. */
		pipeline->leaves = pipeline->jobs->workers > 1;
		return true;
	case OUTCOME_FATAL:
		give_up(pipeline, &reply.failure);
		return false;
	default:
		window_take_first(&pipeline->window, pipeline->jobs);
		settle(pipeline, job, &reply, outcome);
		break;
	}
	if (outcome == OUTCOME_FAILED_RECONNECT) {
		connection_close(&pipeline->connection);
		take_back(pipeline);
	}
	settle_splits(pipeline);
	jobs_tell(pipeline->jobs);
	return true;
}

static void
say_start(struct pipeline *pipeline)
{
	struct jobs *jobs = pipeline->jobs;
	struct job *first = STAILQ_FIRST(&jobs->files);
	char name[PIPELINE_HOST];

	if (pipeline->said || !pipeline->progress->start_line)
		return;
	pipeline->said = true;
	if (first == NULL)
		first = STAILQ_FIRST(&jobs->folders);
	if (first == NULL)
		return;
	connection_name(&pipeline->connection, name, sizeof(name));
	if (jobs->n == 1)
		report_note(pipeline->report, "fetching %s from %s",
		    first->name, name);
	else
		report_note(pipeline->report, "fetching %zu %s from %s",
		    jobs->n,
		    pipeline->settings->store.is_tree ? "names" : "files",
		    name);
}

/*
 * One round: requests, as far ahead as may be, and one reply. 1 to go on, 0
 * when no more is to be tried, -1 with the failure set when all that is left
 * has failed with it.
 */
static int
go_on(struct pipeline *pipeline, struct failure *failure)
{
	/* Where a server is faster than this, nothing ever waits for it. */
	if (interrupt_pending())
		return failure_set(failure, EXIT_INTERRUPTED, "interrupted");
	waiting_take_up(pipeline->jobs);
	say_start(pipeline);
	if (send_ahead(pipeline) != 0)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	if (window_first(&pipeline->window) != NULL)
		return receive_reply(pipeline) ? 1 : 0;
	/* A file may be given up without a reply. */
	settle_splits(pipeline);
	if (leaves(pipeline) || pipeline->jobs->n == 0)
		return 0;
	/* There is no room for a request while those before it, which are
	 * not sent yet, are answered already. */
	if (stream_room(&pipeline->connection.stream) < REQUEST_MAX)
		return failure_set(failure, EXIT_PROTOCOL,
		    "the server replies to what it was not sent");
	connection_idle(&pipeline->connection);
	if (!waiting_for_work(pipeline->jobs))
		return failure_set(failure, EXIT_INTERRUPTED, "interrupted");
	return 1;
}

/* There is no connection. 1 if another job is to be tried, else 0. */
static int
without_link(struct pipeline *pipeline)
{
	struct failure failure = pipeline->connection.failure;

	/* The others may do without this one. */
	if (pipeline->jobs->workers > 1 && failure.code != EXIT_INTERRUPTED) {
		report_detail(pipeline->report, "one connection fewer: %s",
		    failure.text);
		return 0;
	}
	/* It was idle when its connection ended, or is the last one left of
	 * several: the run has had a connection. */
	if (pipeline->has_begun && !pipeline->connection.ever &&
	    failure.code != EXIT_INTERRUPTED) {
		connection_persist(&pipeline->connection);
		return 1;
	}
	return give_up_first(pipeline, &failure) ? 1 : 0;
}

void
pipeline_begin(struct pipeline *pipeline, struct jobs *jobs)
{
	jobs->wait_until = clock_now() + pipeline->settings->wait;
	if (pipeline->settings->has_sum_file)
		recv_proof_pass_over(jobs, pipeline->report);
	progress_begin(pipeline->progress, jobs_files_left(jobs));
	pipeline->said = false;
	pipeline->has_begun = false;
	pipeline->leaves = false;
}

void
pipeline_work(struct pipeline *pipeline, struct jobs *jobs)
{
	struct failure failure;
	int result = 1;

	pipeline->jobs = jobs;
	pipeline->exhausted = 0;
	connection_begin(&pipeline->connection);
	/* Who leaves takes what it has asked for. */
	while (jobs->n > 0 && result == 1 &&
	    !(leaves(pipeline) && window_is_empty(&pipeline->window))) {
		/* The last one stays, and what was thought of it when there
		 * were others is forgotten. */
		if (jobs->workers == 1)
			pipeline->leaves = false;
		jobs_unlock(jobs);
		result = connection_connect(&pipeline->connection);
		jobs_lock(jobs);
		if (result != 0) {
			result = without_link(pipeline);
			continue;
		}
		pipeline->has_begun = true;
		result = go_on(pipeline, &failure);
		if (result < 0)
			give_up(pipeline, &failure);
		folder_end_due(jobs, pipeline->report);
	}
	if (!window_is_empty(&pipeline->window)) {
		connection_close(&pipeline->connection);
		take_back(pipeline);
	}
	folder_end_due(jobs, pipeline->report);
}

void
pipeline_run(struct pipeline *pipeline, struct jobs *jobs)
{
	jobs_lock(jobs);
	jobs->workers = 1;
	pipeline_begin(pipeline, jobs);
	pipeline_work(pipeline, jobs);
	jobs_unlock(jobs);
	progress_clear(pipeline->progress);
}
