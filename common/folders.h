#ifndef COMMON_FOLDERS_H
#define COMMON_FOLDERS_H

/* The folders in which a program keeps files of its own. They are named by
 * paths that a person gave, never by a peer. Any thread may call these
 * functions. */

#include <limits.h>

/* Makes the folders above path that are missing, for this user alone (0700);
 * they are on disk before the function returns. Returns 0, or -1 with errno and
 * the folder that cannot be made in folder. */
int folders_make_above(const char *path, char folder[PATH_MAX]);

/* Brings the entries of the folder that path is in to the disk. Returns 0, or
 * -1 with errno. */
int folders_sync_above(const char *path);

#endif
