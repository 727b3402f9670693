/*
 * One connection begins, others come and go, and what they leave undone goes
 * back to the jobs; the last one that is left tries again when it breaks. The
 * thread that has called looks on, counts bytes, and decides.
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/stamp.h"
#include "client/transfer/parallel.h"
#include "common/amount.h"
#include "common/clock.h"

/* Between two looks at how it goes, and between two tries of one more
 * connection, the last of which was in vain. */
#define PARALLEL_LOOK (200 * CLOCK_MS)
#define PARALLEL_REST (5 * CLOCK_SEC)

enum {
	PARALLEL_WARM = 1,  /* looks that a new connection needs to get going */
	PARALLEL_GAIN = 10, /* percent more that it must bring */
};

/* A place for one that works, or that has. */
struct member {
	struct pipeline pipeline;
	struct pipeline *works; /* its own, or for the first, the caller's;
				NULL: the place is free */
	struct jobs *jobs;
	pthread_cond_t *ended; /* of the crew */
	pthread_t thread;
	bool is_done;
};

struct parallel {
	struct pipeline *first;
	struct jobs *jobs;
	struct member *members; /* settings->jobs of them */
	pthread_cond_t ended;	/* a member is done; what comes and goes
				   among the jobs wakes nobody here */
	uint64_t bytes;		/* at the last look */
	int64_t looked;		/* when that was */
	struct member *tried;	/* has yet to show what it brings; or NULL */
	uint64_t rate;		/* bytes a second, without it */
	int warming;		/* looks to go until it shows */
	int64_t try_again;	/* not before */
};

static void *
work(void *argument)
{
	struct member *member = argument;

	jobs_lock(member->jobs);
	pipeline_work(member->works, member->jobs);
	member->jobs->workers--;
	member->is_done = true;
	jobs_tell(member->jobs);
	pthread_cond_signal(member->ended);
	jobs_unlock(member->jobs);
	return NULL;
}

/* Those who are done leave their places. */
static void
clear_places(struct parallel *parallel)
{
	struct member *member = parallel->members;
	int i;

	for (i = 0; i < parallel->first->settings->jobs; i++, member++) {
		if (!member->is_done)
			continue;
		/* Done is said with the lock held, which is all that it
		 * still has to give up: this does not wait long. */
		pthread_join(member->thread, NULL);
		if (member->works == &member->pipeline)
			pipeline_close(&member->pipeline);
		if (parallel->tried == member)
			parallel->tried = NULL;
		memset(member, 0, sizeof(*member));
	}
}

/* A place that is free; NULL: there are as many as there may be. */
static struct member *
find_place(const struct parallel *parallel)
{
	int i;

	for (i = 0; i < parallel->first->settings->jobs; i++)
		if (parallel->members[i].works == NULL)
			return &parallel->members[i];
	return NULL;
}

/* One more at work, in this place: 0, or -1 if there is no thread to be had.
 */
static int
add_member(struct parallel *parallel, struct member *member)
{
	struct pipeline *first = parallel->first;

	member->jobs = parallel->jobs;
	member->ended = &parallel->ended;
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
	parallel->jobs->workers++;
	if (pthread_create(&member->thread, NULL, work, member) == 0)
		return 0;
	parallel->jobs->workers--;
	member->works = NULL;
	return -1;
}

/* Whether there is anything that one more could do. */
static bool
has_work(const struct jobs *jobs)
{
	return !STAILQ_EMPTY(&jobs->files) || !STAILQ_EMPTY(&jobs->folders) ||
	    !STAILQ_EMPTY(&jobs->splits);
}

static void
say(const struct parallel *parallel, const char *what, unsigned n,
    uint64_t rate)
{
	char text[AMOUNT_TEXT];

	amount_print(rate, text);
	report_detail(parallel->first->report, "%s: %u connections, %s/s", what,
	    n, text);
}

