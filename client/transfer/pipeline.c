/*
 * The mirror image of server/session.c: send requests as far ahead as the
 * window and the socket allow, never blocking on it; read one reply; let its
 * outcome decide what becomes of the job and the connection. What is in a
 * reply is reply.c's.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	FETCH_HOST = 512,   /* bytes of a host's name that are shown */
	FETCH_FILES = 2048, /* that are known before no more are listed */
};

void
fetch_open(struct fetch *fetch, const struct options *options,
    struct folder *folder, struct report *report, struct progress *progress,
    struct rate *rate)
{
	memset(fetch, 0, sizeof(*fetch));
	fetch->options = options;
	fetch->folder = folder;
	fetch->report = report;
	fetch->progress = progress;
	link_open(&fetch->link, options, report, rate);
	ahead_open(&fetch->ahead, options);
}

void
fetch_close(struct fetch *fetch)
{
	link_close(&fetch->link);
}

void
fetch_add_name(struct fetch *fetch, struct jobs *jobs, const char *name,
    size_t len)
{
	fetch_add_sum(fetch, jobs, name, len,
	    fetch->options->has_sha256 ? fetch->options->sha256 : NULL);
}

void
fetch_add_sum(struct fetch *fetch, struct jobs *jobs, const char *name,
    size_t len, const uint8_t *sum)
{
	struct failure failure;

	if (jobs_add(jobs, name, len, sum, &failure) != 0)
		report_failure(fetch->report, name, &failure, NULL);
}

/* A name's own name below options->base; NULL without memory. */
static char *
join_base(const struct options *options, const char *name)
{
	char *whole;

	if (strcmp(options->base, ".") == 0)
		return strdup(name);
	return asprintf(&whole, "%s/%s", options->base, name) < 0 ? NULL :
								    whole;
}

/* 0, or -1 with the failure set. */
static int
add_below(struct fetch *fetch, struct jobs *jobs, struct base *base,
    const char *name, const uint8_t *sum, struct failure *failure)
{
	struct branch *branch;
	char *whole;
	int result;

	if (base_find(base, name, &branch, failure) != 0)
		return -1;
	whole = join_base(fetch->options, name);
	if (whole == NULL)
		return failure_set(failure, EXITS_LOCAL, "out of memory");
	result =
	    jobs_add_below(jobs, whole, strlen(whole), branch, sum, failure);
	free(whole);
	return result;
}

void
fetch_add_below(struct fetch *fetch, struct jobs *jobs, struct base *base,
    const char *name, const uint8_t *sum)
{
	struct failure failure;

	if (failure_check_name(&failure, name, strlen(name)) != 0 ||
	    add_below(fetch, jobs, base, name, sum, &failure) != 0)
		report_failure(fetch->report, name, &failure, NULL);
}

/* The next job to make a request for: folders are listed while there is not
 * much else to ask for, so that neither files nor folders pile up. */
static struct job *
next_job(struct fetch *fetch)
{
	struct jobs *jobs = fetch->jobs;
	struct job *job = NULL;
	struct split *split;

	if (ahead_may_list(&fetch->ahead) && jobs->n_files < FETCH_FILES &&
	    jobs_may_list(jobs))
		job = jobs_take(jobs, &jobs->folders);
	STAILQ_FOREACH(split, &jobs->splits, next)
		if (job == NULL)
			job = split_next(jobs, split);
	/* No more files in pieces at a time than there are descriptors for. */
	if (job == NULL && jobs->n_splits < SPLIT_MOST)
		job = jobs_take(jobs, &jobs->files);
	return job;
}

static void
fail(struct fetch *fetch, struct job *job, const struct failure *failure)
{
	report_failure(fetch->report, job->name, failure, NULL);
	jobs_remove(fetch->jobs, job);
}

/* Whether the others are to go on without this connection. */
static bool
leaves(const struct fetch *fetch)
{
	return fetch->leaves && fetch->jobs->workers > 1;
}

