#ifndef CLIENT_BROWSE_NAME_LIST_H
#define CLIENT_BROWSE_NAME_LIST_H

/* The names that are wanted, once patterns have become what they match. */

#include <stddef.h>

struct operands {
	char **names;
	size_t n;
	size_t room; /* names */
};

/* One that is zeroed has no names. */
void operands_free(struct operands *operands);

/* Adds a copy of folder/name, or of name alone, whatever it is, where the
 * folder is "" or ".". 0, or -1 with errno: ENOMEM, or ENAMETOOLONG for what
 * cannot be asked for. */
int operands_add(struct operands *operands, const char *folder,
    const char *name);

/* Sorts the names from the first-th on by their bytes. */
void operands_sort(struct operands *operands, size_t first);

#endif
