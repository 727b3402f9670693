#ifndef SERVER_REQUEST_LOG_H
#define SERVER_REQUEST_LOG_H

/*
 * Decides which requests get a log line of their own, so that the log stays
 * smaller than the traffic: a request of a few bytes would make a line of a
 * hundred, and a client could fill the disk. The other requests of a connection
 * are counted by kind (verb and status); each kind gets one line, at most once
 * a second.
 *
 * A request gets a line of its own if one of these holds:
 *   1. its reply had at least REQUEST_LOG_PAYS bytes;
 *   2. its reply was broken off, or its connection has had no line for a
 *      second;
 *   3. it differs from the connection's last line in verb, status or name.
 * Rules 2 and 3 also need an allowance that all connections share: lines a
 * second, and a reserve for a burst. There are three: one for rule 2 and the
 * lines for counted requests, which a flood by one connection cannot use up;
 * one for rule 3; and a smaller one for rule 3 if the request was refused. If
 * the counted requests find no allowance, one line gives their number for all
 * connections together.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"

enum {
	REQUEST_LOG_KINDS = 4,	 /* counted apart; the last takes all others */
	REQUEST_LOG_PAYS = 4096, /* bytes of a reply that outweigh a line */
	/* Lines a second, and lines at once after a quiet time. */
	REQUEST_LOG_RATE = 1000,
	REQUEST_LOG_BURST = 16384,
	REQUEST_LOG_REFUSAL_RATE = 100,
	REQUEST_LOG_REFUSAL_BURST = 1024,
};

/* Requests of one kind that have had no line. */
struct request_log_kind {
	const char *verb;
	const char *status;
	uint64_t last;	    /* number of the last one */
	uint64_t count;	    /* how many */
	uint64_t sent;	    /* sum of bytes */
	uint64_t announced; /* sum of bytes */
	int64_t elapsed;    /* sum of nanoseconds */
};

/* The log of one connection, used by its thread alone. The session sets peer
 * and connection; all other fields start as 0. */
struct request_log {
	const struct log_peer *peer;
	uint64_t connection; /* number */
	int64_t line_at;     /* time of the last line; 0: none yet */
	uint64_t line_hash;  /* of the last line's verb, status and name */
	int64_t since;	     /* time of the first request in kinds */
	int64_t flushed; /* time of the last request_log_flush_due; 0: none */
	bool exhausted;	 /* rule 3 found no allowance since the last flush */
	unsigned n;	 /* entries of kinds */
	struct request_log_kind kinds[REQUEST_LOG_KINDS];
};

/* Logs or counts a request that ended at the time now (clock_now()). Verb and
 * status must be constant strings. Keeps errno. */
void request_log_add(struct request_log *log, const struct log_request *request,
    int64_t now);

/* Logs the counted requests before the connection waits, unless that was done
 * less than a second ago. */
void request_log_flush_due(struct request_log *log);

/* Logs the counted requests at the time now. Keeps errno. */
void request_log_flush(struct request_log *log, int64_t now);

/* Returns true if the end of a connection may have a line; counts it otherwise.
 * Any thread may call this. Keeps errno. */
bool request_log_may_log_end(void);

/* Logs the number of requests without any line since the last call, if any.
 * Call it about once a second and at the end, in any thread. Keeps errno. */
void request_log_report_dropped(void);

#endif
