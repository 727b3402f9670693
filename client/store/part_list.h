#ifndef CLIENT_STORE_PART_LIST_H
#define CLIENT_STORE_PART_LIST_H

/*
 * The part files that a folder has, as far as this run knows: those that were
 * there when it was opened, and those that this run has left since. The folder
 * is read once: finding that it has no part file for a name then costs nothing.
 * Under the lock of the folder (store/folder.h).
 */

#include <sys/queue.h>

#include <stdbool.h>

#include "client/store/part_name.h"

struct part_entry {
	SLIST_ENTRY(part_entry) next;
	struct part_name parsed;
	bool is_taken;	 /* this run has opened it, or tried to */
	bool fills_disk; /* it was added while the disk was full */
	char name[PART_NAME];
};

SLIST_HEAD(part_list, part_entry);

/* Adds the name of a part file; ignores any other name. */
void part_list_add(struct part_list *list, const char *name, bool fills_disk);

/* Adds the part files in a folder, whose descriptor may be an O_PATH one.
 * Returns 0, or -1 with errno. */
int part_list_read(struct part_list *list, int folder_fd, bool fills_disk);

/* Frees all entries. */
void part_list_clear(struct part_list *list);

#endif
