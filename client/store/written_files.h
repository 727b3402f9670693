#ifndef CLIENT_STORE_WRITTEN_FILES_H
#define CLIENT_STORE_WRITTEN_FILES_H

/*
 * The files that this run has written into one folder, or left there as they
 * are. With it two names are noticed that are one to the file system (upper
 * and lower case, composed and decomposed letters, a dot or blank at the end).
 * Under the lock of transfer/job_queue.h where several threads fetch.
 */

#include <sys/stat.h>

#include <stdbool.h>

#include "client/store/inode_set.h"

struct folder;

/* Empty when it is zeroed. */
struct written_files {
	struct inode_set files;
	struct inode_set names; /* in the folder, as far as they were read */
};

void written_files_close(struct written_files *written);

/* Adds what is called final in folder now. 0, or -1 without memory. written may
 * be NULL: nothing is kept. */
int written_files_add(struct written_files *written,
    const struct folder *folder, const char *final, const struct stat *stat);

/*
 * Returns whether the file stat, which was found in folder by looking up
 * final, is one that this run has written by another name. Another link to
 * such a file is none: it has a name of its own in the folder. False where
 * written is NULL.
 */
bool written_files_has_other(struct written_files *written,
    const struct folder *folder, const char *final, const struct stat *stat);

#endif
