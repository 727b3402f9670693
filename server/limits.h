#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "server/server_options.h"

/* Numbers of connections that the server promises. */
struct limits {
	unsigned max_connections;
	unsigned leaving; /* evicted connections that may not have ended */
	unsigned max_per_address;
	unsigned descriptors; /* that this process may open */
	unsigned kept;	      /* of the descriptors: kept files (kept.h) */
};

/* Raises the soft limit on descriptors to the hard one, derives the limits from
 * the options and the system, and logs them. Called before the sandbox and the
 * first thread, as the user who will serve. */
void limits_set(struct limits *limits, const struct server_options *options);

#endif
