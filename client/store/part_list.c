/* An entry that there is no memory for is left out: its file is not continued
 * then, and stays where it is. */

#include <stdlib.h>
#include <string.h>

#include "client/store/part_list.h"
#include "client/store/volume.h"

void
part_list_add(struct part_list *list, const char *name, bool fills_disk)
{
	struct part_name parsed;
	struct part_entry *entry;

	if (part_name_parse(name, &parsed) != 0)
		return;
	entry = malloc(sizeof(*entry));
	if (entry == NULL)
		return;
	*entry =
	    (struct part_entry){.parsed = parsed, .fills_disk = fills_disk};
	strlcpy(entry->name, name, sizeof(entry->name));
	SLIST_INSERT_HEAD(list, entry, next);
}

int
part_list_read(struct part_list *list, int folder_fd, bool fills_disk)
{
	DIR *dir = volume_open_names(folder_fd);
	struct dirent *entry;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		part_list_add(list, entry->d_name, fills_disk);
	closedir(dir);
	return 0;
}

void
part_list_clear(struct part_list *list)
{
	struct part_entry *entry;

	while ((entry = SLIST_FIRST(list)) != NULL) {
		SLIST_REMOVE_HEAD(list, next);
		free(entry);
	}
}
