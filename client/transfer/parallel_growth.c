/* Decides how many connections there are, and to which servers. Each server
 * gets one before any gets a second; each further one is judged by the rate,
 * one at a time. */

#include "client/transfer/parallel_private.h"
#include "client/transfer/pipeline_server.h"
#include "common/amount.h"

enum {
	PARALLEL_WARM = 1,  /* looks that a new connection needs to get going */
	PARALLEL_GAIN = 10, /* percent more that it must bring */
	PARALLEL_GROWTH = 10, /* percent more than at the last look */
};

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

static void
report_members(const struct parallel *parallel, const char *what, unsigned n,
    uint64_t rate)
{
	char text[AMOUNT_TEXT];

	amount_print(rate, text);
	report_detail(parallel->first->report, "%s: %u connection%s, %s/s",
	    what, n, n == 1 ? "" : "s", text);
}

/* Returns whether --retry tries at each server have ended in a row without
 * bringing anything. The last connection then decides when to give up: it must
 * not be relieved for ever by others that fail as well. */
static bool
is_fruitless(const struct parallel *parallel)
{
	unsigned tries =
	    (unsigned)parallel->first->settings->connection.retry + 1;

	return parallel->fruitless / parallel->sources->list->n >= tries;
}

/* Returns whether there is something to do for one more connection. */
static bool
may_grow(const struct parallel *parallel)
{
	return parallel->first->has_begun &&
	    job_queue_has_work(parallel->queue) && !is_fruitless(parallel);
}

/* The rates of these connections are not judged: a slow server brings
 * something, and hands its work over in the end. */
void
parallel_start_servers(struct parallel *parallel, int64_t now)
{
	struct member *place;
	struct server *server;

	while (sources_are_several(parallel->sources) && may_grow(parallel) &&
	    (place = find_place(parallel)) != NULL &&
	    (server = sources_choose_new(parallel->sources, now)) != NULL) {
		if (parallel_add_member(parallel, place, server) != 0)
			return;
		report_detail(parallel->first->report, "also from %s",
		    server->name);
	}
}

/* Tries one more connection, if there may be one. */
static void
try_one_more(struct parallel *parallel, uint64_t rate, int64_t now)
{
	struct member *place = find_place(parallel);
	struct server *server;

	if (place == NULL || now < parallel->try_again || !may_grow(parallel))
		return;
	server = sources_choose(parallel->sources, now);
	if (server == NULL) {
		sources_clear_enough(parallel->sources);
		server = sources_choose(parallel->sources, now);
	}
	parallel->rate = rate;
	if (server == NULL || parallel_add_member(parallel, place, server) != 0)
		return;
	parallel->tried = place;
	parallel->warming = PARALLEL_WARM;
	report_members(parallel, "one more", job_queue_workers(parallel->queue),
	    rate);
}

/* Returns whether a rate is more than some percent above another. */
static bool
is_above(uint64_t rate, uint64_t other, unsigned percent)
{
	return rate > other + other / 100 * percent;
}

/* Ends the connection that is tried, unless it has raised the rate. */
static void
judge_tried(struct parallel *parallel, uint64_t rate, int64_t now)
{
	struct member *tried = parallel->tried;

	parallel->tried = NULL;
	if (is_above(rate, parallel->rate, PARALLEL_GAIN) ||
	    job_queue_workers(parallel->queue) < 2)
		return;
	tried->works->leaves = true;
	tried->is_sent_away = true;
	/* On a full link it would share the rate until its pieces are here, and
	 * hold up the end. */
	if (window_may_move(&tried->works->window))
		pipeline_server_cut(tried->works);
	if (tried->server != NULL)
		sources_set_enough(parallel->sources, tried->server);
	if (sources_choose(parallel->sources, now) == NULL)
		parallel->try_again = now + PARALLEL_REST;
	report_members(parallel, "one fewer, which brought nothing",
	    job_queue_workers(parallel->queue) - 1, rate);
}

void
parallel_grow(struct parallel *parallel, uint64_t rate, int64_t now)
{
	uint64_t last = parallel->last_rate;

	parallel->last_rate = rate;
	if (parallel->tried != NULL && parallel->warming > 0) {
		parallel->warming--;
		return;
	}
	/* Over a long way a connection needs some looks to reach its rate. */
	if (is_above(rate, last, PARALLEL_GROWTH))
		return;
	if (parallel->tried != NULL)
		judge_tried(parallel, rate, now);
	/* The next one must bring more than the higher of two looks: bytes that
	 * waited behind a lost one arrive at once. */
	try_one_more(parallel, rate > last ? rate : last, now);
}
