#ifndef ATTACK_STORM_H
#define ATTACK_STORM_H

/*
 * Connections that come and go by the thousand: each costs the server
 * something, and none may leave anything behind, or keep an honest client from
 * its file.
 */

#include "tests/attack/crowd.h"

struct storm {
	const char *name;
	const char *control; /* or NULL */
	const char *const *options;
	struct crowd_plan plan;
	uint64_t total; /* connections */
	bool refused;	/* no reply may be OK */
	bool crowded;	/* they are more than there are places */
};

/* All of it, against a server with an "f" of 16 MiB; the test fails if that
 * does not hold, or if a control does. Takes up to two minutes. */
void storm_run(const struct storm *storm);

#endif
