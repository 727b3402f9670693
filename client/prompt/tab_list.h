#ifndef CLIENT_PROMPT_TAB_LIST_H
#define CLIENT_PROMPT_TAB_LIST_H

/* The names that the Tab key shows. One thread. */

#include <stddef.h>
#include <stdio.h>

#include "client/browse/remote_folder.h"

enum {
	TAB_LIST_MOST = 100, /* names shown at once */
};

/* Prints the names of n entries, escaped, in columns that are sorted downwards,
 * as ls(1) does; folders end with '/'. No line is longer than the terminal's
 * columns; a name that would be is cut and ends with "...". Of more than
 * TAB_LIST_MOST entries the last line tells how many are missing. */
void tab_list_print(FILE *file,
    const struct remote_folder_entry *const *entries, size_t n,
    unsigned columns);

#endif
