#ifndef CLIENT_BROWSE_NAME_LIST_H
#define CLIENT_BROWSE_NAME_LIST_H

/* The names that are wanted, once patterns have become what they match. */

#include <stddef.h>

struct name_list {
	char **names;
	size_t n;
	size_t room; /* names */
};

/* One that is zeroed has no names. */
void name_list_free(struct name_list *list);

/* Adds a copy of folder/name, or of name alone, whatever it is, where the
 * folder is "" or ".". 0, or -1 with errno: ENOMEM, or ENAMETOOLONG for what
 * cannot be asked for. */
int name_list_add(struct name_list *list, const char *folder, const char *name);

/* Sorts the names from the first-th on by their bytes. */
void name_list_sort(struct name_list *list, size_t first);

#endif
