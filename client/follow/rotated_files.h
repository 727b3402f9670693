#ifndef CLIENT_FOLLOW_ROTATED_FILES_H
#define CLIENT_FOLLOW_ROTATED_FILES_H

/*
 * The files beside one that is followed: where a rotation has put the old one,
 * or a copy of it. Asks the server (LIST of the folder, then STAT or FETCH of
 * those that may be it) over the same connection, and waits. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/follow/printed.h"
#include "client/wire/connection.h"

enum {
	NEIGHBOURS_MOST = 16, /* files found; of these the newest */
};

enum neighbours_wanted {
	NEIGHBOURS_OLD,	    /* the file itself, or else a copy of it */
	NEIGHBOURS_COPY,    /* a copy made before it was truncated */
	NEIGHBOURS_BETWEEN, /* rotated files that are newer than it */
};

struct neighbours_query {
	enum neighbours_wanted wanted;
	const char *name;    /* that is followed */
	const uint64_t *ids; /* ids[0]: the old file's; all of them are */
	size_t n_ids;	     /* known, and none is between */
	int64_t mtime_ns;    /* the old one's when it was seen last */
	uint64_t passed; /* the id of one that is between; 0: none is known */
	const struct followed *followed; /* of it, what a copy has too */
};

struct neighbour {
	char *name; /* the whole name, to be freed */
	uint64_t id;
};

/* Oldest first. */
struct neighbours {
	struct neighbour found[NEIGHBOURS_MOST];
	size_t n;
	bool has_old; /* NEIGHBOURS_BETWEEN: the old file has a name still */
};

/*
 * Looks for what is wanted: NEIGHBOURS_OLD and NEIGHBOURS_COPY find one at
 * most. 0, also if nothing is found or the server does not list; -1 with the
 * failure set if nobody answers, and then nothing is found.
 */
int neighbours_find(const struct neighbours_query *query,
    struct connection *connection, struct neighbours *found,
    struct failure *failure);

/* Returns whether the file of this id was found. */
bool neighbours_have(const struct neighbours *found, uint64_t id);

/* Frees the names that are left. */
void neighbours_free(struct neighbours *found);

#endif
