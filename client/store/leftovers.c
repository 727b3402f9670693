/*
 * These names stay: those that begin with a dot, excluded names, links, special
 * files, part files, files larger than --max-size, and names too long for a
 * request. All others are candidates. The same rules hold inside a folder that
 * the server does not have.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/leftovers.h"
#include "client/store/part.h"
#include "common/names.h"

void
leftovers_open(struct leftovers *all, const struct folder *base,
    const struct store_settings *settings, const struct name_filter *filter,
    bool hidden)
{
	*all = (struct leftovers){
	    .base = base,
	    .settings = settings,
	    .filter = filter,
	    .hidden = hidden,
	};
}

void
leftovers_close(struct leftovers *all)
{
	struct leftovers_folder *folder;
	size_t i;

	for (i = 0; i < all->n; i++)
		free(all->items[i].name);
	free(all->items);
	while ((folder = all->folders) != NULL) {
		all->folders = folder->next;
		free(folder->path);
		free(folder->name);
		free(folder);
	}
	free(all->where);
	*all = (struct leftovers){.base = NULL};
}

void
leftovers_bar(struct leftovers *all, const char *folder, const char *why)
{
	if (all->is_barred)
		return;
	all->is_barred = true;
	all->where = strdup(folder);
	failure_set(&all->why, EXIT_LOCAL, "%s; nothing was removed", why);
}

/* Returns NULL if memory is short. */
static struct leftovers_folder *
add_folder(struct leftovers *all, const struct leftovers_place *place)
{
	struct leftovers_folder *folder = calloc(1, sizeof(*folder));

	if (folder == NULL)
		return NULL;
	folder->path = strdup(place->path);
	folder->top = place->top;
	folder->name = strdup(place->name);
	folder->below = place->below;
	if (folder->path == NULL || folder->name == NULL) {
		free(folder->path);
		free(folder->name);
		free(folder);
		return NULL;
	}
	folder->next = all->folders;
	all->folders = folder;
	return folder;
}

char *
leftovers_join(const char *above, const char *name)
{
	bool is_top = above[0] == '\0' || strcmp(above, ".") == 0;
	char *path;

	return asprintf(&path, "%s%s%s", is_top ? "" : above, is_top ? "" : "/",
		   name) < 0 ?
	    NULL :
	    path;
}

/* Returns 1 if a name in the folder is a candidate, 0 if it stays, or -1 if
 * memory is short. */
static int
is_candidate(const struct leftovers *all, const struct leftovers_folder *folder,
    const char *name, const struct stat *stat)
{
	bool is_folder = S_ISDIR(stat->st_mode), stays;
	char *whole;

	if ((!is_folder && !S_ISREG(stat->st_mode)) || part_is_name(name) ||
	    (name[0] == '.' && !all->hidden))
		return 0;
	if (!is_folder && (uint64_t)stat->st_size > all->settings->max_size)
		return 0;
	whole = leftovers_join(folder->name, name);
	if (whole == NULL)
		return -1;
	/* A longer name does not fit into a request. */
	stays = strlen(whole) > NAMES_MAX ||
	    name_filter_excludes(all->filter, whole + folder->below, is_folder);
	free(whole);
	return stays ? 0 : 1;
}

/* Returns 0, or -1 if memory is short. */
static int
append(struct leftovers *all, const struct leftovers_folder *folder,
    size_t holder, const char *name, const struct stat *stat)
{
	size_t room = all->room == 0 ? 64 : 2 * all->room;
	struct leftover *larger;
	char *copy;

	if (all->n == all->room) {
		larger = reallocarray(all->items, room, sizeof(*larger));
		if (larger == NULL)
			return -1;
		all->items = larger;
		all->room = room;
	}
	copy = strdup(name);
	if (copy == NULL)
		return -1;
	all->items[all->n++] = (struct leftover){
	    .folder = folder,
	    .name = copy,
	    .holder = holder,
	    .device = stat->st_dev,
	    .inode = stat->st_ino,
	    .mode = stat->st_mode,
	    .links = stat->st_nlink,
	    .size = stat->st_size,
	    .modified = stat->st_mtim,
	    .changed = stat->st_ctim,
	};
	return 0;
}

/* Adds the candidates in a folder. Returns 1 if all unmarked names are
 * candidates, 0 if one of them stays, or -1 if memory is short. */
