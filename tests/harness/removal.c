/*
 * A deep tree exceeds PATH_MAX and the limit of open descriptors, so subfolders
 * are moved up to the top, which is emptied in turn. A folder whose mode does
 * not let it be read gets another one.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/removal.h"

/* Empties the folder name of top, moves its subfolders up to top, and removes
 * it. *moved counts the subfolders, which have names of their own there. */
static void
remove_folder(int top, const char *name, unsigned *moved)
{
	struct dirent *entry;
	char to[32];
	DIR *dir;
	int fd;

	(void)!fchmodat(top, name, 0700, 0);
	fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		warn("%s", name);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		(void)!fchmodat(fd, entry->d_name, 0700, 0);
		snprintf(to, sizeof(to), "removed.%u", (*moved)++);
		if (renameat(fd, entry->d_name, top, to) != 0)
			warn("%s", entry->d_name);
	}
	closedir(dir);
	if (unlinkat(top, name, AT_REMOVEDIR) != 0)
		warn("%s", name);
}

void
removal_remove_tree(const char *path)
{
	int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned done, moved = 0;
	struct dirent *entry;
	char name[32];
	DIR *dir;

	dir = top < 0 ? NULL : fdopendir(dup(top));
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    strncmp(entry->d_name, "removed.", 8) != 0 &&
		    unlinkat(top, entry->d_name, 0) != 0)
			remove_folder(top, entry->d_name, &moved);
	for (done = 0; done < moved; done++) {
		snprintf(name, sizeof(name), "removed.%u", done);
		remove_folder(top, name, &moved);
	}
	if (dir != NULL)
		closedir(dir);
	close(top);
	if (rmdir(path) != 0)
		warn("%s", path);
}
