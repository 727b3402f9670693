/*
 * A growing list of strings. It has a bound, since what a pattern matches is
 * the server's to say.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/browse/name_list.h"
#include "common/names.h"

enum {
	OPERANDS_MOST = 4 * 1024 * 1024, /* names */
};

void
operands_free(struct operands *operands)
{
	while (operands->n > 0)
		free(operands->names[--operands->n]);
	free(operands->names);
	memset(operands, 0, sizeof(*operands));
}

static int
make_room(struct operands *operands)
{
	size_t room = operands->room == 0 ? 16 : 2 * operands->room;
	char **names;

	if (operands->n < operands->room)
		return 0;
	if (room > OPERANDS_MOST) {
		errno = ENOMEM;
		return -1;
	}
	names = reallocarray(operands->names, room, sizeof(*names));
	if (names == NULL)
		return -1;
	operands->names = names;
	operands->room = room;
	return 0;
}

int
operands_add(struct operands *operands, const char *folder, const char *name)
{
	char *joined;

	if (strcmp(folder, ".") == 0)
		folder = "";
	if (make_room(operands) != 0)
		return -1;
	if (asprintf(&joined, "%s%s%s", folder, folder[0] == '\0' ? "" : "/",
		name) < 0)
		return -1;
	if (folder[0] != '\0' && strlen(joined) > NAMES_MAX) {
		free(joined);
		errno = ENAMETOOLONG;
		return -1;
	}
	operands->names[operands->n++] = joined;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
operands_sort(struct operands *operands, size_t first)
{
	if (operands->n > first)
		qsort(operands->names + first, operands->n - first,
		    sizeof(operands->names[0]), compare);
}
