/*
 * The folder is read once, when it is opened: looking a name up among the
 * parts that were there is then free for the usual case that there are none.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "client/store/part_name.h"

enum {
	PART_BLOCK = 64 * 1024, /* bytes that are cut off at least */
};

struct part {
	SLIST_ENTRY(part) next;
	struct part_name parsed;
	bool taken;	    /* by this run */
	bool is_in_the_way; /* this run has left it on a full disk */
	char name[PART_NAME];
};

bool
part_is_name(const char *name)
{
	struct part_name parsed;

	return part_name_parse(name, &parsed) == 0;
}

void
part_remember(struct folder *folder, const char *name)
{
	struct part_name parsed;
	struct part *part;

	if (part_name_parse(name, &parsed) != 0)
		return;
	part = malloc(sizeof(*part));
	if (part == NULL)
		return;
	part->parsed = parsed;
	part->taken = false;
	part->is_in_the_way = folder->volume->is_full;
	strlcpy(part->name, name, sizeof(part->name));
	SLIST_INSERT_HEAD(&folder->parts, part, next);
}

int
part_scan(struct folder *folder)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL)
		part_remember(folder, entry->d_name);
	closedir(dir);
	return 0;
}

void
part_forget(struct folder *folder)
{
	struct part *part;

	while ((part = SLIST_FIRST(&folder->parts)) != NULL) {
		SLIST_REMOVE_HEAD(&folder->parts, next);
		free(part);
	}
}

/* Locks a file: 0, or -1 with EWOULDBLOCK if another process has. Where there
 * are no locks (NFS, Lustre) it counts as locked. */
static int
lock_file(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK ? -1 :
									   0;
}

/* Returns whether others may write to a file of ours, as they may not to what
 * we make. Where chmod(2) changes nothing the mode says nothing. */
static bool
is_open_to_others(int fd, const struct stat *stat)
{
	struct stat now;

	if ((stat->st_mode & 0022) == 0 || fchmod(fd, 0600) != 0 ||
	    fstat(fd, &now) != 0 || (now.st_mode & 0022) != 0)
		return false;
	(void)fchmod(fd, stat->st_mode & 07777);
	return true;
}

/*
 * Locks what was opened under a name, and makes sure that it still is what
 * bears the name (its owner may have finished with it between open and lock),
 * and a file of our own with no other name (what somebody else has left here,
 * or could have moved here to write to it, is not to be trusted).
 */
