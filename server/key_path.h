#ifndef SERVER_KEY_PATH_H
#define SERVER_KEY_PATH_H

/* The place of the server's private key. Called at the start, by one thread. */

#include <limits.h>
#include <stdbool.h>

/*
 * Finds the file for the key of a server that was told no other:
 * $STATE_DIRECTORY/key.pem, which systemd sets; else
 * $XDG_STATE_HOME/fileserv/key.pem; else
 * ~/.local/state/fileserv/key.pem. became: the process has changed its user,
 * so the variables of the one before do not count, except for the first. The
 * file need not exist. Returns 0, or -1 if there is no such place.
 */
int key_path_find(bool became, char path[PATH_MAX]);

/* Returns true if a client could ask for this file, which need not exist yet,
 * by a name below the served folder. hidden: names that begin with a dot are
 * served. */
bool key_path_is_served(const char *path, const char *directory, bool hidden);

#endif
