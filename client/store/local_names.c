/* A sorted array of the local names: its memory does not depend on the length
 * of the server's listing. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/local_names.h"
#include "client/store/volume.h"

struct local_name {
	char *name;
	bool is_listed;
};

struct local_names {
	struct local_name *names; /* sorted by their bytes */
	size_t n;
	size_t room;
	bool in_doubt;
};

/* Returns 0, or -1 with errno. */
static int
add_name(struct local_names *names, const char *name)
{
	size_t room = names->room == 0 ? 64 : 2 * names->room;
	struct local_name *larger;

	if (names->n == names->room) {
		larger = reallocarray(names->names, room, sizeof(*larger));
		if (larger == NULL)
			return -1;
		names->names = larger;
		names->room = room;
	}
	names->names[names->n] = (struct local_name){.name = strdup(name)};
	if (names->names[names->n].name == NULL)
		return -1;
	names->n++;
	return 0;
}

/* Returns 0, or -1 with errno. */
static int
read_all(struct local_names *names, DIR *dir)
{
	struct dirent *entry;

	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (add_name(names, entry->d_name) != 0)
			return -1;
	}
	return errno == 0 ? 0 : -1;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct local_name *)a)->name,
	    ((const struct local_name *)b)->name);
}

struct local_names *
local_names_read(int folder_fd)
{
	struct local_names *names = calloc(1, sizeof(*names));
	DIR *dir = names == NULL ? NULL : volume_open_names(folder_fd);
	int result, saved;

	result = dir == NULL ? -1 : read_all(names, dir);
	saved = errno;
	if (dir != NULL)
		closedir(dir);
	if (result == 0) {
		if (names->n > 0)
			qsort(names->names, names->n, sizeof(names->names[0]),
			    compare_names);
		return names;
	}
	local_names_free(names);
	errno = saved;
	return NULL;
}

void
local_names_free(struct local_names *names)
{
	size_t i;

	if (names == NULL)
		return;
	for (i = 0; i < names->n; i++)
		free(names->names[i].name);
	free(names->names);
	free(names);
}

void
local_names_mark(struct local_names *names, int folder_fd, const char *name)
{
	struct local_name key = {.name = (char *)(uintptr_t)name}, *found;
	struct stat stat;

	found = names->n == 0 ?
	    NULL :
	    bsearch(&key, names->names, names->n, sizeof(key), compare_names);
	if (found != NULL)
		found->is_listed = true;
	else if (fstatat(folder_fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT)
		names->in_doubt = true;
}

bool
local_names_in_doubt(const struct local_names *names)
{
	return names->in_doubt;
}

const char *
local_names_next(const struct local_names *names, size_t *at)
{
	while (*at < names->n && names->names[*at].is_listed)
		++*at;
	return *at < names->n ? names->names[(*at)++].name : NULL;
}
