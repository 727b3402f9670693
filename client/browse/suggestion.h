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
 * For each of the n names that the report counts as not found, prints the most
 * similar name in its folder, if one is similar enough. Requests one page of
 * the folder, and waits for it up to two seconds. Prints nothing for patterns,
 * with -q, or if standard error is not a terminal. Clears report->missing.
 *
 * at_prompt: prints the name without its folder, as it can be typed there.
 */
void suggestion_tell(struct connection *connection, struct report *report,
    char *const *names, size_t n, bool at_prompt);

/*
 * Returns the distance between an entry's name and the requested one, both
 * shorter than SUGGESTION_NAME bytes: the number of letters added, left out,
 * changed or swapped, ignoring case; 1 if only the extension is missing.
 * Returns -1 if the distance is over a third of the name's letters.
 */
int suggestion_distance(const char *asked, const char *entry);

#endif
