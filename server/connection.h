#ifndef SERVER_CONNECTION_H
#define SERVER_CONNECTION_H

/*
 * One client's connection, as workers.c and the session share it. The session's
 * thread owns it. Another thread, under the lock of struct workers, may set
 * leaving, cancel the slot, and shut the descriptor down; it reads the other
 * atomics. Only workers.c closes the descriptor, in the session's thread.
 *
 * A connection may be evicted, to make room for a newcomer, while it
 *   1. waits for a request, its PROXY header or its handshake (idle_since),
 *   2. waits for the rest of a request that is late (late_since),
 *   3. has ended and waits for the peer to receive all replies (ends_since),
 *   4. waits for a work slot (slot.since).
 * Each of these times is 0 while its reason does not hold.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/fair_rate.h"
#include "common/net.h"
#include "server/hangs.h"
#include "server/work_slots.h"

struct tls;

enum connection_leaving {
	CONNECTION_STAYS = 0,
	CONNECTION_MAKES_ROOM, /* evicted for a newcomer */
	CONNECTION_AT_STOP,    /* the server stops */
};

struct connection {
	int fd;
	struct tls *tls; /* freed with fd; NULL: not encrypted */
	/* A refusal without TLS is understood: the client speaks none. */
	bool is_plain;
	uint64_t number; /* from 1 */
	/* The client's: of the socket, or as its proxy announces it. */
	struct net_address address;
	struct net_address proxy; /* that announced address; family 0: none */
	/*
	 * NULL unless the first bytes are a PROXY header. Counts the connection
	 * by its client's address from now on; it is then no longer evicted
	 * before all others. The session's thread calls it once. Returns 0, or
	 * an errno: EUSERS if this address has too many connections, ECANCELED
	 * if this connection was evicted.
	 */
	int (*announce)(struct connection *connection,
	    const struct net_address *address);
	/* Reasons 1 to 3; eviction.c may read an old value. The order of
	 * idle_since matters at a stop, see connection_begin_idle. */
	_Atomic int64_t idle_since;
	_Atomic int64_t late_since;
	_Atomic int64_t ends_since;
	struct work_slot slot;
	struct fair_share share; /* of --limit-total and --limit-address */
	struct hangs_call call;	 /* on a file, for the log */
	atomic_int leaving;	 /* enum connection_leaving */
};

/* Time added to idle_since before the first request, and to late_since: a
 * newcomer and a request under way are not evicted at once. */
#define CONNECTION_GRACE CLOCK_SEC

/* Returns why the connection ends before its next wait, or CONNECTION_STAYS. */
static inline enum connection_leaving
connection_leaving(const struct connection *connection)
{
	return (enum connection_leaving)atomic_load(&connection->leaving);
}

/* Marks the connection as waiting for a request; returns false if it must end.
 * workers_drain stores leaving, then loads idle_since; this function stores
 * idle_since, then loads leaving. Sequential consistency lets at least one of
 * the two see the other's store. */
static inline bool
connection_begin_idle(struct connection *connection, bool first)
{
	atomic_store(&connection->idle_since,
	    clock_now() + (first ? CONNECTION_GRACE : 0));
	return connection_leaving(connection) == CONNECTION_STAYS;
}

#endif
