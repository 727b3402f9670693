/*
 * The lines that all connections share are a virtual schedule (GCRA, ITU-T
 * I.371): a time up to which lines are paid for, moved on by the price of each.
 * It may run ahead of the clock by the price of a burst. One atomic word for
 * each schedule; while a schedule is exhausted it is only read.
 */

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

#include "common/clock.h"
#include "server/request_log.h"

#define REQUEST_LOG_PERIOD CLOCK_SEC /* between two lines for the same */

/* A line with a long name is dearer: a line for each so many bytes of it, as
 * far as it is shown. */
#define REQUEST_LOG_NAME      64
#define REQUEST_LOG_NAME_MOST 1024

/* Requests of all connections that had no line and are not reported yet. */
static _Atomic uint64_t untold;

/* Takes lines from the schedule; returns whether it had as many left. */
static bool
buy_lines(_Atomic int64_t *paid_until, int64_t now, int64_t lines, int rate,
    int burst)
{
	const int64_t price = CLOCK_SEC / rate;
	int64_t old = atomic_load_explicit(paid_until, memory_order_relaxed);
	int64_t next;

	do {
		next = (old > now ? old : now) + lines * price;
		if (next > now + burst * price)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(paid_until, &old, next,
	    memory_order_relaxed, memory_order_relaxed));
	return true;
}

static bool
is_success(const struct log_request *request)
{
	return strcmp(request->status, "OK") == 0;
}

static int64_t
price_of(const struct log_request *request)
{
	size_t shown = request->name_len < REQUEST_LOG_NAME_MOST ?
	    request->name_len :
	    REQUEST_LOG_NAME_MOST;

	return 1 + (int64_t)(shown / REQUEST_LOG_NAME);
}

/* A line that a connection may have whatever the others have had: else a flood
 * would hide what others do. But connections cost little too, so there are so
 * many of these a second, and no more. */
static bool
buy_own_line(int64_t lines, int64_t now)
{
	static _Atomic int64_t owed;

	return buy_lines(&owed, now, lines, REQUEST_LOG_RATE,
	    REQUEST_LOG_BURST);
}

/* Rule 3 of the header. */
static bool
buy_line(const struct log_request *request, int64_t now)
{
	static _Atomic int64_t successes, refusals;
	int64_t lines = price_of(request);

	if (is_success(request))
		return buy_lines(&successes, now, lines, REQUEST_LOG_RATE,
		    REQUEST_LOG_BURST);
	return buy_lines(&refusals, now, lines, REQUEST_LOG_REFUSAL_RATE,
	    REQUEST_LOG_REFUSAL_BURST);
}

static uint64_t
hash_request(const struct log_request *request)
{
	return XXH3_64bits(request->name, request->name_len) ^
	    (uint64_t)(uintptr_t)request->verb ^
	    (uint64_t)(uintptr_t)request->status << 16;
}

static bool
deserves_line(struct request_log *repeats, const struct log_request *request,
    uint64_t about, int64_t now)
{
	if (request->sent >= REQUEST_LOG_PAYS)
		return true;
	if (request->aborted != NULL || repeats->told_at == 0 ||
	    now - repeats->told_at >= REQUEST_LOG_PERIOD)
		return buy_own_line(price_of(request), now);
	if (about == repeats->told || repeats->waits)
		return false;
	repeats->waits = !buy_line(request, now);
	return !repeats->waits;
}

/* The entry for requests like this one; the last one takes all other kinds. */
static struct request_log_kind *
find_kind(struct request_log *repeats, const struct log_request *request)
{
	struct request_log_kind *kind;
	unsigned i;

	for (i = 0; i < repeats->n; i++) {
		kind = &repeats->kinds[i];
		if (kind->verb == request->verb &&
		    kind->status == request->status)
			return kind;
	}
	if (repeats->n == REQUEST_LOG_KINDS) {
		kind = &repeats->kinds[REQUEST_LOG_KINDS - 1];
		kind->verb = "VARIOUS";
		kind->status = "VARIOUS";
		return kind;
	}
	kind = &repeats->kinds[repeats->n++];
	*kind = (struct request_log_kind){
	    .verb = request->verb,
	    .status = request->status,
	};
	return kind;
}

static void
count_repeat(struct request_log *repeats, const struct log_request *request,
    int64_t now)
{
	struct request_log_kind *kind;

	if (repeats->n == 0)
		repeats->since = now;
	kind = find_kind(repeats, request);
	kind->last = request->request;
	kind->count++;
	kind->sent += request->sent;
	kind->announced += request->announced;
	kind->elapsed += request->elapsed;
}

void
request_log_add(struct request_log *repeats, const struct log_request *request,
    int64_t now)
{
	uint64_t about = hash_request(request);
	bool own = deserves_line(repeats, request, about, now);

	if (repeats->n > 0 &&
	    (own || now - repeats->since >= REQUEST_LOG_PERIOD))
		request_log_flush(repeats, request->peer, request->connection,
		    now);
	if (!own) {
		count_repeat(repeats, request, now);
		return;
	}
	log_request(request);
	repeats->told_at = now;
	repeats->told = about;
}

void
request_log_flush_due(struct request_log *repeats, const char *peer,
    uint64_t connection)
{
	int64_t now;

	if (repeats->n == 0)
		return;
	now = clock_now();
	if (repeats->flushed != 0 &&
	    now - repeats->flushed < REQUEST_LOG_PERIOD)
		return;
	repeats->flushed = now;
	request_log_flush(repeats, peer, connection, now);
}

void
request_log_flush(struct request_log *repeats, const char *peer,
    uint64_t connection, int64_t now)
{
	const struct request_log_kind *kind;
	unsigned i;

	for (i = 0; i < repeats->n; i++) {
		kind = &repeats->kinds[i];
		if (kind->sent < REQUEST_LOG_PAYS && !buy_own_line(1, now)) {
			atomic_fetch_add(&untold, kind->count);
			continue;
		}
		log_request(&(struct log_request){
		    .peer = peer,
		    .connection = connection,
		    .request = kind->last,
		    .verb = kind->verb,
		    .status = kind->status,
		    .sent = kind->sent,
		    .announced = kind->announced,
		    .elapsed = kind->elapsed,
		    .repeated = kind->count,
		});
	}
	repeats->n = 0;
	repeats->waits = false;
}

bool
request_log_may_log_end(void)
{
	if (buy_own_line(1, clock_now()))
		return true;
	atomic_fetch_add(&untold, 1);
	return false;
}

void
request_log_report_dropped(void)
{
	uint64_t n = atomic_load_explicit(&untold, memory_order_relaxed);

	if (n == 0)
		return;
	n = atomic_exchange(&untold, 0);
	log_event(LOG_LEVEL_REQUESTS, NULL, 0,
	    "%" PRIu64 " more requests, of many connections, have no line "
	    "here: there were too many at once",
	    n);
}
