#ifndef ATTACK_STORM_H
#define ATTACK_STORM_H

/*
 * Thousands of connections that come and go. None may leave anything behind in
 * the server, or keep an honest client from its file.
 */

#include "tests/attack/crowd.h"

struct storm {
	const char *name;
	const char *control; /* or NULL */
	const char *const *options;
	struct crowd_plan plan;
	uint64_t total; /* connections */
	bool refused;	/* no reply may be OK */
	bool crowded;	/* more connections than the server has room for */
};

/* Runs the storm against a server with an "f" of 16 MiB; fails the test if the
 * server does not hold, or a control does. Takes up to two minutes. */
void storm_run(const struct storm *storm);

#endif
