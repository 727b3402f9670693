#ifndef CLIENT_STORE_WRITTEN_FILES_H
#define CLIENT_STORE_WRITTEN_FILES_H

/*
 * The files that this run has written into one folder, or kept there as they
 * are. They show when two names are one to the file system (upper and lower
 * case, composed and decomposed letters, a dot or blank at the end). Where
 * several threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include <sys/stat.h>

#include <stdbool.h>

#include "client/store/inode_set.h"
#include "client/store/volume.h"

/* Zeroed, it is empty. */
struct written_files {
	struct inode_set files;
	/* Names of the folder when they were last read: hashes as inodes. */
	struct inode_set names;
	/* A name may be written twice, as at the prompt; in a folder of a tree
	 * each name comes once. */
	bool may_repeat;
};

void written_files_close(struct written_files *written);

/* Adds the file stat, whose name is final. Returns 0, or -1 if memory is short.
 * Does nothing if written is NULL. */
int written_files_add(struct written_files *written,
    const struct volume *volume, const char *final, const struct stat *stat);

/* Returns whether the file stat, whose name is final, was written by this run
 * under another name that the file system takes for final. Returns false for a
 * hard link, whose two names are both in the folder, and if written is NULL. */
bool written_files_has_other(struct written_files *written,
    const struct volume *volume, int folder_fd, const char *final,
    const struct stat *stat);

#endif
