#ifndef CLIENT_OPTION_CONFLICTS_H
#define CLIENT_OPTION_CONFLICTS_H

/* Which options make no sense together. */

#include <stdbool.h>
#include <stddef.h>

enum {
	OPTION_CONFLICTS_GIVEN = 64, /* options; there are fewer */
	OPTION_CONFLICTS_NAME = 32,  /* bytes of a name, "-o" or "--sums" */
};

/* The options of a command line; none when it is zeroed. */
struct option_conflicts {
	char given[OPTION_CONFLICTS_GIVEN][OPTION_CONFLICTS_NAME];
	size_t n;
};

/* Notes that an option is given: its letter if it has one. */
void option_conflicts_add(struct option_conflicts *conflicts, const char *name);

/* Whether there is a pair that excludes each other, static strings. */
bool option_conflicts_find(const struct option_conflicts *conflicts,
    const char **a, const char **b);

#endif
