#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "server/server_options.h"

/* How many connections there may be. */
struct limits {
	unsigned max_connections;
	unsigned leaving; /* connections more, on their way out */
	unsigned max_per_address;
	unsigned descriptors; /* what the system allows, for the log */
	unsigned kept;	      /* of these, for files that are kept (kept.h) */
};

/*
 * Raises the soft limits on descriptors and on the user's threads to the hard
 * ones, and derives from what the system gives, and from the options, what can
 * be promised. Before the sandbox and the first thread, as the user who will
 * serve.
 */
void limits_set(struct limits *limits, const struct server_options *options);

#endif
