#ifndef CLIENT_OPTION_CONFLICTS_H
#define CLIENT_OPTION_CONFLICTS_H

/* The rules for options that exclude each other. */

#include <stddef.h>

enum {
	OPTION_CONFLICTS_GIVEN = 64, /* options; fileget has fewer */
};

/* The options on a command line, "-o" or "--sums"; zeroed: none. */
struct option_conflicts {
	const char *given[OPTION_CONFLICTS_GIVEN];
	size_t n;
};

/* Notes an option: the letter if it has one. The text is borrowed. */
void option_conflicts_add(struct option_conflicts *conflicts,
    const char *option);

/* Ends the program by usage_error if two of the options exclude each other. */
void option_conflicts_check(const struct option_conflicts *conflicts);

#endif
