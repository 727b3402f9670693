#ifndef CLIENT_BROWSE_NAME_LIST_H
#define CLIENT_BROWSE_NAME_LIST_H

/* A growing list of names. A zeroed struct is an empty list. */

#include <stddef.h>

struct name_list {
	char **names;
	size_t n;
	size_t room; /* names */
};

/* Frees the names; the list is empty again. */
void name_list_free(struct name_list *list);

/* Adds a copy of folder/name, or of name alone if folder is "" or ".". Returns
 * 0, or -1 with errno: ENOMEM, also beyond 4 Mi names, or ENAMETOOLONG if
 * folder/name is longer than NAMES_MAX. */
int name_list_add(struct name_list *list, const char *folder, const char *name);

/* Sorts the names from this index on by their bytes. */
void name_list_sort(struct name_list *list, size_t first);

#endif
