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
enum ls_format_style {
	LS_FORMAT_TERMINAL, /* sizes for people, names escaped */
	LS_FORMAT_EXACT,    /* sizes in bytes, names as they are */
	LS_FORMAT_JSON,
};

/* As standard output, and --json, want it. */
enum ls_format_style ls_format_style(bool json);

/* How wide the sizes of these entries are, in characters. */
int ls_format_width(enum ls_format_style style,
    const struct remote_folder_entry *entries, size_t n);

/*
 * Writes one; its own name is left aside: name is the one in the column, full
 * the one for --json, which a request can use. width as of ls_format_width.
 */
void ls_format_print(enum ls_format_style style,
    const struct remote_folder_entry *entry, const char *name, const char *full,
    int width);

/* A line above the entries of one of several folders. */
void ls_format_print_title(enum ls_format_style style, const char *name,
    bool first);

#endif
