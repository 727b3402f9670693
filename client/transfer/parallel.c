/* One connection begins, others come and go; the jobs that a connection leaves
 * go back to the queue. Only the last connection reconnects when it breaks. The
 * calling thread measures the rate, and starts and ends connections;
 * parallel_growth.c decides how many. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/stamp.h"
#include "client/transfer/elsewhere.h"
#include "client/transfer/mirror.h"
#include "client/transfer/parallel.h"
#include "client/transfer/parallel_private.h"
#include "client/transfer/pipeline_server.h"
#include "common/amount.h"
#include "common/clock.h"

/* Time between two looks at the rate. */
#define PARALLEL_LOOK (200 * CLOCK_MS)

/* Time between two looks for work for the other servers, at first. */
#define PARALLEL_BEGIN (20 * CLOCK_MS)

static void *
run_member(void *argument)
{
	struct member *member = argument;
	struct job_queue *queue = member->parallel->queue;

	job_queue_lock(queue);
	pipeline_work(member->works, queue);
	member->is_done = true;
	pthread_cond_signal(&member->parallel->ended);
	job_queue_unlock(queue);
	return NULL;
}

/* Lets a member have a place of a server (NULL: of none) instead of its own. */
static void
move_place(struct parallel *parallel, struct member *member,
    const struct server *server)
{
	if (member->server == server)
		return;
	if (member->server != NULL)
		sources_leave_place(parallel->sources, member->server);
	if (server != NULL)
		sources_take_place(parallel->sources, server);
	member->server = server;
}

static void
note_progress(struct parallel *parallel, struct member *member)
{
	if (member->works != NULL &&
	    atomic_exchange(&member->works->connection.has_delivered, false))
		parallel->fruitless = 0;
}

static void
clear_places(struct parallel *parallel, int64_t now)
{
	struct member *member = parallel->members;
	int i;

	for (i = 0; i < parallel->first->settings->jobs; i++, member++) {
		note_progress(parallel, member);
		if (!member->is_done)
			continue;
		parallel->fruitless++;
		/* Its thread has only to release the lock. */
		pthread_join(member->thread, NULL);
		/* It was refused, its connection broke, or it was cut. */
		if (member->server != NULL && !member->is_sent_away &&
		    sources_are_several(parallel->sources))
			sources_rest(parallel->sources, member->server,
			    now + PARALLEL_REST);
		move_place(parallel, member, NULL);
		if (member->works == &member->pipeline)
			pipeline_close(&member->pipeline);
		if (parallel->tried == member)
			parallel->tried = NULL;
		memset(member, 0, sizeof(*member));
	}
}

int
parallel_add_member(struct parallel *parallel, struct member *member,
    struct server *server)
{
	struct pipeline *first = parallel->first;

	member->parallel = parallel;
	member->active = clock_now();
	if (member == parallel->members) {
		member->works = first;
		first->leaves = first->is_cut = false;
	} else {
		member->works = &member->pipeline;
		pipeline_open(&member->pipeline, first->settings, first->folder,
		    first->report, first->progress, first->connection.rate);
		member->pipeline.said = true;
		member->pipeline.has_begun = true;
	}
	if (server != NULL && sources_are_several(parallel->sources))
		connection_choose(&member->works->connection, server, true);
	member->bytes = atomic_load(&member->works->connection.total);
	move_place(parallel, member, server);
	job_queue_join(parallel->queue);
	if (pthread_create(&member->thread, NULL, run_member, member) == 0)
		return 0;
	job_queue_leave(parallel->queue);
	move_place(parallel, member, NULL);
	member->works = NULL;
	return -1;
}

/* Notes to which server each connection goes: the first chooses for itself. */
static void
note_servers(struct parallel *parallel)
{
	struct member *member = parallel->members;
	int i;

	for (i = 0; i < parallel->first->settings->jobs; i++, member++)
		if (member->works != NULL && member->works->server != NULL)
			move_place(parallel, member, member->works->server);
}

/* Measures a connection, and shows it to the choice of a handover. */
static void
look_at_member(struct member *member, int64_t now, int64_t passed,
    struct handover_view *view)
{
	struct pipeline *pipeline = member->works;
	uint64_t total = atomic_load(&pipeline->connection.total);
	uint64_t bytes = total - member->bytes;

	if (bytes > 0 || pipeline->replies != member->replies ||
	    pipeline->is_waiting)
		member->active = now;
	if (bytes > 0)
		member->rate = amount_rate(bytes, passed);
	member->bytes = total;
	member->replies = pipeline->replies;
	*view = (struct handover_view){
	    .server = pipeline->server,
	    .is_idle = pipeline->is_waiting,
	    .is_asking = pipeline->server != NULL && !pipeline->is_cut &&
		window_may_move(&pipeline->window),
	    .may_think = window_may_wait(&pipeline->window),
	    .left =
		window_bytes_left(&pipeline->window, total - pipeline->before),
	    .rate = member->rate,
	    .silent = now - member->active,
	};
}