static int
add_candidates(struct leftovers *all, const struct leftovers_folder *folder,
    size_t holder, int folder_fd, const struct local_names *names)
{
	struct stat stat;
	const char *name;
	int is, result = 1;
	size_t at = 0;

	while ((name = local_names_next(names, &at)) != NULL) {
		if (fstatat(folder_fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
			continue; /* It has gone since. */
		is = is_candidate(all, folder, name, &stat);
		if (is < 0 ||
		    (is > 0 && append(all, folder, holder, name, &stat) != 0))
			return -1;
		if (is == 0)
			result = 0;
	}
	return result;
}

ssize_t
leftovers_add(struct leftovers *all, const struct leftovers_place *place,
    int folder_fd, const struct local_names *names)
{
	struct leftovers_folder *folder;
	size_t n = all->n, at = 0;

	if (local_names_next(names, &at) == NULL)
		return 0;
	folder = add_folder(all, place);
	if (folder == NULL ||
	    add_candidates(all, folder, SIZE_MAX, folder_fd, names) < 0)
		return -1;
	return (ssize_t)(all->n - n);
}

/* Returns whether the bytes of a file are those that were seen. The removal of
 * another hard link, here or by this run, changes the ctime too. */
static bool
has_same_bytes(const struct leftover *item, const struct stat *stat)
{
	return stat->st_size == item->size &&
	    memcmp(&stat->st_mtim, &item->modified, sizeof(item->modified)) ==
	    0 &&
	    (stat->st_nlink < item->links ||
		memcmp(&stat->st_ctim, &item->changed, sizeof(item->changed)) ==
		    0);
}

bool
leftovers_is_same(const struct leftovers *all, const struct leftover *item,
    const struct stat *stat)
{
	if (stat->st_dev != item->device ||
	    (stat->st_mode & S_IFMT) != (item->mode & S_IFMT) ||
	    (stat->st_ino != item->inode && !all->base->volume->is_remote))
		return false;
	return S_ISDIR(item->mode) || has_same_bytes(item, stat);
}

int
leftovers_open_folder(const struct leftovers *all,
    const struct leftovers_folder *folder)
{
	return folder_open_on_one(all->base, folder->path, folder->top);
}

/* Adds the contents of the candidate at this index, an open folder. Returns as
 * add_candidates does; stores an error of reading the folder in the item. */
static int
read_candidate(struct leftovers *all, size_t i,
    const struct leftovers_folder *folder, int fd)
{
	struct local_names *names = NULL;
	struct stat stat;
	int result;

	if (fstat(fd, &stat) != 0 ||
	    !leftovers_is_same(all, &all->items[i], &stat))
		return 0;
	names = local_names_read(fd);
	if (names == NULL) {
		all->items[i].error = errno;
		return errno == ENOMEM ? -1 : 0;
	}
	result = add_candidates(all, folder, i, fd, names);
	local_names_free(names);
	return result;
}

/* Adds the contents of the candidate at this index, a folder. Returns 0, or -1
 * if memory is short. */
static int
complete_folder(struct leftovers *all, size_t i)
{
	const struct leftover *item = &all->items[i];
	char *path = leftovers_join(item->folder->path, item->name);
	char *name = leftovers_join(item->folder->name, item->name);
	struct leftovers_folder *folder = NULL;
	int fd, result = -1;

	if (path != NULL && name != NULL)
		folder = add_folder(all,
		    &(struct leftovers_place){.path = path,
			.top = item->folder->top,
			.name = name,
			.below = item->folder->below});
	free(path);
	free(name);
	if (folder == NULL)
		return -1;
	fd = leftovers_open_folder(all, folder);
	if (fd >= 0) {
		result = read_candidate(all, i, folder, fd);
		close(fd);
	} else {
		/* Another file system, or another folder by now: it stays. */
		result = 0;
		if (errno != EXDEV && errno != ENOENT && errno != ENOTDIR &&
		    errno != ELOOP)
			all->items[i].error = errno;
	}
	if (result == 0)
		all->items[i].is_kept = true;
	return result < 0 ? -1 : 0;
}

int
leftovers_complete(struct leftovers *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->items[i].name[0] == '.' && !all->lists_hidden)
			all->items[i].is_kept = true;
		else if (S_ISDIR(all->items[i].mode) &&
		    complete_folder(all, i) != 0)
			return -1;
	}
	return 0;
}
