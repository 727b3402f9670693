#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include <stdint.h>

#include "server/connection.h"
#include "server/verbs.h"

/* What all sessions share; it outlives them. */
struct session_shared {
	struct verbs verbs;
	int64_t request_timeout; /* nanoseconds */
	int64_t timeout;	 /* without a request, the same */
};

/*
 * Serves one client until it leaves, breaks the rules or is asked to leave.
 * Afterwards the descriptor is the caller's to close; where a reply is broken
 * that sends a reset.
 */
void session_run(struct session_shared *shared, struct connection *connection);

#endif
