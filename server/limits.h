#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "server/options.h"

/* How many connections there may be. */
struct limits {
	unsigned max_connections;
	unsigned max_per_address;
	unsigned descriptors; /* what the system allows, for the log */
	unsigned kept;	      /* of these, for files that are kept (kept.h) */
};

/*
 * Raises the soft limit on descriptors to the hard one and derives from it
 * and the options what can be promised. Before the first thread.
 */
void limits_set(struct limits *limits, const struct options *options);

#endif
