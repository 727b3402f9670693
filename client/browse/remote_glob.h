#ifndef CLIENT_BROWSE_REMOTE_GLOB_H
#define CLIENT_BROWSE_REMOTE_GLOB_H

/*
 * Remote names with *, ? and [ in them, as a shell's: expanded through what
 * the server lists, component by component. A name that begins with a dot is
 * matched by one that does (FNM_PERIOD of fnmatch(3)). One thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/wire/connection.h"
#include "client/browse/name_list.h"
#include "client/ui/report.h"

struct remote_glob {
	struct connection *connection;
	struct report *report;
	bool folders; /* these match too, not files alone */
};

/*
 * Adds what a name stands for: the name itself if it is no pattern, or not
 * valid, or if the server has something of that very name; otherwise what
 * matches, sorted. Its first fixed bytes are a folder that is taken as it is.
 * If nothing matches, or cannot be asked for, that is with the report, and
 * nothing is added: -1, otherwise 0.
 */
int remote_glob_expand(const struct remote_glob *pattern, const char *name,
    size_t fixed, struct name_list *list);

#endif
