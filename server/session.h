#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include <stdint.h>

#include "common/fair_rate.h"
#include "server/connection.h"
#include "server/encryption.h"
#include "server/proxies.h"
#include "server/verbs.h"

struct share;

/* Shared by all sessions, which it outlives. */
struct session_shared {
	struct verbs verbs;
	int64_t request_timeout; /* nanoseconds for a request to arrive */
	int64_t timeout;	 /* nanoseconds without a request */
	struct proxies proxies;
	struct encryption encryption; /* --tls */
	struct share *share;	      /* --share, or NULL */
	struct fair_rate fair;	      /* --limit-total, --limit-address */
};

/*
 * Serves one client until the client ends the connection or breaks the
 * protocol, a time limit passes, or connection->leaving is set. The caller
 * closes the descriptor afterwards, which sends a reset if a reply was cut
 * short. Runs in the worker's thread.
 */
void session_run(struct session_shared *shared, struct connection *connection);

#endif