/* The job to make a request for: one that asks again on this connection, or,
 * with more, any. NULL: there is none. */
static struct job *
choose_job(struct fetch *fetch, bool more)
{
	struct job *job = ahead_take_next(&fetch->ahead);

	return job != NULL || !more ? job : next_job(fetch);
}

/* Puts requests into the stream while there are jobs, window and room, and
 * sends what the socket takes. 0, or -1 without memory. */
static int
send_ahead(struct fetch *fetch)
{
	bool more = !leaves(fetch) && ahead_is_low(&fetch->ahead);
	struct failure failure;
	struct job *job;

	if (!more && STAILQ_EMPTY(&fetch->ahead.next))
		return 0;
	while (ahead_has_room(&fetch->ahead) &&
	    stream_room(&fetch->link.stream) >= REQUEST_MAX &&
	    (job = choose_job(fetch, more)) != NULL) {
		if (request_prepare(fetch->options, fetch->jobs, job,
			&failure) != 0) {
			fail(fetch, job, &failure);
			continue;
		}
		if (request_put(fetch->options, job, &fetch->link.stream) !=
		    0) {
			jobs_put_first(fetch->jobs, job);
			return -1;
		}
		ahead_add(&fetch->ahead, fetch->jobs, job);
	}
	/* What cannot be sent is noticed by reading: the server may have said
	 * why before it closed. */
	(void)stream_push(&fetch->link.stream);
	return 0;
}

/* What has come of the pieces of files. */
static void
settle_splits(struct fetch *fetch)
{
	struct split *split;

	/* Others may have come and gone while one was finished. */
	do {
		STAILQ_FOREACH(split, &fetch->jobs->splits, next)
			if (whole_settle(fetch->jobs, split, fetch->report,
				fetch->progress))
				break;
	} while (split != NULL);
}

/* What was requested and not replied to is to be requested again. */
static void
take_back(struct fetch *fetch)
{
	ahead_return(&fetch->ahead, fetch->jobs);
	settle_splits(fetch);
	jobs_tell(fetch->jobs);
}

/* What can be done about a failure of this job; NULL: nothing. */
static const char *
hint(const struct fetch *fetch, const struct job *job,
    const struct failure *failure)
{
	if (failure->code != EXITS_PROTOCOL && fetch->options->resume &&
	    job->final != NULL && job->output != NULL &&
	    output_size(job->output) > 0)
		return "the same command goes on from what is here";
	return link_hint(&fetch->link, failure);
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
give_up(struct fetch *fetch, const struct failure *failure)
{
	struct failure others;
	struct split *split;
	struct job *job, *tried;

	/* Whose turn it was does not matter to whoever interrupts. */
	failure_set(&others, failure->code, "%s%.*s",
	    failure->code == EXITS_INTERRUPTED ? "" : "given up: ",
	    FAILURE_TEXT - 16, failure->text);
	link_close(&fetch->link);
	STAILQ_FOREACH(split, &fetch->jobs->splits, next)
		split_give_up(split, failure);
	take_back(fetch);
	tried = fetch->jobs->suspect;
	while ((job = take_any(fetch->jobs)) != NULL) {
		if (tried == NULL)
			tried = job;
		report_failure(fetch->report, job->name,
		    job == tried ? failure : &others,
		    hint(fetch, job, failure));
		jobs_remove(fetch->jobs, job);
	}
}

/*
 * No connection lasts until the first job is done. It may be that job's fault
 * (a file on a bad disk): the others are tried, unless the next one fares no
 * better. False when no more is to be tried.
 */
static bool
give_up_first(struct fetch *fetch, const struct failure *failure)
{
	struct job *job = fetch->jobs->suspect;

	if (failure->code != EXITS_STALLED || job == NULL ||
	    ++fetch->exhausted > 1) {
		give_up(fetch, failure);
		return false;
	}
	if (job->split != NULL) {
		split_give_up(job->split, failure);
		settle_splits(fetch);
	} else {
		report_failure(fetch->report, job->name, failure,
		    hint(fetch, job, failure));
		jobs_take_out(fetch->jobs, job);
		jobs_remove(fetch->jobs, job);
	}
	link_forgive(&fetch->link);
	return true;
}

/* What the outcome of its reply means for the first job that was sent. */
static void
settle(struct fetch *fetch, struct job *job, const struct reply *reply,
    enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_NEXT:
		/* Its turn comes with the next reply. */
		if (job->received == 0)
			job->began = 0;
		jobs_put_after(fetch->jobs, reply->after, job);
		break;
	case REPLY_ASK:
		ahead_put_next(&fetch->ahead, job);
		break;
	case REPLY_LATER:
		jobs_put_last(fetch->jobs, job);
		patience_for_writer(fetch->jobs, job);
		break;
	case REPLY_SPLIT:
		break;
	case REPLY_SETTLE:
		patience_for_stillness(fetch->jobs, job);
		break;
	case REPLY_WAIT:
		patience_for_name(fetch->jobs, job, &reply->failure,
		    fetch->report);
		break;
	case REPLY_FAILED:
	case REPLY_FAILED_RECONNECT:
		/* A piece's failure is told as that of its file. */
		if (job->split == NULL)
			fail(fetch, job, &reply->failure);
		else
			jobs_remove(fetch->jobs, job);
		break;
	default:
		fetch->exhausted = 0;
		jobs_remove(fetch->jobs, job);
		break;
	}
}

