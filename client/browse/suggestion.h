#ifndef CLIENT_BROWSE_SUGGESTION_H
#define CLIENT_BROWSE_SUGGESTION_H

/* "did you mean report.txt?" for names that were not found. One thread, while
 * no file is being fetched over the connection. */

#include <stdbool.h>
#include <stddef.h>

#include "client/ui/report.h"
#include "client/wire/connection.h"

enum {
	SUGGESTION_NAME = 255, /* bytes of a component that is compared */
};

/*
 * Prints, for each of these n names that the report has as not found, the entry
 * of its folder with the most similar name, if one is similar enough. Asks the
 * server for one page of the folder, and waits for it up to two seconds. Does
 * nothing unless standard error is a terminal, with -q, and for patterns.
 * Forgets the names in the report.
 *
 * at_prompt: prints the entry without its folder, as it can be typed there.
 */
void suggestion_tell(struct connection *connection, struct report *report,
    char *const *names, size_t n, bool at_prompt);

/*
 * Returns how far an entry's name is from the one that was asked for, both
 * shorter than SUGGESTION_NAME bytes: the number of letters that were added,
 * left out, changed or swapped, upper and lower case being the same; 1 for a
 * name with its extension left out. Returns -1 if that is too far: over a third
 * of the name's letters.
 */
int suggestion_distance(const char *asked, const char *entry);

#endif
