#ifndef CLIENT_TRUST_USER_FILE_H
#define CLIENT_TRUST_USER_FILE_H

/* The user's own files of fileget, which decide what it does: no other user may
 * have written them. Any thread may call these functions. */

#include <limits.h>
#include <stdbool.h>

enum {
	USER_FILE_WHY = 128, /* bytes of a reason with its NUL */
};

/* Prints the path of a file in $XDG_CONFIG_HOME/fileget or ~/.config/fileget.
 * Returns false, with path empty, for a user without a home. */
bool user_file_path(const char *name, char path[PATH_MAX]);

/*
 * Opens a file to be read, without waiting for a FIFO. It must belong to this
 * user or to root, and not every user may write to it. Returns a descriptor,
 * which the caller closes, or -1: why is then a reason that does not name the
 * file, or empty if there is no such file. One in a folder that this user may
 * not enter counts as missing, as when HOME is still that of root.
 */
int user_file_open(const char *path, char why[USER_FILE_WHY]);

#endif
