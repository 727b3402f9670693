/*
 * A file system is asked for its free bytes before a large file, and, once it
 * was full, before each. Where it lacks room, part files that this run has left
 * give some of theirs: otherwise they would keep all other files out, and what
 * remains of them can still be continued.
 */

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "client/store/disk_space.h"
#include "client/store/part.h"
#include "common/amount.h"

enum {
	DISK_SPACE_LEAST = 1024 * 1024, /* bytes; fewer are not checked */
	DISK_SPACE_BLOCK = 64 * 1024,	/* bytes; files are cut by a multiple */
};

/* Cuts bytes off the end of a part file, or removes it if it has no more.
 * Returns how many bytes it is shorter. */
static uint64_t
cut_end(const struct folder *folder, struct part_entry *entry, uint64_t bytes)
{
	int fd = part_open(folder, entry->name);
	uint64_t size = 0;
	struct stat stat;

	if (fd < 0)
		return 0;
	/* Only whole blocks become free, whatever their size is. */
	bytes = (bytes | (DISK_SPACE_BLOCK - 1)) + 1;
	if (fstat(fd, &stat) == 0)
		size = (uint64_t)stat.st_size;
	if (size <= bytes) {
		unlinkat(folder->fd, entry->name, 0);
		entry->is_taken = true;
	} else if (ftruncate(fd, (off_t)(size - bytes)) == 0) {
		size = bytes;
	} else {
		size = 0;
	}
	close(fd);
	return size;
}

/* Returns whether a part file may be cut to make room: a map would be lost. */
static bool
is_cuttable(const struct part_entry *entry)
{
	return entry->fills_disk && !entry->parsed.is_mapped &&
	    !entry->is_taken;
}

/* Returns how many bytes the part files have that may be cut. */
static uint64_t
count_cuttable(const struct folder *folder)
{
	const struct part_entry *entry;
	uint64_t bytes = 0;
	struct stat stat;

	SLIST_FOREACH(entry, &folder->parts, next)
		if (is_cuttable(entry) &&
		    fstatat(folder->fd, entry->name, &stat,
			AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)stat.st_size;
	return bytes;
}

/* Cuts the ends of part files until so many bytes are free. Cuts nothing if the
 * part files have fewer. */
static void
make_room(struct folder *folder, uint64_t bytes)
{
	struct part_entry *entry;
	uint64_t done;

	if (count_cuttable(folder) < bytes)
		return;
	SLIST_FOREACH(entry, &folder->parts, next) {
		if (!is_cuttable(entry))
			continue;
		done = cut_end(folder, entry, bytes);
		if (done >= bytes)
			return;
		bytes -= done;
	}
}

/* Returns the bytes that are free, or UINT64_MAX if that is not known. */
static uint64_t
free_bytes(const struct folder *folder)
{
	struct statvfs space;

	return fstatvfs(folder->fd, &space) == 0 ?
	    (uint64_t)space.f_bavail * space.f_frsize :
	    UINT64_MAX;
}

int
disk_space_check(struct folder *folder, uint64_t size, uint64_t left,
    struct failure *failure)
{
	char needed[AMOUNT_COUNT], available[AMOUNT_COUNT];
	uint64_t space;

	if (size > folder->volume->file_max) {
		amount_print(size, needed);
		return failure_set(failure, EXIT_LOCAL,
		    "it has %s, more than a file on this file system (FAT) "
		    "can have",
		    needed);
	}
	if (left < DISK_SPACE_LEAST && !folder->volume->is_full)
		return 0;
	space = free_bytes(folder);
	if (left > space) {
		make_room(folder, left - space);
		space = free_bytes(folder);
	}
	if (left <= space)
		return 0;
	amount_print_both(left, space, needed, available);
	failure_set(failure, EXIT_LOCAL,
	    "no room here: %s are needed, %s are free", needed, available);
	failure->is_disk_full = true;
	return -1;
}
