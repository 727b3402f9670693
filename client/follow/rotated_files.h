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
	ROTATED_FILES_MOST = 16, /* files found; of these the newest */
};

enum rotated_files_wanted {
	ROTATED_FILES_OLD,     /* the file itself, or else a copy of it */
	ROTATED_FILES_COPY,    /* a copy made before it was truncated */
	ROTATED_FILES_BETWEEN, /* rotated files that are newer than it */
};

struct rotated_files_query {
	enum rotated_files_wanted wanted;
	const char *name;    /* that is followed */
	const uint64_t *ids; /* ids[0]: the old file's; all of them are */
	size_t n_ids;	     /* known, and none is between */
	int64_t mtime_ns;    /* the old one's when it was seen last */
	uint64_t passed; /* the id of one that is between; 0: none is known */
	const struct printed *printed; /* of it, what a copy has too */
};

struct rotated_file {
	char *name; /* the whole name, to be freed */
	uint64_t id;
};

/* Oldest first. */
struct rotated_files {
	struct rotated_file found[ROTATED_FILES_MOST];
	size_t n;
	bool has_old; /* ROTATED_FILES_BETWEEN: the old file has a name still */
};

/*
 * Looks for what is wanted: ROTATED_FILES_OLD and ROTATED_FILES_COPY find one
 * at most. 0, also if nothing is found or the server does not list; -1 with the
 * failure set if nobody answers, and then nothing is found.
 */
int rotated_files_find(const struct rotated_files_query *query,
    struct connection *connection, struct rotated_files *found,
    struct failure *failure);

/* Returns whether the file of this id was found. */
bool rotated_files_have(const struct rotated_files *found, uint64_t id);

/* Frees the names that are left. */
void rotated_files_free(struct rotated_files *found);

#endif
