#ifndef SERVER_CONNECTION_H
#define SERVER_CONNECTION_H

/*
 * One client's connection, as workers.c and session.c see it. The session's
 * thread owns it; workers.c also sets the atomics and the turn when it hands
 * it over, and leaving later, may cancel the slot, and may shut the descriptor
 * down under the lock of workers.c, which alone closes it.
 *
 * A connection may be evicted, to make room for a newcomer, while it
 *   1. waits for a request (idle_since),
 *   2. waits for the rest of one that is late (late_since),
 *   3. has ended, and waits for the peer to have received all (ends_since),
 *   4. has asked for work that waits for its turn (turn.since).
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/net.h"
#include "server/work_slots.h"

enum connection_leaving {
	CONNECTION_STAYS = 0,
	CONNECTION_MAKES_ROOM, /* for a newcomer */
	CONNECTION_AT_STOP,
};

struct connection {
	int fd;
	uint64_t number; /* from 1 */
	struct net_address address;
	/* From when on it counts as idle (clock_now); 0 while it is at work. */
	_Atomic int64_t idle_since;
	/* From when on the rest of a request that has begun is late; 0 while
	 * it waits for none. */
	_Atomic int64_t late_since;
	/* From when on it only waits for the peer to have received all that
	 * was sent, at its end; 0 before. */
	_Atomic int64_t ends_since;
	struct work_slot slot;
	/* Why it is to end before it waits again, an enum connection_leaving.
	 */
	atomic_int leaving;
};

/* One that has yet to make its first request is not idle for so long, nor is
 * the rest of a request late. */
#define CONNECTION_GRACE CLOCK_SEC

/*
 * Says that it waits for a request. False: it is to end instead. workers.c sets
 * leaving and then reads idle_since, and this does it the other way round, so
 * that one of the two always sees the other (both are sequentially
 * consistent).
 */
static inline bool
connection_begin_idle(struct connection *connection, bool first)
{
	atomic_store(&connection->idle_since,
	    clock_now() + (first ? CONNECTION_GRACE : 0));
	return atomic_load(&connection->leaving) == CONNECTION_STAYS;
}

static inline void
connection_end_idle(struct connection *connection)
{
	atomic_store(&connection->idle_since, 0);
}

/* Says that it waits for the rest of a request that has begun then. */
static inline void
connection_begin_rest(struct connection *connection, int64_t began)
{
	atomic_store(&connection->late_since, began + CONNECTION_GRACE);
}

static inline void
connection_end_rest(struct connection *connection)
{
	atomic_store(&connection->late_since, 0);
}

#endif
