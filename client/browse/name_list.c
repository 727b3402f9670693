/* The number of names has a limit, since a server decides what a pattern
 * matches. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/browse/name_list.h"
#include "common/names.h"

enum {
	NAME_LIST_MOST = 4 * 1024 * 1024, /* names */
};

void
name_list_free(struct name_list *list)
{
	while (list->n > 0)
		free(list->names[--list->n]);
	free(list->names);
	memset(list, 0, sizeof(*list));
}

/* Makes room for one more name. Returns 0, or -1 with errno. */
static int
grow_names(struct name_list *list)
{
	size_t room = list->room == 0 ? 16 : 2 * list->room;
	char **names;

	if (list->n < list->room)
		return 0;
	if (room > NAME_LIST_MOST) {
		errno = ENOMEM;
		return -1;
	}
	names = reallocarray(list->names, room, sizeof(*names));
	if (names == NULL)
		return -1;
	list->names = names;
	list->room = room;
	return 0;
}

int
name_list_add(struct name_list *list, const char *folder, const char *name)
{
	char *joined;

	if (strcmp(folder, ".") == 0)
		folder = "";
	if (grow_names(list) != 0)
		return -1;
	if (asprintf(&joined, "%s%s%s", folder, folder[0] == '\0' ? "" : "/",
		name) < 0)
		return -1;
	if (folder[0] != '\0' && strlen(joined) > NAMES_MAX) {
		free(joined);
		errno = ENAMETOOLONG;
		return -1;
	}
	list->names[list->n++] = joined;
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
name_list_sort(struct name_list *list, size_t first)
{
	if (list->n > first)
		qsort(list->names + first, list->n - first,
		    sizeof(list->names[0]), compare_names);
}
