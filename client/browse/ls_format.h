#ifndef CLIENT_BROWSE_LS_FORMAT_H
#define CLIENT_BROWSE_LS_FORMAT_H

/* Writes entries of remote folders on standard output: a line of columns each,
 * or an object of --json. */

#include <stdbool.h>
#include <stddef.h>

#include "client/browse/remote_folder.h"

enum ls_format_style {
	LS_FORMAT_TERMINAL, /* sizes rounded, names escaped */
	LS_FORMAT_EXACT,    /* sizes in bytes, names unchanged */
	LS_FORMAT_JSON,
};

/* Returns the style that fits standard output, or LS_FORMAT_JSON. */
enum ls_format_style ls_format_style(bool json);

/* Returns the width of the longest size of n entries, in characters. */
int ls_format_width(enum ls_format_style style,
    const struct remote_folder_entry *entries, size_t n);

/* Writes an entry under the given names: name in the last column, full (from
 * the top) with LS_FORMAT_JSON. width is that of the sizes. */
void ls_format_print(enum ls_format_style style,
    const struct remote_folder_entry *entry, const char *name, const char *full,
    int width);

/* Writes the line above a folder's entries; an empty line in front of it unless
 * it is the first. */
void ls_format_print_title(enum ls_format_style style, const char *name,
    bool first);

#endif
