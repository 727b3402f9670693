/* An entry that there is no memory for is left out: its file is not continued
 * then, and stays where it is. */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part_list.h"

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
	entry->parsed = parsed;
	entry->is_taken = false;
	entry->fills_disk = fills_disk;
	strlcpy(entry->name, name, sizeof(entry->name));
	SLIST_INSERT_HEAD(list, entry, next);
}

int
part_list_read(struct part_list *list, int folder_fd, bool fills_disk)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
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
