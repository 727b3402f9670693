/*
 * The mirror image of server/session.c: sends requests as far ahead as window
 * and socket allow, without blocking; receives one reply, whose outcome chooses
 * the job's next stage and place (transfer/job_stages.h). Receivers
 * (transfer/recv_*.c) read replies. The connection's thread runs it, under the
 * queue's lock except where it waits.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "client/transfer/folder_end.h"
#include "client/transfer/job_reply.h"
#include "client/transfer/job_request.h"
#include "client/transfer/pieces_end.h"
#include "client/transfer/pipeline.h"
#include "client/transfer/pipeline_end.h"
#include "client/transfer/pipeline_server.h"
#include "client/transfer/recv_file.h"
#include "client/transfer/recv_folder.h"
#include "client/transfer/recv_piece.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/recv_snapshot.h"
#include "client/transfer/recv_whole.h"
#include "client/transfer/waiting.h"
#include "client/ui/interrupt.h"
#include "common/amount.h"
#include "common/stream.h"

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

/* Returns whether this connection leaves its jobs to others. */
static bool
is_leaving(const struct pipeline *pipeline)
{
	return pipeline->leaves && job_queue_workers(pipeline->queue) > 1;
}

/* Takes the job to make a request for: one that asks again on this connection,
 * or, with more, any. Returns NULL if there is none. */
static struct job *
choose_job(struct pipeline *pipeline, bool more)
{
	struct job *job = window_take_next(&pipeline->window);
	struct job_taker taker;

	if (job != NULL || !more)
		return job;
	taker = pipeline_server_taker(pipeline);
	job = job_queue_take_next(pipeline->queue, &taker);
	if (job != NULL)
		job->is_elsewhere = !taker.is_first;
	return job;
}

/* Puts requests into the stream while there are jobs, window and room, and
 * sends what the socket takes. Returns 0, or -1 if memory is short. */
static int
send_ahead(struct pipeline *pipeline)
{
	bool more = !is_leaving(pipeline) && window_is_low(&pipeline->window);
	struct stream *stream = &pipeline->connection.stream;
	struct failure failure;
	struct job *job;

	if (!more && STAILQ_EMPTY(&pipeline->window.next))
		return 0;
	while (window_has_room(&pipeline->window) &&
	    stream_room(stream) >= JOB_REQUEST_MAX &&
	    (job = choose_job(pipeline, more)) != NULL) {
		if (job_request_prepare(pipeline->queue, job, &failure) != 0) {
			pipeline_end_job(pipeline, job, &failure, NULL);
			continue;
		}
		if (job_request_put(pipeline->settings, job, stream) != 0) {
			job_queue_put(pipeline->queue, job, JOB_PLACE_NEXT);
			return -1;
		}
		window_add(&pipeline->window, pipeline->queue, job);
	}
	/* A failure to send is noticed by reading: the server may have said
	 * why before it closed. */
	(void)stream_push(stream);
	return 0;
}

/* Receives the reply to what the job has asked for. */
static enum outcome
receive_stage(struct job_reply *reply, struct job *job)
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
	case JOB_WHOLE_PROOF:
	case JOB_PIECE_WHOLE:
		return recv_whole_receive(reply, job);
	case JOB_PIECE:
	case JOB_PIECE_PROOF:
	case JOB_PIECE_LOOK:
	case JOB_PIECE_REUSE:
		return recv_piece_receive(reply, job);
	default:
		return recv_file_receive(reply, job);
	}
}

/* Moves a job that was answered to the place that the outcome leads to. */
static void
place_job(struct pipeline *pipeline, struct job *job, struct job_reply *reply,
    enum outcome outcome)
{
	enum job_place place = job_stages_advance(job, outcome);

	switch (place) {
	case JOB_PLACE_FAILED:
		pipeline_end_job(pipeline, job, &reply->failure, NULL);
		break;
	case JOB_PLACE_DONE:
		pipeline->exhausted = 0;
		job_queue_note_end(pipeline->queue, NULL);
		if (job->kind == JOB_KIND_FILE)
			tally_end_file(&pipeline->progress->tally,
			    &job->file.tally, true);
		job_queue_remove(pipeline->queue, job);
		break;
	case JOB_PLACE_CONNECTION:
		window_put_next(&pipeline->window, job);
		break;
	case JOB_PLACE_SPLIT:
		break;
	default:
		/* Its time begins with the next reply. */
		if (place == JOB_PLACE_NEXT && job->received == 0)
			job->began = 0;
		job_queue_put(pipeline->queue, job, place);
		if (outcome == OUTCOME_CHANGED)
			waiting_for_writer(pipeline->queue, job);
		break;
	}
	if (!STAILQ_EMPTY(&reply->folders))
		job_queue_put_all_next(pipeline->queue, &reply->folders);
}

/* Receives one reply, and acts on its outcome. Returns false at a fatal one. */
static bool
receive_reply(struct pipeline *pipeline)
{
	struct job *job = window_first(&pipeline->window);
	struct job_reply reply = {
	    .settings = pipeline->settings,
	    .queue = pipeline->queue,
	    .connection = &pipeline->connection,
	    .report = pipeline->report,
	    .progress = pipeline->progress,
	    .folders = STAILQ_HEAD_INITIALIZER(reply.folders),
	};
	enum outcome outcome;

	outcome = receive_stage(&reply, job);
	pipeline->replies++;
	pipeline->before = atomic_load(&pipeline->connection.total);
	if (outcome == OUTCOME_FATAL &&
	    pipeline_server_leave(pipeline, &reply.failure))
		return true;
	if (outcome == OUTCOME_FATAL) {
		pipeline_end_run(pipeline, &reply.failure);
		return false;
	}
	if (outcome == OUTCOME_LOST) {
		pipeline_server_lose(pipeline, &reply.failure);
		return true;
	}
	window_take_first(&pipeline->window, pipeline->queue);
	place_job(pipeline, job, &reply, outcome);
	tally_note_reply(&pipeline->progress->tally,
	    job_queue_has_folders(pipeline->queue));
	/* A body that was too long to be dropped has cost the connection. */
	if (pipeline->connection.fd < 0)
		pipeline_end_requests(pipeline);
	pieces_end_due(pipeline->queue, pipeline->report,
	    &pipeline->progress->tally);
	job_queue_wake(pipeline->queue);
	return true;
}

