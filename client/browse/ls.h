#ifndef CLIENT_BROWSE_LS_H
#define CLIENT_BROWSE_LS_H

/*
 * What -l and the prompt's ls show: files and folders of the server, on
 * standard output. What fails is with the report, and does not stop what
 * comes after it. One thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/wire/connection.h"
#include "client/ui/report.h"

struct ls {
	struct connection *connection;
	struct report *report;
	bool recursive; /* the whole tree below a folder */
	bool json;
};

/*
 * Lists these, "." being the top; one that is no name is a failure. A folder's
 * entries bear names relative to it; where there are several names, each folder
 * has a title.
 */
void ls_names(const struct ls *ls, const char *const *names, size_t n);

#endif
