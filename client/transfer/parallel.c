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

#include "client/transfer/parallel.h"
#include "common/amount.h"
#include "common/clock.h"

/* Between two looks at how it goes, and between two tries of one more
 * connection, the last of which was in vain. */
#define CREW_LOOK (200 * CLOCK_MS)
#define CREW_REST (5 * CLOCK_SEC)

enum {
	CREW_WARM = 1,	/* looks that a new connection needs to get going */
	CREW_GAIN = 10, /* percent more that it must bring */
};

/* A place for one that works, or that has. */
struct member {
	struct fetch fetch;
	struct fetch *works; /* its own, or for the first, the caller's;
				NULL: the place is free */
	struct jobs *jobs;
	pthread_cond_t *ended; /* of the crew */
	pthread_t thread;
	bool is_done;
};

struct crew {
	struct fetch *first;
	struct jobs *jobs;
	struct member *members; /* options->jobs of them */
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
	fetch_work(member->works, member->jobs);
	member->jobs->workers--;
	member->is_done = true;
	jobs_tell(member->jobs);
	pthread_cond_signal(member->ended);
	jobs_unlock(member->jobs);
	return NULL;
}

/* Those who are done leave their places. */
static void
clear_places(struct crew *crew)
{
	struct member *member = crew->members;
	int i;

	for (i = 0; i < crew->first->options->jobs; i++, member++) {
		if (!member->is_done)
			continue;
		/* Done is said with the lock held, which is all that it
		 * still has to give up: this does not wait long. */
		pthread_join(member->thread, NULL);
		if (member->works == &member->fetch)
			fetch_close(&member->fetch);
		if (crew->tried == member)
			crew->tried = NULL;
		memset(member, 0, sizeof(*member));
	}
}

/* A place that is free; NULL: there are as many as there may be. */
static struct member *
find_place(const struct crew *crew)
{
	int i;

	for (i = 0; i < crew->first->options->jobs; i++)
		if (crew->members[i].works == NULL)
			return &crew->members[i];
	return NULL;
}

/* One more at work, in this place: 0, or -1 if there is no thread to be had.
 */
static int
add_member(struct crew *crew, struct member *member)
{
	struct fetch *first = crew->first;

	member->jobs = crew->jobs;
	member->ended = &crew->ended;
	if (member == crew->members) {
		member->works = first;
		first->leaves = false;
	} else {
		member->works = &member->fetch;
		fetch_open(&member->fetch, first->options, first->folder,
		    first->report, first->progress, first->link.rate);
		member->fetch.said = true;
		member->fetch.has_begun = true;
	}
	crew->jobs->workers++;
	if (pthread_create(&member->thread, NULL, work, member) == 0)
		return 0;
	crew->jobs->workers--;
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
say(const struct crew *crew, const char *what, unsigned n, uint64_t rate)
{
	char text[AMOUNT_TEXT];

	amount_print(rate, text);
	report_detail(crew->first->report, "%s: %u connections, %s/s", what, n,
	    text);
}

/* Tries one more connection, if there may be one. */
static void
grow(struct crew *crew, uint64_t rate, int64_t now)
{
	struct member *place = find_place(crew);

	if (place == NULL || now < crew->try_again || !crew->first->has_begun ||
	    !has_work(crew->jobs))
		return;
	crew->rate = rate;
	if (add_member(crew, place) != 0)
		return;
	crew->tried = place;
	crew->warming = CREW_WARM;
	say(crew, "one more", crew->jobs->workers, rate);
}

/* What the one that is tried brings decides whether it stays. */
static void
judge(struct crew *crew, uint64_t rate, int64_t now)
{
	struct member *tried = crew->tried;

	crew->tried = NULL;
	if (rate > crew->rate + crew->rate / 100 * CREW_GAIN ||
	    crew->jobs->workers < 2)
		return;
	tried->works->leaves = true;
	crew->try_again = now + CREW_REST;
	say(crew, "one fewer, which brought nothing", crew->jobs->workers - 1,
	    rate);
}

static void
look(struct crew *crew)
{
	uint64_t bytes = progress_bytes(crew->first->progress);
	int64_t now = clock_now(), passed = now - crew->looked;
	bool was_trying = crew->tried != NULL;
	uint64_t rate;

	if (passed < CREW_LOOK)
		return;
	rate = amount_rate(bytes - crew->bytes, passed);
	crew->bytes = bytes;
	crew->looked = now;
	clear_places(crew);
	/* It was not let in, or its connection has broken. */
	if (was_trying && crew->tried == NULL)
		crew->try_again = now + CREW_REST;
	if (crew->tried != NULL && crew->warming > 0) {
		crew->warming--;
		return;
	}
	if (crew->tried != NULL)
		judge(crew, rate, now);
	grow(crew, rate, now);
}

static void
run(struct crew *crew)
{
	struct jobs *jobs = crew->jobs;

	jobs_lock(jobs);
	fetch_begin(crew->first, jobs);
	crew->looked = clock_now();
	if (add_member(crew, crew->members) != 0) {
		jobs->workers = 1;
		fetch_work(crew->first, jobs);
		jobs->workers = 0;
	}
	while (jobs->workers > 0) {
		(void)clock_cond_wait(&crew->ended, &jobs->lock,
		    crew->looked + CREW_LOOK);
		look(crew);
	}
	jobs_unlock(jobs);
	clear_places(crew);
}

/* With --fsync: what is passed over may be here since a run without it, or
 * since one that was killed. */
static void
sync_skipped(const struct fetch *fetch)
{
	struct failure failure;

	if (!fetch->options->fsync || fetch->report->skipped == 0 ||
	    folder_sync_all(fetch->folder) == 0)
		return;
	failure_set(&failure, EXITS_LOCAL,
	    "cannot sync what is here already: %s", strerror(errno));
	report_failure(fetch->report, NULL, &failure, NULL);
}

void
crew_run(struct fetch *fetch, struct jobs *jobs)
{
	struct crew crew = {.first = fetch, .jobs = jobs};

	if (fetch->options->jobs > 1)
		crew.members =
		    calloc((size_t)fetch->options->jobs, sizeof(*crew.members));
	if (crew.members == NULL) {
		fetch_run(fetch, jobs);
	} else {
		clock_cond_init(&crew.ended);
		run(&crew);
		pthread_cond_destroy(&crew.ended);
		free(crew.members);
		progress_clear(fetch->progress);
	}
	sync_skipped(fetch);
	report_tell_left_out(fetch->report);
	if (fetch->folder != NULL)
		stamp_tell(fetch->folder, fetch->report);
}