/* Tries one more connection, if there may be one. */
static void
grow(struct parallel *parallel, uint64_t rate, int64_t now)
{
	struct member *place = find_place(parallel);

	if (place == NULL || now < parallel->try_again ||
	    !parallel->first->has_begun || !has_work(parallel->jobs))
		return;
	parallel->rate = rate;
	if (add_member(parallel, place) != 0)
		return;
	parallel->tried = place;
	parallel->warming = PARALLEL_WARM;
	say(parallel, "one more", parallel->jobs->workers, rate);
}

/* What the one that is tried brings decides whether it stays. */
static void
judge(struct parallel *parallel, uint64_t rate, int64_t now)
{
	struct member *tried = parallel->tried;

	parallel->tried = NULL;
	if (rate > parallel->rate + parallel->rate / 100 * PARALLEL_GAIN ||
	    parallel->jobs->workers < 2)
		return;
	tried->works->leaves = true;
	parallel->try_again = now + PARALLEL_REST;
	say(parallel, "one fewer, which brought nothing",
	    parallel->jobs->workers - 1, rate);
}

static void
look(struct parallel *parallel)
{
	uint64_t bytes = progress_bytes(parallel->first->progress);
	int64_t now = clock_now(), passed = now - parallel->looked;
	bool was_trying = parallel->tried != NULL;
	uint64_t rate;

	if (passed < PARALLEL_LOOK)
		return;
	rate = amount_rate(bytes - parallel->bytes, passed);
	parallel->bytes = bytes;
	parallel->looked = now;
	clear_places(parallel);
	/* It was not let in, or its connection has broken. */
	if (was_trying && parallel->tried == NULL)
		parallel->try_again = now + PARALLEL_REST;
	if (parallel->tried != NULL && parallel->warming > 0) {
		parallel->warming--;
		return;
	}
	if (parallel->tried != NULL)
		judge(parallel, rate, now);
	grow(parallel, rate, now);
}

static void
run(struct parallel *parallel)
{
	struct jobs *jobs = parallel->jobs;

	jobs_lock(jobs);
	pipeline_begin(parallel->first, jobs);
	parallel->looked = clock_now();
	if (add_member(parallel, parallel->members) != 0) {
		jobs->workers = 1;
		pipeline_work(parallel->first, jobs);
		jobs->workers = 0;
	}
	while (jobs->workers > 0) {
		(void)clock_cond_wait(&parallel->ended, &jobs->lock,
		    parallel->looked + PARALLEL_LOOK);
		look(parallel);
	}
	jobs_unlock(jobs);
	clear_places(parallel);
}

/* With --fsync: what is passed over may be here since a run without it, or
 * since one that was killed. */
static void
sync_skipped(const struct pipeline *pipeline)
{
	struct failure failure;

	if (!pipeline->settings->store.fsync ||
	    pipeline->report->skipped == 0 ||
	    folder_sync_all(pipeline->folder) == 0)
		return;
	failure_set(&failure, EXIT_LOCAL,
	    "cannot sync what is here already: %s", strerror(errno));
	report_failure(pipeline->report, NULL, &failure, NULL);
}

void
parallel_run(struct pipeline *pipeline, struct jobs *jobs)
{
	struct parallel parallel = {.first = pipeline, .jobs = jobs};

	if (pipeline->settings->jobs > 1)
		parallel.members = calloc((size_t)pipeline->settings->jobs,
		    sizeof(*parallel.members));
	if (parallel.members == NULL) {
		pipeline_run(pipeline, jobs);
	} else {
		clock_cond_init(&parallel.ended);
		run(&parallel);
		pthread_cond_destroy(&parallel.ended);
		free(parallel.members);
		progress_clear(pipeline->progress);
	}
	sync_skipped(pipeline);
	report_tell_left_out(pipeline->report);
	if (pipeline->folder != NULL)
		stamp_tell(pipeline->folder, &pipeline->settings->store,
		    pipeline->report);
}
