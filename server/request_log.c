/*
 * An allowance of lines is a virtual schedule (GCRA, ITU-T I.371): a time up to
 * which lines are paid for. Each line moves it on by the price of a line; it
 * may run ahead of the clock by the price of a burst. An allowance is one
 * atomic word that guards no other data, so a relaxed order is enough; while it
 * is exhausted, threads only read it.
 */

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

#include "common/clock.h"
#include "server/request_log.h"

#define REQUEST_LOG_PERIOD CLOCK_SEC /* between two lines for one thing */

/* A long name costs a further line for each 64 of its first 1,024 bytes. */
#define REQUEST_LOG_NAME      64
#define REQUEST_LOG_NAME_MOST 1024

/* Requests of all connections that have had no line, not reported yet. */
static _Atomic uint64_t dropped;

/* Takes lines from an allowance; returns false if it has not as many. */
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

static int64_t
price_of(const struct log_request *request)
{
	size_t shown = request->name_len < REQUEST_LOG_NAME_MOST ?
	    request->name_len :
	    REQUEST_LOG_NAME_MOST;

	return 1 + (int64_t)(shown / REQUEST_LOG_NAME);
}

/* Takes lines for rule 2 and for counted requests. This allowance is apart from
 * that of rule 3, which a flood by one connection can exhaust; it is bounded
 * because connections are cheap too. */
static bool
buy_own_line(int64_t lines, int64_t now)
{
	static _Atomic int64_t owed;

	return buy_lines(&owed, now, lines, REQUEST_LOG_RATE,
	    REQUEST_LOG_BURST);
}

/* Takes lines for rule 3. */
static bool
buy_line(const struct log_request *request, int64_t now)
{
	static _Atomic int64_t successes, refusals;
	int64_t lines = price_of(request);

	if (strcmp(request->status, "OK") == 0)
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
deserves_line(struct request_log *log, const struct log_request *request,
    uint64_t about, int64_t now)
{
	if (request->sent >= REQUEST_LOG_PAYS)
		return true;
	if (request->aborted != NULL || log->line_at == 0 ||
	    now - log->line_at >= REQUEST_LOG_PERIOD)
		return buy_own_line(price_of(request), now);
	if (about == log->line_hash || log->exhausted)
		return false;
	log->exhausted = !buy_line(request, now);
	return !log->exhausted;
}

/* Returns the entry for this kind; the last takes all further kinds. */
static struct request_log_kind *
kind_of_request(struct request_log *log, const struct log_request *request)
{
	struct request_log_kind *kind;
	unsigned i;

	for (i = 0; i < log->n; i++) {
		kind = &log->kinds[i];
		if (kind->verb == request->verb &&
		    kind->status == request->status)
			return kind;
	}
	if (log->n == REQUEST_LOG_KINDS) {
		kind = &log->kinds[REQUEST_LOG_KINDS - 1];
		kind->verb = "VARIOUS";
		kind->status = "VARIOUS";
		return kind;
	}
	kind = &log->kinds[log->n++];
	*kind = (struct request_log_kind){
	    .verb = request->verb,
	    .status = request->status,
	};
	return kind;
}

static void
count_repeat(struct request_log *log, const struct log_request *request,
    int64_t now)
{
	struct request_log_kind *kind;

	if (log->n == 0)
		log->since = now;
	kind = kind_of_request(log, request);
	kind->last = request->request;
	kind->count++;
	kind->sent += request->sent;
	kind->announced += request->announced;
	kind->elapsed += request->elapsed;
}

void
request_log_add(struct request_log *log, const struct log_request *request,
    int64_t now)
{
	uint64_t about = hash_request(request);
	bool own = deserves_line(log, request, about, now);

	if (log->n > 0 && (own || now - log->since >= REQUEST_LOG_PERIOD))
		request_log_flush(log, now);
	if (!own) {
		count_repeat(log, request, now);
		return;
	}
	log_request(request);
	log->line_at = now;
	log->line_hash = about;
}

void
request_log_flush_due(struct request_log *log)
{
	int64_t now;

	if (log->n == 0)
		return;
	now = clock_now();
	if (log->flushed != 0 && now - log->flushed < REQUEST_LOG_PERIOD)
		return;
	log->flushed = now;
	request_log_flush(log, now);
}

void
request_log_flush(struct request_log *log, int64_t now)
{
	const struct request_log_kind *kind;
	unsigned i;

	for (i = 0; i < log->n; i++) {
		kind = &log->kinds[i];
		if (kind->sent < REQUEST_LOG_PAYS && !buy_own_line(1, now)) {
			atomic_fetch_add(&dropped, kind->count);
			continue;
		}
		log_request(&(struct log_request){
		    .peer = log->peer,
		    .connection = log->connection,
		    .request = kind->last,
		    .verb = kind->verb,
		    .status = kind->status,
		    .sent = kind->sent,
		    .announced = kind->announced,
		    .elapsed = kind->elapsed,
		    .repeated = kind->count,
		});
	}
	log->n = 0;
	log->exhausted = false;
}

bool
request_log_may_log_end(void)
{
	if (buy_own_line(1, clock_now()))
		return true;
	atomic_fetch_add(&dropped, 1);
	return false;
}

void
request_log_report_dropped(void)
{
	uint64_t n = atomic_load_explicit(&dropped, memory_order_relaxed);

	if (n == 0)
		return;
	n = atomic_exchange(&dropped, 0);
	log_event(LOG_LEVEL_REQUESTS, NULL, 0,
	    "%" PRIu64 " more requests, of many connections, have no line "
	    "here: there were too many at once",
	    n);
}
