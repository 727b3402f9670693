#ifndef SERVER_HANGS_H
#define SERVER_HANGS_H

/*
 * Connections whose thread waits for storage that does not answer, such as a
 * network file system whose server is down. The kernel cannot end such a
 * thread, so all that can be done is to log how many there are.
 */

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

/* Time after which a call on a file counts as one that hangs. */
#define HANGS_AFTER (30 * CLOCK_SEC)
/* Time between two log lines while the number changes. */
#define HANGS_QUIET (60 * CLOCK_SEC)

/* The call of one connection. Its thread sets it; others read it, and an old
 * value is good enough. */
struct hangs_call {
	_Atomic int64_t since;	 /* its start; 0: no call is under way */
	_Atomic uint64_t device; /* st_dev of the storage */
};

/* All calls that hang, as one thread counts them. */
struct hangs {
	unsigned n;	 /* counted by hangs_add since hangs_report */
	dev_t device;	 /* of the last one */
	unsigned logged; /* n of the last log line */
	int64_t logged_at;
	int64_t counted_at;
};

/* Brackets calls on a file of this device; now is clock_now(). A second
 * hangs_begin starts anew. */
void hangs_begin(struct hangs_call *call, dev_t device, int64_t now);
void hangs_end(struct hangs_call *call);

/* Begins again, on the device of the last call. */
void hangs_resume(struct hangs_call *call);

/* Returns true once a second: then all calls are to be counted. */
bool hangs_are_due(struct hangs *hangs, int64_t now);

/* Counts a call if it hangs. */
void hangs_add(struct hangs *hangs, const struct hangs_call *call, int64_t now);

/* Logs the number of calls if the first hangs, if none hangs any more, and, at
 * most every HANGS_QUIET, if it has changed; then starts a new count. */
void hangs_report(struct hangs *hangs, int64_t now);

#endif
