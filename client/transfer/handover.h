#ifndef CLIENT_TRANSFER_HANDOVER_H
#define CLIENT_TRANSFER_HANDOVER_H

/* Decides when a connection hands its work over to those that have none: its
 * server is so slow that it would hold up the end. Looks at figures alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/wire/server.h"

/* A connection, as it is now. */
struct handover_view {
	const struct server *server;
	bool is_idle;	/* it has nothing to ask for */
	bool is_asking; /* it has requests that others could make */
	bool may_think; /* the server may be silent before this reply */
	uint64_t left;	/* bytes it still has to receive, as far as known */
	uint64_t rate;	/* bytes a second, when it last received */
	int64_t silent; /* nanoseconds since it last received something */
};

/* Returns the index of the connection that is to hand over, the one that would
 * take longest; or n if there is none. Only one to another server than that of
 * an idle connection hands over. */
size_t handover_choose(const struct handover_view *views, size_t n);

#endif
