#ifndef CLIENT_TRANSFER_LISTED_NAMES_H
#define CLIENT_TRANSFER_LISTED_NAMES_H

/*
 * The names that the pages of a remote folder have brought. A cursor is only
 * good on the connection that gave it, so after a break the folder is listed
 * from its beginning, and these names are passed over. The caller holds the
 * lock of transfer/job_queue.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Names of one folder that are kept: 64 MiB of memory. */
	LISTED_NAMES_MOST = 3 * 1024 * 1024,
};

struct listed_name {
	uint64_t halves[2]; /* the XXH3-128 of the name; {0, 0}: free slot */
};

/* Zeroed, it is empty. */
struct listed_names {
	struct listed_name *slots;
	size_t size; /* slots, a power of two; or 0 */
	size_t n;    /* names */
	bool is_cut; /* names are missing: too many, or memory was short */
};

/* Frees all names; the set is empty. */
void listed_names_close(struct listed_names *names);

/* Adds a name. If it cannot be kept, frees all names and sets is_cut; later
 * calls do nothing then. */
void listed_names_add(struct listed_names *names, const char *name);

/* Returns whether a name was added. */
bool listed_names_have(const struct listed_names *names, const char *name);

#endif
