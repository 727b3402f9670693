/* An idle connection takes over if it would need less than half the time, that
 * of a new request included. transfer/parallel.c cuts the connection that is
 * chosen; the bytes that it has received are kept. */

#include "client/transfer/handover.h"
#include "common/amount.h"
#include "common/clock.h"

/* Silence after which a connection is taken for stalled: within a reply, and
 * before one for which the server may have to read much. */
#define HANDOVER_SILENCE CLOCK_SEC
#define HANDOVER_THOUGHT (5 * CLOCK_SEC)

/* Time that a new request takes, at most. */
#define HANDOVER_COST (100 * CLOCK_MS)

/* Returns the nanoseconds that bytes take at a rate. */
static int64_t
time_for(uint64_t bytes, uint64_t rate)
{
	double time = (double)bytes / (double)rate * (double)CLOCK_SEC;

	return time < (double)(INT64_MAX / 8) ? (int64_t)time : INT64_MAX / 8;
}

/* Returns the time that a connection still needs; INT64_MAX if it is stalled,
 * 0 if nothing is known. */
static int64_t
time_left(const struct handover_view *view)
{
	int64_t silence = view->may_think ? HANDOVER_THOUGHT : HANDOVER_SILENCE;

	if (view->silent >= silence)
		return INT64_MAX;
	return view->rate == 0 ? 0 : time_for(view->left, view->rate);
}

/* Returns whether an idle connection would be done much earlier. */
static bool
is_better(const struct handover_view *idle, const struct handover_view *view)
{
	int64_t time = time_left(view);

	if (!idle->is_idle || idle->server == view->server)
		return false;
	if (time == INT64_MAX)
		return true;
	return idle->rate > 0 &&
	    time / 2 > time_for(view->left, idle->rate) + HANDOVER_COST;
}

size_t
handover_choose(const struct handover_view *views, size_t n)
{
	size_t i, k, chosen = n;

	for (i = 0; i < n; i++) {
		if (!views[i].is_asking ||
		    (chosen < n &&
			time_left(&views[i]) <= time_left(&views[chosen])))
			continue;
		for (k = 0; k < n; k++)
			if (is_better(&views[k], &views[i]))
				chosen = i;
	}
	return chosen;
}
