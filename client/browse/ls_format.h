#ifndef CLIENT_BROWSE_LS_FORMAT_H
#define CLIENT_BROWSE_LS_FORMAT_H

/*
 * How an entry of a remote folder is written on standard output: a line of
 * columns for people and scripts, or an object of --json.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/browse/remote_folder.h"

/* How sizes and names are written. */
enum row_style {
	ROW_TERMINAL, /* sizes for people, names escaped */
	ROW_EXACT,    /* sizes in bytes, names as they are */
	ROW_JSON,
};

/* As standard output, and --json, want it. */
enum row_style row_style(bool json);

/* How wide the sizes of these entries are, in characters. */
int row_width(enum row_style style, const struct listing_entry *entries,
    size_t n);

/*
 * Writes one; its own name is left aside: name is the one in the column, full
 * the one for --json, which a request can use. width as of row_width.
 */
void row_print(enum row_style style, const struct listing_entry *entry,
    const char *name, const char *full, int width);

/* A line above the entries of one of several folders. */
void row_print_title(enum row_style style, const char *name, bool first);

#endif
