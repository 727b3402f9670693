#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

/*
 * The folder that a client writes into, with files of an earlier run, and
 * checks of its contents afterwards. Created once in each process and removed
 * at its end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Contents of an older file, and of a part file: for "f", with a token whose
 * bytes are all TARGET_TOKEN. */
#define TARGET_OLD   "an older file"
#define TARGET_PART  "the first part, "
#define TARGET_TOKEN 'T' /* each byte */

/* The folder before a run, and findings after it. */
struct target {
	bool old;      /* "newf" exists */
	bool part;     /* and a part file for it */
	bool tree;     /* folders may be created */
	bool verified; /* digests are checked */
	/* The server's bytes: each new file must be a whole reply among them.
	 * NULL: not checked. */
	const uint8_t *said;
	size_t len;
	/* Set by target_check. */
	bool still_old; /* "newf" is unchanged */
	unsigned files; /* new files, without part files */
};

/* Creates the files of an earlier run; returns the folder's path. */
const char *target_begin(const struct target *target);

/* Checks the folder's contents, and removes them. */
void target_check(struct target *target);

#endif
