#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

/*
 * The folder that a client writes into, as an earlier run may have left it,
 * and what may be in it when the client is done. Made once for each process
 * and removed at its end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a file of an earlier run holds, and a part file: of "f", with a token
 * of all TARGET_TOKEN. */
#define TARGET_OLD   "an older file"
#define TARGET_PART  "the first part, "
#define TARGET_TOKEN 'T' /* each byte */

/* What was there, and is. */
struct target {
	bool old;      /* "newf" is there */
	bool part;     /* and a part of it */
	bool tree;     /* folders may be made */
	bool verified; /* digests count */
	/* What a server has said: all that is new is a whole reply of it. NULL:
	 * it need not be in one piece. */
	const uint8_t *said;
	size_t len;
	/* After target_check. */
	bool still_old; /* "newf" is what it was */
	unsigned files; /* that are new, parts left out */
};

/* Its path, with what there is to be in it. */
const char *target_begin(const struct target *target);

/* Looks at what is there, and removes it. */
void target_check(struct target *target);

#endif
