#ifndef CLIENT_STORE_FOLDER_H
#define CLIENT_STORE_FOLDER_H

/*
 * The folder that files are written into, held by its descriptor: whether a
 * name may be given there, and whether there is room. Where several threads
 * fetch, under the lock of transfer/job_queue.h.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/store/part_list.h"
#include "client/store/settings.h"
#include "client/store/volume.h"
#include "client/store/written_files.h"
#include "common/protocol.h"

/* Why a name is not given here. */
#define FOLDER_TWICE                                                       \
	"this file system takes it for another name of this run (as with " \
	"upper and lower case)"

/* Files and folders of a run that could not be given a time or mode. */
struct folder_losses {
	uint64_t times, modes;
	int error; /* errno of the first */
};

struct folder {
	int fd;	      /* for openat(2) and its like, maybe an O_PATH one */
	mode_t umask; /* permissions new files must not have */
	bool has_acl; /* a default ACL decides instead, */
	mode_t acl;   /* and lets new files have these at most */
	struct part_list parts;
	/* What this run has written here, so that no two names of it meet in
	 * one file; NULL where names are told apart by themselves. */
	struct written_files *written;
	struct written_files own_written;
	/* This run has made it: what is in it is this run's, and no name of it
	 * is given twice. */
	bool is_new;
	bool is_shared;	       /* others may rename and remove what is in it */
	struct volume *volume; /* own_volume, or that of the folder below which
				  it was opened */
	struct volume own_volume;
	struct folder_losses *losses; /* the same of what could not be set */
	struct folder_losses own_losses;
};

/* 0, or -1 with errno. */
int folder_open(struct folder *folder, const char *path);

/*
 * Opens a folder below another by its path there, which the kernel keeps from
 * leading through a link or out of it (openat2(2)). scan: it may hold part
 * files. folder->written stays as it was. 0, or -1 with errno.
 */
int folder_open_below(struct folder *folder, const struct folder *base,
    const char *path, bool scan);

/* Opens what is in it, or below it, for reading, by its path from there, which
 * no link is followed on; it never waits. -1 with errno. */
int folder_open_file(const struct folder *folder, const char *path);

void folder_close(struct folder *folder);

/* A folder of ours that we may not write into: now we may. 0, or -1 with
 * errno. It was opened by folder_open_below. */
int folder_make_writable(const struct folder *folder);

/* Sees to it that the names in it are on disk. 0, or -1 with errno. */
int folder_sync(const struct folder *folder);

/* The same for all that is in its file system. */
int folder_sync_all(const struct folder *folder);

/*
 * Whether a new file may be given this name: -1 with the failure set if it
 * exists and settings->no_clobber is set, or is a folder, a device or a link to
 * one, or was written by this run under another name. 1: there is a file that
 * will be replaced; 0: there is none. A courtesy that spares a transfer:
 * store/publish.h decides.
 */
int folder_check_name(const struct folder *folder, const char *final,
    const struct store_settings *settings, struct failure *failure);

/*
 * Makes a file without a name (O_TMPFILE of open(2)), with this mode. Returns
 * its descriptor, or -1 where the file system has no such files.
 */
int folder_create_nameless(struct folder *folder, mode_t mode);

#endif
