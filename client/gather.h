#ifndef CLIENT_GATHER_H
#define CLIENT_GATHER_H

#include "client/fetch.h"

/*
 * Gathers the names that are wanted and fetches them. Ends the program with a
 * line (err(3)) if a file of names or sums cannot be read.
 */
void gather_fetch(struct fetch *fetch);

/* Follows the one name that is wanted (-f). */
void gather_follow(struct fetch *fetch);

/* Lists them instead (-l), or the top if there are none. */
void gather_list(struct fetch *fetch);

#endif
