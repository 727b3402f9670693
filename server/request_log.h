#ifndef SERVER_REQUEST_LOG_H
#define SERVER_REQUEST_LOG_H

/*
 * Keeps the log smaller than the traffic that it tells of. A request of a few
 * bytes makes a line of a hundred, so a client could fill a disk with them.
 * Requests that get no line of their own are counted by kind (verb and status)
 * and told by one line a kind, at most once a second.
 *
 * A request gets a line of its own if one of these holds:
 *   1. its reply had at least REQUEST_LOG_PAYS bytes;
 *   2. its reply was broken off, or its connection has had no line for a
 *      second;
 *   3. it is not the last line's over again (verb, status and name).
 * For 2 and 3 all connections together must have lines left: so many a second,
 * and a reserve for a burst. Those for 2, and for what was counted, are apart
 * from those for 3, so that one connection cannot hide what others do; refusals
 * have less than successes. What cannot be told even as counted, since it is of
 * too many connections, is told as one number for all of them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"

enum {
	REQUEST_LOG_KINDS = 4,	 /* told apart; the rest is told as one */
	REQUEST_LOG_PAYS = 4096, /* bytes of a reply that outweigh a line */
	/* Lines a second, and those that may come at once after a quiet time.
	 */
	REQUEST_LOG_RATE = 1000,
	REQUEST_LOG_BURST = 16384,
	REQUEST_LOG_REFUSAL_RATE = 100,
	REQUEST_LOG_REFUSAL_BURST = 1024,
};

/* Requests of one kind without a line of their own. */
struct request_log_kind {
	const char *verb;
	const char *status;
	uint64_t last; /* request number */
	uint64_t count;
	uint64_t sent; /* bytes, of all of them */
	uint64_t announced;
	int64_t elapsed; /* nanoseconds, of all of them */
};

/* Of one connection, whose thread alone uses it. All zeros to begin with. */
struct request_log {
	int64_t told_at; /* time of the last line; 0: none yet */
	uint64_t told;	 /* hash of what that line was about */
	int64_t since;	 /* time of the first request in kinds */
	int64_t flushed; /* time of the last flush by request_log_flush_due; 0:
			    none */
	bool waits;	 /* no more lines were left: not asked until a flush */
	unsigned n;
	struct request_log_kind kinds[REQUEST_LOG_KINDS];
};

/*
 * Logs a request at the time now (clock_now()), or counts it. Verb and status
 * are strings that stay. Keeps errno.
 */
void request_log_add(struct request_log *repeats,
    const struct log_request *request, int64_t now);

/* Logs what was counted, before the connection waits for more, unless that was
 * done less than a second ago. Parameters as below. */
void request_log_flush_due(struct request_log *repeats, const char *peer,
    uint64_t connection);

/* Logs, at the time now, what was counted and not told yet. peer as in log.h.
 * Keeps errno. */
void request_log_flush(struct request_log *repeats, const char *peer,
    uint64_t connection, int64_t now);

/* Returns whether the end of a connection may have a line; where not, it is
 * counted. Any thread. Keeps errno. */
bool request_log_may_log_end(void);

/* Logs, in one line, how many had none since the last call, if any. To be
 * called about once a second, and at the end. Any thread. Keeps errno. */
void request_log_report_dropped(void);

#endif
