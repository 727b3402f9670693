#ifndef CLIENT_BROWSE_REMOTE_GLOB_H
#define CLIENT_BROWSE_REMOTE_GLOB_H

/*
 * Expands remote names with *, ? and [ as a shell does, component by component,
 * by listing folders of the server. A name that begins with a dot matches only
 * a pattern that does (FNM_PERIOD of fnmatch(3)). One thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/browse/name_list.h"
#include "client/ui/report.h"
#include "client/wire/connection.h"

struct remote_glob {
	struct connection *connection;
	struct report *report;
	bool folders;	    /* folders match too, not files alone */
	const char *advice; /* what to do if nothing matches, or NULL */
};

/*
 * Adds the names that a pattern matches, sorted. Adds the name itself if it is
 * no pattern or not valid, or if the server has a file or folder of that name.
 * The first fixed bytes name a folder and are no pattern. Returns 0, or -1
 * after reporting that nothing matches or why, with nothing added.
 */
int remote_glob_expand(const struct remote_glob *pattern, const char *name,
    size_t fixed, struct name_list *list);

#endif