static bool
lock(const struct folder *folder, const char *name, int fd)
{
	struct stat opened, named;

	return lock_file(fd) == 0 && fstat(fd, &opened) == 0 &&
	    fstatat(folder->fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    volume_is_one(folder->volume, &opened, &named) &&
	    S_ISREG(opened.st_mode) && opened.st_nlink == 1 &&
	    opened.st_uid == geteuid() &&
	    !(folder->is_shared && is_open_to_others(fd, &opened));
}

/* Opens a part file that exists and that no other process works on. */
static int
open_free(const struct folder *folder, const char *name)
{
	int fd;

	fd = openat(folder->fd, name,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && lock(folder, name, fd))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Removes it, if it is one. */
static void
remove_free(const struct folder *folder, const char *name)
{
	int fd = open_free(folder, name);

	if (fd < 0)
		return;
	unlinkat(folder->fd, name, 0);
	close(fd);
}

void
part_remove(const struct folder *folder, const char *name, int fd)
{
	struct stat stat;

	/* While it is locked, so that nobody else takes it up. */
	(void)unlinkat(folder->fd, name, 0);
	if (fd < 0)
		return;
	close(fd);
	/* rclone stores an empty file under the old name at the close. */
	if (folder->volume->is_remote &&
	    fstatat(folder->fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(stat.st_mode) && stat.st_size == 0)
		(void)unlinkat(folder->fd, name, 0);
}

/* Cuts at most so many bytes off the end of a part file: how many it was. */
static uint64_t
cut(const struct folder *folder, struct part *part, uint64_t bytes)
{
	int fd = open_free(folder, part->name);
	uint64_t size = 0;
	struct stat stat;

	if (fd < 0)
		return 0;
	/* Whole blocks become free, whatever their size. */
	bytes = (bytes | (PART_BLOCK - 1)) + 1;
	if (fstat(fd, &stat) == 0)
		size = (uint64_t)stat.st_size;
	if (size <= bytes) {
		unlinkat(folder->fd, part->name, 0);
		part->taken = true;
	} else if (ftruncate(fd, (off_t)(size - bytes)) == 0) {
		size = bytes;
	} else {
		size = 0;
	}
	close(fd);
	return size;
}

/* Returns whether a part file may be cut to make room. */
static bool
is_cuttable(const struct part *part)
{
	return part->is_in_the_way && !part->parsed.is_mapped && !part->taken;
}

/* How many bytes part files have that may be cut. */
static uint64_t
count_cuttable(const struct folder *folder)
{
	const struct part *part;
	uint64_t bytes = 0;
	struct stat stat;

	SLIST_FOREACH(part, &folder->parts, next)
		if (is_cuttable(part) &&
		    fstatat(folder->fd, part->name, &stat,
			AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)stat.st_size;
	return bytes;
}

void
part_make_room(struct folder *folder, uint64_t bytes)
{
	struct part *part;
	uint64_t done;

	if (count_cuttable(folder) < bytes)
		return;
	SLIST_FOREACH(part, &folder->parts, next) {
		if (!is_cuttable(part))
			continue;
		done = cut(folder, part, bytes);
		if (done >= bytes)
			return;
		bytes -= done;
	}
}

/* The next part of this final name, from one on; or NULL. */
static struct part *
find_listed(const struct folder *folder, const char *final, struct part *part)
{
	char stem[PART_NAME];

	if (part == NULL)
		return NULL;
	part_name_print_stem(folder, final, stem);
	while (part != NULL &&
	    (part->taken || strlen(stem) != part->parsed.stem ||
		memcmp(part->name, stem, part->parsed.stem) != 0))
		part = SLIST_NEXT(part, next);
	return part;
}

/* Takes parts of this final name and kind until one is free. */
static int
take(struct folder *folder, const char *final, bool is_mapped,
    char name[PART_NAME], struct protocol_token *token)
{
	struct part *part = SLIST_FIRST(&folder->parts);
	int fd;

	while ((part = find_listed(folder, final, part)) != NULL) {
		if (part->parsed.is_mapped != is_mapped) {
			part = SLIST_NEXT(part, next);
			continue;
		}
		part->taken = true;
		fd = open_free(folder, part->name);
		if (fd < 0)
			continue;
		memcpy(name, part->name, PART_NAME);
		*token = part->parsed.token;
		return fd;
	}
	return -1;
}

int
part_take(struct folder *folder, const char *final, char name[PART_NAME],
    struct protocol_token *token)
{
	return take(folder, final, false, name, token);
}

int
part_take_mapped(struct folder *folder, const char *final, char name[PART_NAME],
    struct protocol_token *token)
{
	return take(folder, final, true, name, token);
}

bool
part_is_there(const struct folder *folder, const char *final, bool is_mapped)
{
	struct part *part = SLIST_FIRST(&folder->parts);

	while ((part = find_listed(folder, final, part)) != NULL &&
	    part->parsed.is_mapped != is_mapped)
		part = SLIST_NEXT(part, next);
	return part != NULL;
}

void
part_remove_stale(struct folder *folder, const char *final)
{
	struct part *part = SLIST_FIRST(&folder->parts);

	while ((part = find_listed(folder, final, part)) != NULL) {
		part->taken = true;
		remove_free(folder, part->name);
	}
}

/* Makes a part file that was not there; -1 with EEXIST if it was. Another
 * process that was quicker to lock it may be done with it already. */
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
		if (stat.st_nlink == 1)
			return fd;
		errno = EWOULDBLOCK;
	}
	saved = errno == EWOULDBLOCK ? EEXIST : errno;
	/* What is nobody else's is not left behind. */
	if (saved != EEXIST)
		unlinkat(folder->fd, name, 0);
	close(fd);
	errno = saved;
	return -1;
}

/* The same, in the place of an abandoned one. */
static int
create(const struct folder *folder, const char *name, mode_t mode)
{
	int fd;

	fd = create_new(folder, name, mode);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	remove_free(folder, name);
	return create_new(folder, name, mode);
}

/* The name that no other process gives. */
static void
print_own_name(const struct folder *folder, const char *final,
    struct protocol_token token, char name[PART_NAME])
{
	part_name_print_number(folder, final, token, (uint32_t)getpid(), name);
}

void
part_print_random(const struct folder *folder, const char *final,
    struct protocol_token token, char name[PART_NAME])
{
	part_name_print_number(folder, final, token, arc4random(), name);
}

/* A part file of the name that everybody knows; of our own, where someone
 * fetches the same file here now; or, where others have planted files of these
 * names, of one that they have not foreseen. */
static int
create_any(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME])
{
	int tries, fd;

	part_name_print(folder, final, token, name);
	fd = create(folder, name, mode);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	print_own_name(folder, final, token, name);
	fd = create(folder, name, mode);
	for (tries = 0; fd < 0 && errno == EEXIST && tries < PART_TRIES;
	     tries++) {
		part_print_random(folder, final, token, name);
		fd = create_new(folder, name, mode);
	}
	return fd;
}

int
part_prepare(const struct folder *folder, int fd, const char *final,
    struct protocol_token token, char name[PART_NAME])
{
	print_own_name(folder, final, token, name);
	/* An earlier process may have had the same number. */
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

	/* The mode that it is made with may be the one that it will have. */
	fd = create_any(folder, final, token,
	    folder->volume->sets_mode == VOLUME_NO ? last : 0600, name);
	if (fd < 0 || is_known || !stamp_keeps_mode(folder, fd, 0600))
		return fd;
	close(fd);
	(void)unlinkat(folder->fd, name, 0);
	fd = create_new(folder, name, last);
	return fd < 0 && errno == EEXIST ? open_free(folder, name) : fd;
}

int
part_create_mapped(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME])
{
	part_name_print_mapped(folder, final, token, name);
	return create(folder, name,
	    folder->volume->sets_mode == VOLUME_NO ? (mode & 0777) | 0600 :
						     0600);
}
