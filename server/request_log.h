#ifndef SERVER_REPEATS_H
#define SERVER_REPEATS_H

/*
 * Keeps the log smaller than the traffic that it tells of. A request of a few
 * bytes makes a line of a hundred, so a client could fill a disk with them.
 * Requests that get no line of their own are counted by kind (verb and status)
 * and told by one line a kind, at most once a second.
 *
 * A request gets a line of its own if one of these holds:
 *   1. its reply had at least REPEATS_PAYS bytes;
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
	REPEATS_KINDS = 4,   /* told apart; the rest is told as one */
	REPEATS_PAYS = 4096, /* bytes of a reply that outweigh a line */
	/* Lines a second, and those that may come at once after a quiet time.
	 */
	REPEATS_RATE = 1000,
	REPEATS_BURST = 16384,
	REPEATS_REFUSAL_RATE = 100,
	REPEATS_REFUSAL_BURST = 1024,
};

/* Requests of one kind without a line of their own. */
struct repeats_kind {
	const char *verb;
	const char *status;
	uint64_t last; /* request number */
	uint64_t count;
	uint64_t sent; /* bytes, of all of them */
	uint64_t announced;
	int64_t elapsed; /* nanoseconds, of all of them */
};

/* Of one connection, whose thread alone uses it. All zeros to begin with. */
struct repeats {
	int64_t told_at; /* time of the last line; 0: none yet */
	uint64_t told;	 /* hash of what that line was about */
	int64_t since;	 /* time of the first request in kinds */
	int64_t flushed; /* time of the last flush by repeats_rest; 0: none */
	bool waits;	 /* no more lines were left: not asked until a flush */
	unsigned n;
	struct repeats_kind kinds[REPEATS_KINDS];
};

/*
 * Logs a request at the time now (clock_now()), or counts it. Verb and status
 * are strings that stay. Keeps errno.
 */
void repeats_log(struct repeats *repeats, const struct log_request *request,
    int64_t now);

/* Logs what was counted, before the connection waits for more, unless that was
 * done less than a second ago. Parameters as below. */
void repeats_rest(struct repeats *repeats, const char *peer,
    uint64_t connection);

/* Logs, at the time now, what was counted and not told yet. peer as in log.h.
 * Keeps errno. */
void repeats_flush(struct repeats *repeats, const char *peer,
    uint64_t connection, int64_t now);

/* Returns whether the end of a connection may have a line; where not, it is
 * counted. Any thread. Keeps errno. */
bool repeats_may_tell(void);

/* Logs, in one line, how many had none since the last call, if any. To be
 * called about once a second, and at the end. Any thread. Keeps errno. */
void repeats_tell_untold(void);

#endif
