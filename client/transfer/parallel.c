/* One connection begins, others come and go; the jobs that a connection leaves
 * go back to the queue. Only the last connection reconnects when it breaks. The
 * calling thread measures the rate, and starts and ends connections. */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/stamp.h"
#include "client/transfer/mirror.h"
#include "client/transfer/parallel.h"
#include "common/amount.h"
#include "common/clock.h"

/* Times between two looks at the rate, and after a connection that raised
 * nothing until the next is tried. */
#define PARALLEL_LOOK (200 * CLOCK_MS)
#define PARALLEL_REST (5 * CLOCK_SEC)

enum {
	PARALLEL_WARM = 1,  /* looks that a new connection needs to get going */
	PARALLEL_GAIN = 10, /* percent more that it must bring */
};

/* A place for one connection and its thread. */
struct member {
	struct pipeline pipeline;
	struct pipeline *works; /* its own, or for the first, the caller's;
				NULL: the place is free */
	struct parallel *parallel;
	pthread_t thread;
	bool is_done;
};

struct parallel {
	struct pipeline *first;
	struct job_queue *queue;
	struct member *members; /* settings->jobs of them */
	pthread_cond_t ended;	/* a member is done; with the queue's lock */
	uint64_t bytes;		/* at the last look */
	int64_t looked;		/* clock_now at the last look */
	struct member *tried;	/* not judged yet; or NULL */
	uint64_t rate;		/* bytes a second, without it */
	int warming;		/* looks until it is judged */
	int64_t try_again;	/* clock_now before which none is tried */
};

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

static void
clear_places(struct parallel *parallel)
{
	struct member *member = parallel->members;
	int i;

	for (i = 0; i < parallel->first->settings->jobs; i++, member++) {
		if (!member->is_done)
			continue;
		/* Its thread has only to release the lock. */
		pthread_join(member->thread, NULL);
		if (member->works == &member->pipeline)
			pipeline_close(&member->pipeline);
		if (parallel->tried == member)
			parallel->tried = NULL;
		memset(member, 0, sizeof(*member));
	}
}

/* Returns a free place, or NULL if there is none. */
static struct member *
find_place(const struct parallel *parallel)
{
	int i;

	for (i = 0; i < parallel->first->settings->jobs; i++)
		if (parallel->members[i].works == NULL)
			return &parallel->members[i];
	return NULL;
}

/* Starts one more connection in this place: 0, or -1 without a thread. */
static int
add_member(struct parallel *parallel, struct member *member)
{
	struct pipeline *first = parallel->first;

	member->parallel = parallel;
	if (member == parallel->members) {
		member->works = first;
		first->leaves = false;
	} else {
		member->works = &member->pipeline;
		pipeline_open(&member->pipeline, first->settings, first->folder,
		    first->report, first->progress, first->connection.rate);
		member->pipeline.said = true;
		member->pipeline.has_begun = true;
	}
	job_queue_join(parallel->queue);
	if (pthread_create(&member->thread, NULL, run_member, member) == 0)
		return 0;
	job_queue_leave(parallel->queue);
	member->works = NULL;
	return -1;
}

static void
report_members(const struct parallel *parallel, const char *what, unsigned n,
    uint64_t rate)
{
	char text[AMOUNT_TEXT];

	amount_print(rate, text);
	report_detail(parallel->first->report, "%s: %u connection%s, %s/s",
	    what, n, n == 1 ? "" : "s", text);
}

/* Tries one more connection, if there may be one. */
static void
try_one_more(struct parallel *parallel, uint64_t rate, int64_t now)
{
	struct member *place = find_place(parallel);

	if (place == NULL || now < parallel->try_again ||
	    !parallel->first->has_begun || !job_queue_has_work(parallel->queue))
		return;
	parallel->rate = rate;
	if (add_member(parallel, place) != 0)
		return;
	parallel->tried = place;
	parallel->warming = PARALLEL_WARM;
	report_members(parallel, "one more", job_queue_workers(parallel->queue),
	    rate);
}

/* Ends the connection that is tried, unless it has raised the rate. */
static void
judge_tried(struct parallel *parallel, uint64_t rate, int64_t now)
{
	struct member *tried = parallel->tried;

	parallel->tried = NULL;
	if (rate > parallel->rate + parallel->rate / 100 * PARALLEL_GAIN ||
	    job_queue_workers(parallel->queue) < 2)
		return;
	tried->works->leaves = true;
	parallel->try_again = now + PARALLEL_REST;
	report_members(parallel, "one fewer, which brought nothing",
	    job_queue_workers(parallel->queue) - 1, rate);
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
	clear_places(parallel);
	/* The server refused it, or its connection broke. */
	if (was_trying && parallel->tried == NULL)
		parallel->try_again = now + PARALLEL_REST;
	if (parallel->tried != NULL && parallel->warming > 0) {
		parallel->warming--;
		return;
	}
	if (parallel->tried != NULL)
		judge_tried(parallel, rate, now);
	try_one_more(parallel, rate, now);
}

/* Begins with one connection, and looks at all until none is left. */
static void
run_members(struct parallel *parallel)
{
	struct job_queue *queue = parallel->queue;

	job_queue_lock(queue);
	pipeline_begin(parallel->first, queue);
	parallel->looked = clock_now();
	if (add_member(parallel, parallel->members) != 0) {
		job_queue_join(queue);
		pipeline_work(parallel->first, queue);
	}
	while (job_queue_workers(queue) > 0) {
		(void)clock_cond_wait(&parallel->ended, job_queue_mutex(queue),
		    parallel->looked + PARALLEL_LOOK);
		look_at_rate(parallel);
	}
	job_queue_unlock(queue);
	clear_places(parallel);
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
	struct parallel parallel = {.first = pipeline, .queue = queue};

	if (pipeline->settings->jobs > 1)
		parallel.members = calloc((size_t)pipeline->settings->jobs,
		    sizeof(*parallel.members));
	if (parallel.members == NULL) {
		pipeline_run(pipeline, queue);
	} else {
		clock_cond_init(&parallel.ended);
		run_members(&parallel);
		pthread_cond_destroy(&parallel.ended);
		free(parallel.members);
		progress_end(pipeline->progress);
	}
	mirror_finish(queue, pipeline->report);
	sync_skipped(pipeline);
	report_tell_left_out(pipeline->report);
	if (pipeline->folder != NULL)
		stamp_tell(pipeline->folder, &pipeline->settings->store,
		    pipeline->report);
}
