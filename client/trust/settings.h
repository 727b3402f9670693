#ifndef CLIENT_TRUST_SETTINGS_H
#define CLIENT_TRUST_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/key_name.h"

enum {
	TRUST_KEYS = 64, /* of --key, at most: one for each server */
};

/* The options that say how servers are known. If none is given, the files of
 * known hosts decide. */
struct trust_settings {
	bool tls;	       /* --tls: all servers are encrypted */
	bool plain;	       /* --plain: no server is */
	const char *authority; /* --ca: a file or "system"; or NULL */
	struct key_name keys[TRUST_KEYS]; /* --key, or that of a link */
	size_t n_keys;
	bool is_once; /* the keys are not remembered: a link's */
};

#endif
