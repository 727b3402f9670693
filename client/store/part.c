/*
 * Makes, finds, locks and removes part files. A part file of an earlier run is
 * trusted only if it is a plain file of our own that nobody else works on or
 * could have written to. What is written into part files is not decided here.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "client/store/part_name.h"

bool
part_is_name(const char *name)
{
	struct part_name parsed;

	return part_name_parse(name, &parsed) == 0;
}

void
part_remember(struct folder *folder, const char *name)
{
	part_list_add(&folder->parts, name, folder->volume->is_full);
}

/* Returns 0 when the file is locked, or -1 with EWOULDBLOCK if another process
 * has it. Without locks (NFS, Lustre) each file counts as locked by us. */
static int
lock_file(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK ? -1 :
									   0;
}

/* Returns whether the mode of a file of ours lets others write to it; we make
 * none like that. Where chmod(2) has no effect the mode means nothing. */
static bool
is_writable_by_others(int fd, const struct stat *stat)
{
	struct stat now;

	if ((stat->st_mode & 0022) == 0 || fchmod(fd, 0600) != 0 ||
	    fstat(fd, &now) != 0 || (now.st_mode & 0022) != 0)
		return false;
	(void)fchmod(fd, stat->st_mode & 07777);
	return true;
}

/* Returns whether an open file has no name but this one. Some FUSE file systems
 * count no links: there the name has to lead to the file. */
static bool
has_one_name(const struct folder *folder, const char *name, int fd,
    const struct stat *stat)
{
	return stat->st_nlink == 1 ||
	    (stat->st_nlink == 0 && folder->volume->is_remote &&
		volume_is_named(folder->volume, folder->fd, name, fd));
}