/* Receives the reply to what the job has asked for. */
static enum reply_outcome
receive(struct reply *reply, struct job *job)
{
	switch (job->stage) {
	case JOB_LIST:
		return walk_receive(reply, job);
	case JOB_STAT:
		return proof_receive_state(reply, job);
	case JOB_PROVE:
		return proof_receive_digest(reply, job);
	case JOB_LOOK_AGAIN:
		return snapshot_receive_state(reply, job);
	case JOB_SNAPSHOT:
		return snapshot_receive_digest(reply, job);
	case JOB_PIECE:
	case JOB_PIECE_PROOF:
	case JOB_PIECE_LOOK:
		return piece_receive(reply, job);
	case JOB_FETCH:
	case JOB_CONTINUE:
		break;
	}
	return body_receive(reply, job);
}

/* One reply, and what follows from it. False when no more is to be tried. */
static bool
receive_reply(struct fetch *fetch)
{
	struct job *job = ahead_first(&fetch->ahead);
	struct reply reply = {
	    .options = fetch->options,
	    .jobs = fetch->jobs,
	    .link = &fetch->link,
	    .report = fetch->report,
	    .progress = fetch->progress,
	};
	enum reply_outcome outcome;

	outcome = receive(&reply, job);
	switch (outcome) {
	case REPLY_LOST:
		link_lost(&fetch->link, reply.failure.code, reply.failure.text);
		take_back(fetch);
		/* Where there are others, they take over; the last one tries
		 * again. */
		fetch->leaves = fetch->jobs->workers > 1;
		return true;
	case REPLY_FATAL:
		give_up(fetch, &reply.failure);
		return false;
	default:
		ahead_take_first(&fetch->ahead, fetch->jobs);
		settle(fetch, job, &reply, outcome);
		break;
	}
	if (outcome == REPLY_FAILED_RECONNECT) {
		link_close(&fetch->link);
		take_back(fetch);
	}
	settle_splits(fetch);
	jobs_tell(fetch->jobs);
	return true;
}

static void
say_start(struct fetch *fetch)
{
	struct jobs *jobs = fetch->jobs;
	struct job *first = STAILQ_FIRST(&jobs->files);
	char name[FETCH_HOST];

	if (fetch->said || !progress_wants_start_line(fetch->progress))
		return;
	fetch->said = true;
	if (first == NULL)
		first = STAILQ_FIRST(&jobs->folders);
	if (first == NULL)
		return;
	link_name(&fetch->link, name, sizeof(name));
	if (jobs->n == 1)
		report_note(fetch->report, "fetching %s from %s", first->name,
		    name);
	else
		report_note(fetch->report, "fetching %zu %s from %s", jobs->n,
		    fetch->options->recursive ? "names" : "files", name);
}