/* With several servers: measures all connections, and cuts one that would hold
 * up the end while others have nothing to do. */
static void
hand_over(struct parallel *parallel, int64_t now, int64_t passed)
{
	size_t n = (size_t)parallel->first->settings->jobs, i, chosen;
	struct member *member = parallel->members;

	if (!sources_are_several(parallel->sources))
		return;
	for (i = 0; i < n; i++, member++) {
		parallel->views[i] = (struct handover_view){.server = NULL};
		if (member->works == NULL)
			continue;
		look_at_member(member, now, passed, &parallel->views[i]);
	}
	chosen = handover_choose(parallel->views, n);
	if (chosen < n)
		pipeline_server_cut(parallel->members[chosen].works);
}

static void
look_at_rate(struct parallel *parallel)
{
	uint64_t bytes = tally_received(&parallel->first->progress->tally);
	int64_t now = clock_now(), passed = now - parallel->looked;
	bool was_trying = parallel->tried != NULL;
	uint64_t rate;

	if (passed < PARALLEL_LOOK)
		return;
	rate = amount_rate(bytes - parallel->bytes, passed);
	parallel->bytes = bytes;
	parallel->looked = now;
	hand_over(parallel, now, passed);
	clear_places(parallel, now);
	/* The server refused it, or its connection broke. */
	if (was_trying && parallel->tried == NULL)
		parallel->try_again = now + PARALLEL_REST;
	parallel_grow(parallel, rate, now);
}

/* Waits until a connection has ended, or until the next look is due. */
static void
wait_for_look(struct parallel *parallel)
{
	int64_t until = parallel->looked + PARALLEL_LOOK;

	if (sources_are_several(parallel->sources) &&
	    job_queue_workers(parallel->queue) == 1)
		until = clock_now() + PARALLEL_BEGIN;
	(void)clock_cond_wait(&parallel->ended,
	    job_queue_mutex(parallel->queue), until);
}

/* Begins with one connection, and looks at all until none is left. */
static void
run_members(struct parallel *parallel)
{
	struct job_queue *queue = parallel->queue;

	job_queue_lock(queue);
	pipeline_begin(parallel->first, queue);
	parallel->looked = clock_now();
	if (parallel_add_member(parallel, parallel->members, NULL) != 0) {
		job_queue_join(queue);
		pipeline_work(parallel->first, queue);
	}
	while (job_queue_workers(queue) > 0) {
		wait_for_look(parallel);
		note_servers(parallel);
		parallel_start_servers(parallel, clock_now());
		look_at_rate(parallel);
	}
	job_queue_unlock(queue);
	clear_places(parallel, clock_now());
}

/* With --fsync: a file that was passed over may come from a run that was
 * killed, or had no --fsync. */
static void
sync_skipped(const struct pipeline *pipeline)
{
	if (!pipeline->settings->store.fsync ||
	    pipeline->settings->store.is_dry ||
	    pipeline->report->skipped == 0 ||
	    folder_sync(pipeline->folder, syncfs) == 0)
		return;
	report_error(pipeline->report, NULL, EXIT_LOCAL,
	    "cannot sync what is here already: %s", strerror(errno));
}

void
parallel_run(struct pipeline *pipeline, struct job_queue *queue)
{
	struct parallel parallel = {.first = pipeline,
	    .queue = queue,
	    .sources = job_queue_sources(queue)};
	size_t jobs = (size_t)pipeline->settings->jobs;

	if (jobs > 1) {
		parallel.members = calloc(jobs, sizeof(*parallel.members));
		parallel.views = calloc(jobs, sizeof(*parallel.views));
	}
	if (parallel.members == NULL || parallel.views == NULL) {
		pipeline_run(pipeline, queue);
	} else {
		clock_cond_init(&parallel.ended);
		run_members(&parallel);
		pthread_cond_destroy(&parallel.ended);
		progress_end(pipeline->progress);
	}
	free(parallel.members);
	free(parallel.views);
	/* Once, whichever connections have ended the run. */
	report_tell_not_begun(pipeline->report);
	elsewhere_tell(queue, pipeline->report);
	mirror_finish(queue, pipeline->report);
	sync_skipped(pipeline);
	report_tell_left_out(pipeline->report);
	if (pipeline->folder != NULL)
		stamp_tell(pipeline->folder, &pipeline->settings->store,
		    pipeline->report);
}