int
part_open(const struct folder *folder, const char *name)
{
	struct stat opened;
	int fd;

	fd = openat(folder->fd, name,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* A file can be trusted if its name still leads to it (its owner may
	 * have renamed it between open and lock), it is a plain file of our
	 * own, and nobody else can write to it, by another name or its mode. */
	if (fd >= 0 && lock_file(fd) == 0 && fstat(fd, &opened) == 0 &&
	    volume_is_named(folder->volume, folder->fd, name, fd) &&
	    S_ISREG(opened.st_mode) &&
	    has_one_name(folder, name, fd, &opened) &&
	    opened.st_uid == geteuid() &&
	    !(folder->is_shared && is_writable_by_others(fd, &opened)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Removes a part file that no other process works on. */
static void
remove_free(const struct folder *folder, const char *name)
{
	int fd = part_open(folder, name);

	if (fd < 0)
		return;
	unlinkat(folder->fd, name, 0);
	close(fd);
}

void
part_remove(const struct folder *folder, const char *name, int fd)
{
	struct stat stat;

	/* Before close: it drops the lock, and others could take the file. */
	(void)unlinkat(folder->fd, name, 0);
	if (fd < 0)
		return;
	close(fd);
	/* rclone stores an empty file under the name at the close. */
	if (folder->volume->is_remote &&
	    fstatat(folder->fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(stat.st_mode) && stat.st_size == 0)
		(void)unlinkat(folder->fd, name, 0);
}

/* Returns the first part file of this final name and kind that was not taken,
 * or NULL. */
static struct part_entry *
find_entry(const struct folder *folder, const char *final, bool is_mapped)
{
	struct part_entry *entry = SLIST_FIRST(&folder->parts);
	char stem[PART_NAME];

	if (entry == NULL)
		return NULL;
	part_name_print_stem(folder->volume->name_max, final, stem);
	while (entry != NULL &&
	    (entry->is_taken || entry->parsed.is_mapped != is_mapped ||
		strlen(stem) != entry->parsed.stem ||
		memcmp(entry->name, stem, entry->parsed.stem) != 0))
		entry = SLIST_NEXT(entry, next);
	return entry;
}

int
part_take(struct folder *folder, const char *final, bool is_mapped,
    char name[PART_NAME], struct protocol_token *token)
{
	struct part_entry *entry;
	int fd;

	while ((entry = find_entry(folder, final, is_mapped)) != NULL) {
		entry->is_taken = true;
		fd = part_open(folder, entry->name);
		if (fd < 0)
			continue;
		memcpy(name, entry->name, PART_NAME);
		*token = entry->parsed.token;
		return fd;
	}
	return -1;
}

bool
part_is_there(const struct folder *folder, const char *final, bool is_mapped)
{
	return find_entry(folder, final, is_mapped) != NULL;
}

void
part_remove_stale(struct folder *folder, const char *final)
{
	struct part_entry *entry;

	if (SLIST_EMPTY(&folder->parts))
		return;
	while ((entry = find_entry(folder, final, false)) != NULL ||
	    (entry = find_entry(folder, final, true)) != NULL) {
		entry->is_taken = true;
		remove_free(folder, entry->name);
	}
}

/* Makes a part file, locked. Returns its descriptor, or -1 with errno: EEXIST
 * if there is one, or if another process took this one before it was locked. */
static int
create_new(const struct folder *folder, const char *name, mode_t mode)
{
	struct stat stat;
	int fd, saved;

	fd = openat(folder->fd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	if (lock_file(fd) == 0 && fstat(fd, &stat) == 0) {
		if (has_one_name(folder, name, fd, &stat))
			return fd;
		errno = EWOULDBLOCK;
	}
	saved = errno == EWOULDBLOCK ? EEXIST : errno;
	/* The file is ours to remove unless another process took it. */
	if (saved != EEXIST)
		unlinkat(folder->fd, name, 0);
	close(fd);
	errno = saved;
	return -1;
}

/* Makes a part file, locked, in place of one that no process works on. Returns
 * its descriptor, or -1 with errno. */
static int
create_anew(const struct folder *folder, const char *name, mode_t mode)
{
	int fd;

	fd = create_new(folder, name, mode);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	remove_free(folder, name);
	return create_new(folder, name, mode);
}

void
part_print_numbered(const struct folder *folder, const char *final,
    struct protocol_token token, uint32_t number, char name[PART_NAME])
{
	char slot[PART_NAME_NUMBER];

	snprintf(slot, sizeof(slot), ".%" PRIu32, number);
	part_name_print(folder->volume->name_max, final, token, slot, name);
}

/* Makes a part file: by the usual name, which a later run finds; by a name of
 * this process where another has that one; by a name at random where others
 * have planted files. Returns its descriptor, or -1 with errno. */
static int
create_any(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME])
{
	int tries, fd;

	part_name_print(folder->volume->name_max, final, token, "", name);
	fd = create_anew(folder, name, mode);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	part_print_numbered(folder, final, token, (uint32_t)getpid(), name);
	fd = create_anew(folder, name, mode);
	for (tries = 0; fd < 0 && errno == EEXIST && tries < PART_TRIES;
	     tries++) {
		part_print_numbered(folder, final, token, arc4random(), name);
		fd = create_new(folder, name, mode);
	}
	return fd;
}

int
part_prepare(const struct folder *folder, int fd, const char *final,
    struct protocol_token token, char name[PART_NAME])
{
	part_print_numbered(folder, final, token, (uint32_t)getpid(), name);
	/* An earlier process may have had the same process id. */
	remove_free(folder, name);
	return lock_file(fd);
}

int
part_create(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME])
{
	bool is_known = folder->volume->sets_mode != VOLUME_UNKNOWN;
	mode_t last = (mode & 0777) | 0600;
	int fd;

	/* If chmod(2) is refused, it is made with its last mode. */
	fd = create_any(folder, final, token,
	    folder->volume->sets_mode == VOLUME_NO ? last : 0600, name);
	if (fd < 0 || is_known || !volume_keeps_mode(folder->volume, fd, 0600))
		return fd;
	close(fd);
	(void)unlinkat(folder->fd, name, 0);
	fd = create_new(folder, name, last);
	return fd < 0 && errno == EEXIST ? part_open(folder, name) : fd;
}

int
part_create_mapped(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME])
{
	part_name_print(folder->volume->name_max, final, token, PART_NAME_MAP,
	    name);
	return create_anew(folder, name,
	    folder->volume->sets_mode == VOLUME_NO ? (mode & 0777) | 0600 :
						     0600);
}