static void
report_start(struct pipeline *pipeline)
{
	const char *first = job_queue_first_name(pipeline->queue);
	size_t n = job_queue_count(pipeline->queue);
	const char *host = pipeline->connection.server->name;
	char count[AMOUNT_COUNT];

	pipeline->said = true;
	if (first == NULL)
		return;
	amount_print_count(n, count);
	if (n == 1)
		report_note(pipeline->report, "fetching %s from %s", first,
		    host);
	else
		report_note(pipeline->report, "fetching %s %s from %s", count,
		    pipeline->settings->store.is_tree ? "names" : "files",
		    host);
}

/* Sends requests ahead and receives one reply. Returns 1 to go on, 0 to end, or
 * -1 with the failure set with which all jobs that are left have failed. */
static int
run_round(struct pipeline *pipeline, struct failure *failure)
{
	bool goes_on;

	/* If replies are always here already, no wait notices an interrupt. */
	if (interrupt_pending())
		return failure_set(failure, EXIT_INTERRUPTED, "interrupted");
	if (job_queue_has_no_room(pipeline->queue))
		return failure_set(failure, EXIT_LOCAL, "no room here");
	job_queue_end_waits(pipeline->queue);
	if (!pipeline->said && pipeline->progress->start_line &&
	    !pipeline->settings->store.is_dry)
		report_start(pipeline);
	if (send_ahead(pipeline) != 0)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	if (window_first(&pipeline->window) != NULL)
		return receive_reply(pipeline) ? 1 : 0;
	/* A file may be given up without a reply. */
	pieces_end_due(pipeline->queue, pipeline->report,
	    &pipeline->progress->tally);
	if (is_leaving(pipeline) || job_queue_count(pipeline->queue) == 0)
		return 0;
	/* All requests are answered, but they still fill the stream: they were
	 * not sent. */
	if (stream_room(&pipeline->connection.stream) < JOB_REQUEST_MAX)
		return failure_set(failure, EXIT_PROTOCOL,
		    "the server replies to what it was not sent");
	connection_idle(&pipeline->connection);
	pipeline->is_waiting = true;
	goes_on = waiting_for_work(pipeline->queue, &pipeline->progress->tally);
	pipeline->is_waiting = false;
	if (!goes_on)
		return failure_set(failure, EXIT_INTERRUPTED, "interrupted");
	return 1;
}

void
pipeline_begin(struct pipeline *pipeline, struct job_queue *queue)
{
	bool is_tree = pipeline->settings->store.is_tree;

	job_queue_begin_run(queue);
	if (pipeline->settings->has_sum_file)
		recv_proof_pass_over(queue, pipeline->report);
	report_set_kind(pipeline->report,
	    job_queue_count(queue) == 1 && !is_tree, is_tree);
	progress_begin(pipeline->progress, job_queue_count_files(queue),
	    job_queue_has_folders(queue));
	pipeline->said = false;
	pipeline->has_begun = false;
	pipeline->leaves = false;
}

void
pipeline_work(struct pipeline *pipeline, struct job_queue *queue)
{
	struct failure failure;
	int result = 1;

	pipeline->queue = queue;
	pipeline->exhausted = 0;
	connection_begin(&pipeline->connection);
	/* A connection that ends still receives the replies it expects. */
	while (job_queue_count(queue) > 0 && result == 1 &&
	    !(is_leaving(pipeline) && window_is_empty(&pipeline->window))) {
		/* The last connection stays. */
		if (job_queue_workers(queue) == 1)
			pipeline_server_stay(pipeline);
		pipeline->connection.is_spare = job_queue_workers(queue) > 1;
		job_queue_unlock(queue);
		result = connection_connect(&pipeline->connection);
		job_queue_lock(queue);
		if (result != 0) {
			pipeline_server_miss(pipeline);
			result = pipeline_end_unconnected(pipeline);
			continue;
		}
		pipeline_server_begin(pipeline);
		pipeline->has_begun = true;
		result = run_round(pipeline, &failure);
		if (result < 0 && pipeline_server_leave(pipeline, &failure))
			result = 1;
		else if (result < 0)
			pipeline_end_run(pipeline, &failure);
		folder_end_due(queue, pipeline->report);
	}
	if (!window_is_empty(&pipeline->window)) {
		connection_close(&pipeline->connection);
		pipeline_end_requests(pipeline);
	}
	job_queue_restart_listings(queue, pipeline->connection.number);
	pipeline_server_end(pipeline);
	folder_end_due(queue, pipeline->report);
	job_queue_leave(queue);
}

void
pipeline_run(struct pipeline *pipeline, struct job_queue *queue)
{
	job_queue_lock(queue);
	job_queue_join(queue);
	pipeline_begin(pipeline, queue);
	pipeline_work(pipeline, queue);
	job_queue_unlock(queue);
	progress_end(pipeline->progress);
}