/*
 * One round: requests, as far ahead as may be, and one reply. 1 to go on, 0
 * when no more is to be tried, -1 with the failure set when all that is left
 * has failed with it.
 */
static int
go_on(struct fetch *fetch, struct failure *failure)
{
	/* Where a server is faster than this, nothing ever waits for it. */
	if (interrupt_pending())
		return failure_set(failure, EXITS_INTERRUPTED, "interrupted");
	patience_take_up(fetch->jobs);
	say_start(fetch);
	if (send_ahead(fetch) != 0)
		return failure_set(failure, EXITS_LOCAL, "out of memory");
	if (ahead_first(&fetch->ahead) != NULL)
		return receive_reply(fetch) ? 1 : 0;
	/* A file may be given up without a reply. */
	settle_splits(fetch);
	if (leaves(fetch) || fetch->jobs->n == 0)
		return 0;
	/* There is no room for a request while those before it, which are
	 * not sent yet, are answered already. */
	if (stream_room(&fetch->link.stream) < REQUEST_MAX)
		return failure_set(failure, EXITS_PROTOCOL,
		    "the server replies to what it was not sent");
	link_idle(&fetch->link);
	if (!patience_for_work(fetch->jobs))
		return failure_set(failure, EXITS_INTERRUPTED, "interrupted");
	return 1;
}

/* There is no connection. 1 if another job is to be tried, else 0. */
static int
without_link(struct fetch *fetch)
{
	struct failure failure = fetch->link.failure;

	/* The others may do without this one. */
	if (fetch->jobs->workers > 1 && failure.code != EXITS_INTERRUPTED) {
		report_detail(fetch->report, "one connection fewer: %s",
		    failure.text);
		return 0;
	}
	/* It was idle when its connection ended, or is the last one left of
	 * several: the run has had a connection. */
	if (fetch->has_begun && !fetch->link.ever &&
	    failure.code != EXITS_INTERRUPTED) {
		link_persist(&fetch->link);
		return 1;
	}
	return give_up_first(fetch, &failure) ? 1 : 0;
}

void
fetch_begin(struct fetch *fetch, struct jobs *jobs)
{
	jobs->wait_until = clock_now() + fetch->options->wait;
	if (fetch->options->check_file != NULL)
		proof_pass_over(jobs, fetch->report);
	progress_begin(fetch->progress, jobs_files_left(jobs));
	fetch->said = false;
	fetch->has_begun = false;
	fetch->leaves = false;
}

void
fetch_work(struct fetch *fetch, struct jobs *jobs)
{
	struct failure failure;
	int result = 1;

	fetch->jobs = jobs;
	fetch->exhausted = 0;
	link_begin(&fetch->link);
	/* Who leaves takes what it has asked for. */
	while (jobs->n > 0 && result == 1 &&
	    !(leaves(fetch) && ahead_is_empty(&fetch->ahead))) {
		/* The last one stays, and what was thought of it when there
		 * were others is forgotten. */
		if (jobs->workers == 1)
			fetch->leaves = false;
		jobs_unlock(jobs);
		result = link_connect(&fetch->link);
		jobs_lock(jobs);
		if (result != 0) {
			result = without_link(fetch);
			continue;
		}
		fetch->has_begun = true;
		result = go_on(fetch, &failure);
		if (result < 0)
			give_up(fetch, &failure);
	}
	if (!ahead_is_empty(&fetch->ahead)) {
		link_close(&fetch->link);
		take_back(fetch);
	}
}

void
fetch_run(struct fetch *fetch, struct jobs *jobs)
{
	jobs_lock(jobs);
	jobs->workers = 1;
	fetch_begin(fetch, jobs);
	fetch_work(fetch, jobs);
	jobs_unlock(jobs);
	progress_clear(fetch->progress);
}
