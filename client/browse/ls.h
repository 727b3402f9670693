#ifndef CLIENT_BROWSE_LS_H
#define CLIENT_BROWSE_LS_H

/*
 * Lists files and folders of the server on standard output, for -l and the
 * prompt's ls. A failure goes to the report, and the next name follows. One
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/filter/name_filter.h"
#include "client/ui/report.h"
#include "client/wire/connection.h"

struct ls {
	struct connection *connection;
	struct report *report;
	bool recursive;			  /* the whole tree below a folder */
	const struct name_filter *filter; /* entries left out, or NULL */
	bool json;
};

/* Lists n names; "." is the served folder itself. A folder's entries are shown
 * with names relative to it, below a title if n > 1. */
void ls_names(const struct ls *ls, const char *const *names, size_t n);

#endif
