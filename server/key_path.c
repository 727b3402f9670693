/*
 * Finds the private key's file, and checks that nobody can fetch it. Reads no
 * key: common/identity.c does.
 */

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/key_path.h"

/* Returns the value of a variable that must be an absolute path, or NULL. */
static const char *
absolute_path(const char *variable)
{
	const char *path = getenv(variable);

	return path != NULL && path[0] == '/' ? path : NULL;
}

/* Returns the home of the user that this process runs as, or NULL. */
static const char *
find_home(bool became)
{
	const char *home = became ? NULL : absolute_path("HOME");
	const struct passwd *user;

	if (home != NULL)
		return home;
	user = getpwuid(geteuid());
	return user != NULL && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

/* Puts the path together. Returns 0, or -1 if it is too long. */
static int
join_path(char path[PATH_MAX], const char *folder, size_t len, const char *rest)
{
	int n = snprintf(path, PATH_MAX, "%.*s%s", (int)len, folder, rest);

	return n < PATH_MAX ? 0 : -1;
}

int
key_path_find(bool became, char path[PATH_MAX])
{
	const char *folder = absolute_path("STATE_DIRECTORY");

	/* systemd separates several by colons. */
	if (folder != NULL)
		return join_path(path, folder, strcspn(folder, ":"),
		    "/key.pem");
	folder = became ? NULL : absolute_path("XDG_STATE_HOME");
	if (folder != NULL)
		return join_path(path, folder, strlen(folder),
		    "/fileserv/key.pem");
	folder = find_home(became);
	return folder == NULL ? -1 :
				join_path(path, folder, strlen(folder),
				    "/.local/state/fileserv/key.pem");
}

/* Writes the path without links, up to the first component that is missing.
 * Returns 0, or -1. */
static int
resolve_path(const char *path, char resolved[PATH_MAX])
{
	char start[PATH_MAX], *slash;
	const char *rest = path + strlen(path);
	size_t len;

	if (strlcpy(start, path, sizeof(start)) >= sizeof(start))
		return -1;
	while (realpath(start[0] != '\0' ? start :
		       path[0] == '/'	 ? "/" :
					   ".",
		   resolved) == NULL) {
		slash = strrchr(start, '/');
		if (start[0] == '\0')
			return -1;
		*(slash == NULL ? start : slash) = '\0';
		rest = path + strlen(start);
	}
	len = strlen(resolved);
	return snprintf(resolved + len, PATH_MAX - len, "%s%s",
		   rest[0] == '/' || rest[0] == '\0' ? "" : "/",
		   rest) < (int)(PATH_MAX - len) ?
	    0 :
	    -1;
}

bool
key_path_is_served(const char *path, const char *directory, bool hidden)
{
	char file[PATH_MAX], folder[PATH_MAX];
	size_t len;

	if (resolve_path(path, file) != 0 ||
	    realpath(directory, folder) == NULL)
		return false;
	len = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
	return strncmp(file, folder, len) == 0 && file[len] == '/' &&
	    (hidden || strstr(file + len, "/.") == NULL);
}
