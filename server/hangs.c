/*
 * A call costs its thread two stores and at most a look at the clock. The
 * listener's thread counts once a second, while there are connections.
 */

#include <sys/sysmacros.h>

#include "common/log.h"
#include "server/hangs.h"

void
hangs_begin(struct hangs_call *call, dev_t device, int64_t now)
{
	atomic_store_explicit(&call->device, device, memory_order_relaxed);
	atomic_store_explicit(&call->since, now, memory_order_relaxed);
}

void
hangs_resume(struct hangs_call *call)
{
	atomic_store_explicit(&call->since, clock_now(), memory_order_relaxed);
}

void
hangs_end(struct hangs_call *call)
{
	atomic_store_explicit(&call->since, 0, memory_order_relaxed);
}

bool
hangs_are_due(struct hangs *hangs, int64_t now)
{
	if (now - hangs->counted_at < CLOCK_SEC)
		return false;
	hangs->counted_at = now;
	return true;
}

void
hangs_add(struct hangs *hangs, const struct hangs_call *call, int64_t now)
{
	int64_t since =
	    atomic_load_explicit(&call->since, memory_order_relaxed);

	if (since == 0 || now - since < HANGS_AFTER)
		return;
	hangs->n++;
	hangs->device =
	    (dev_t)atomic_load_explicit(&call->device, memory_order_relaxed);
}

void
hangs_report(struct hangs *hangs, int64_t now)
{
	unsigned n = hangs->n;

	hangs->n = 0;
	if (n == hangs->logged ||
	    (n > 0 && hangs->logged > 0 &&
		now - hangs->logged_at < HANGS_QUIET))
		return;
	hangs->logged = n;
	hangs->logged_at = now;
	if (n == 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "no connection waits for hanging storage any more");
	else
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "%u connection%s for storage that has not answered for "
		    "30 s (device %u:%u in /proc/self/mountinfo); others are "
		    "served",
		    n, n == 1 ? " waits" : "s wait", major(hangs->device),
		    minor(hangs->device));
}
