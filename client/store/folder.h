#ifndef CLIENT_STORE_FOLDER_H
#define CLIENT_STORE_FOLDER_H

/*
 * A folder that files are written into, held by its descriptor. Where several
 * threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "client/store/part_list.h"
#include "client/store/settings.h"
#include "client/store/volume.h"
#include "client/store/written_files.h"
#include "client/ui/failure.h"

/* Failure: two names of this run are one file here. */
#define FOLDER_TWICE                                                       \
	"this file system takes it for another name of this run (as with " \
	"upper and lower case)"

/* Times and modes that could not be set in a run. */
struct folder_losses {
	uint64_t times, modes; /* files and folders */
	int error;	       /* errno of the first */
};

struct folder {
	int fd;	      /* for openat(2) and the like; may be an O_PATH one */
	mode_t umask; /* of this process */
	bool has_acl; /* a default ACL takes the place of the umask */
	mode_t acl;   /* most permissions that this ACL gives a new file */
	struct part_list parts;
	/* Files that this run has written here: own_written, or the set of a
	 * tree folder; NULL where two names cannot lead to one file. */
	struct written_files *written;
	struct written_files own_written;
	bool is_new;	/* made by this run, so all in it is this run's */
	bool is_shared; /* others may rename and remove its files */
	/* Own, or those of the folder that it was opened below. */
	struct volume *volume;
	struct volume own_volume;
	struct folder_losses *losses;
	struct folder_losses own_losses;
};

/* Opens the target folder. Returns 0, or -1 with errno. */
int folder_open(struct folder *folder, const char *path);

/* Opens a folder below base by its path there, which may lead neither out of
 * base nor through a link (openat2(2)). scan: reads which part files it has.
 * The caller sets folder->written first. Returns 0, or -1 with errno. */
int folder_open_below(struct folder *folder, const struct folder *base,
    const char *path, bool scan);

/* Opens a file in or below the folder for reading; follows no link, and never
 * blocks. Returns its descriptor, or -1 with errno. */
int folder_open_file(const struct folder *folder, const char *path);

/* Opens a folder below base for reading, as folder_open_below does, but not on
 * another file system (mount) than the folder that the first top bytes of the
 * path name: EXDEV. Returns its descriptor, or -1 with errno. */
int folder_open_on_one(const struct folder *base, const char *path, size_t top);

void folder_close(struct folder *folder);

/* Makes a folder writable if it is ours and was opened by folder_open_below.
 * Returns 0, or -1 with errno. */
int folder_make_writable(const struct folder *folder);

/* Calls fsync(2), for the names in the folder, or syncfs(2), for all of its
 * file system. Returns 0, or -1 with errno. Any thread. */
int folder_sync(const struct folder *folder, int (*call)(int));

/* Checks whether a file may get this name, to spare a transfer. Returns 0 if
 * the name is free, 1 if a file will be replaced, or -1 with the failure set: a
 * folder or device, or a link to one, has the name, or a file that
 * settings->no_clobber keeps or that this run has written by another name. */
int folder_check_name(const struct folder *folder, const char *final,
    const struct store_settings *settings, struct failure *failure);

/* Makes a file without a name (O_TMPFILE), with this mode less the umask.
 * Returns its descriptor, or -1 if the file system has no such files. */
int folder_create_nameless(struct folder *folder, mode_t mode);

#endif
