#ifndef CLIENT_STORE_REMOVAL_H
#define CLIENT_STORE_REMOVAL_H

/*
 * Removes leftovers, one at a time, the contents of a folder before the folder:
 *
 *	removal_open(&removal, &leftovers);
 *	while (removal_next(&removal))
 *		...
 *	removal_close(&removal);
 *
 * One thread.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

#include "client/store/leftovers.h"

struct removal {
	/* Set by removal_next. The strings are valid until the next call. */
	char *path;	 /* here, below the base */
	char *name;	 /* as the server would know it */
	int error;	 /* errno if it could not be removed; 0 */
	bool is_changed; /* it stays: its state is not the recorded one */
	/* ---- private ---- */
	struct leftovers *all;
	size_t left;
	const struct leftovers_folder *folder; /* open as fd */
	int fd;
	struct stat before; /* state of that folder */
	bool has_new_mode;  /* the folder was made writable */
	bool has_removed;   /* a name in the folder was removed */
	int sync_error;	    /* errno of fsync(2), with --fsync; 0 */
};

/* Borrows all, which is complete and not barred, until removal_close. */
void removal_open(struct removal *removal, struct leftovers *all);

/* Removes the next leftover if its state is the recorded one; with
 * settings->is_dry only sets the members. Returns false if there are no more.
 */
bool removal_next(struct removal *removal);

/* Returns 0, or the errno of a folder that could not be synced. */
int removal_close(struct removal *removal);

#endif
