#ifndef CLIENT_FOLLOW_SETTINGS_H
#define CLIENT_FOLLOW_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/wire/settings.h"

/* How a growing file is followed. Strings are borrowed. */
struct follow_settings {
	struct connection_settings connection;
	const char *output; /* -o; NULL or "-": standard output */
	bool verify;	    /* digests are checked */
	uint64_t max_size;  /* bytes */
	int64_t wait;	    /* for the file to exist, ns */
	int lines;	    /* last lines to begin with; -1: all */
};

#endif
