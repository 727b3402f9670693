#ifndef CLIENT_FOLLOW_ROTATED_FILES_H
#define CLIENT_FOLLOW_ROTATED_FILES_H

/*
 * The search for rotated files in the folder of the followed one: LIST of the
 * folder, then STAT and FETCH of the likeliest files, one request at a time.
 * One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/follow/printed.h"
#include "client/ui/failure.h"
#include "client/wire/connection.h"

enum {
	ROTATED_FILES_MOST = 16, /* files found; of these the newest */
};

enum rotated_files_wanted {
	ROTATED_FILES_OLD,     /* the old file, or else a copy of it */
	ROTATED_FILES_COPY,    /* a copy that was made before a truncation */
	ROTATED_FILES_BETWEEN, /* files that had the name after the old one */
};

struct rotated_files_query {
	enum rotated_files_wanted wanted;
	const char *name;    /* the followed name, with its folder */
	const uint64_t *ids; /* of files that were read, ids[0] the latest;
				ROTATED_FILES_BETWEEN finds none of them */
	size_t n_ids;
	int64_t mtime_ns; /* of the old file; an older file is not wanted */
	uint64_t passed;  /* id of a file known to be between, or 0 */
	const struct printed *printed; /* bytes of the old file */
};

struct rotated_file {
	char *name; /* with its folder; to be freed */
	uint64_t id;
};

/* Oldest first. */
struct rotated_files {
	struct rotated_file found[ROTATED_FILES_MOST];
	size_t n;
	bool has_old; /* ROTATED_FILES_BETWEEN: the old file has a name */
};

/*
 * Searches for the files wanted; at most one for ROTATED_FILES_OLD and
 * ROTATED_FILES_COPY. Returns 0, also if nothing is found or the server refuses
 * to list; or -1 with the failure set and nothing found if no server answers,
 * breaks the protocol, or memory is short.
 */
int rotated_files_find(const struct rotated_files_query *query,
    struct connection *connection, struct rotated_files *found,
    struct failure *failure);

/* Returns whether a file that had the name in between is missing among those
 * found: STAT showed it, or newer files came and the old one was removed. */
bool rotated_files_have_gap(const struct rotated_files *found,
    const struct rotated_files_query *query);

/* Frees the names. */
void rotated_files_free(struct rotated_files *found);

#endif
