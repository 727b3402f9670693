/*
 * Finds the user's config file, $XDG_CONFIG_HOME/fileget/config or
 * ~/.config/fileget/config, and opens it if no other user can have written it.
 * common/options_file.c reads it. A user without a home has no config file.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/defaults.h"

/* Prints the path. Returns false if there is none. */
static bool
print_path(char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int len;

	/* A relative path is invalid (XDG Base Directory Specification). */
	if (config != NULL && config[0] == '/')
		len = snprintf(path, PATH_MAX, "%s/fileget/config", config);
	else if (home != NULL && home[0] == '/')
		len =
		    snprintf(path, PATH_MAX, "%s/.config/fileget/config", home);
	else
		return false;
	return len > 0 && len < PATH_MAX;
}

/* Returns true if a file that could not be opened counts as missing. If a
 * folder above it may not be entered, it belongs to another user, as when HOME
 * is still that of root. */
static bool
is_missing(const char *path, int error)
{
	struct stat state;

	return error == ENOENT || error == ENOTDIR ||
	    (error == EACCES && stat(path, &state) != 0);
}

static int
refuse_config(struct options *options, const char *path, const char *why)
{
	snprintf(options->error, sizeof(options->error),
	    "%.400s: %s (--no-config does without it)", path, why);
	return -1;
}

/* Checks that the open file is the user's own, or root's. */
static int
check_owner(struct options *options, int fd, const char *path)
{
	struct stat state;
	char why[64];

	if (fstat(fd, &state) != 0)
		return refuse_config(options, path, strerror(errno));
	if (state.st_uid != geteuid() && state.st_uid != 0) {
		snprintf(why, sizeof(why), "it belongs to another user (%ju)",
		    (uintmax_t)state.st_uid);
		return refuse_config(options, path, why);
	}
	if ((state.st_mode & S_IWOTH) != 0)
		return refuse_config(options, path,
		    "every user may write to it");
	return 0;
}

/* Reads the config file, if there is one. */
static int
read_config(struct defaults *defaults, struct options *options)
{
	char *path = defaults->path;
	int fd, result;

	if (!print_path(path)) {
		path[0] = '\0';
		return 0;
	}
	/* O_NONBLOCK: a FIFO in its place must not be waited for. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && is_missing(path, errno)) {
		path[0] = '\0';
		return 0;
	}
	if (fd < 0)
		return refuse_config(options, path, strerror(errno));
	result = check_owner(options, fd, path);
	if (result == 0)
		result = options_file_read(options, fd, path, defaults->file);
	close(fd);
	return result;
}

int
defaults_read(struct defaults *defaults, struct options *options)
{
	int result = options_read_variable(options, "FILEGET_OPTIONS",
	    defaults->variable);

	return result != 0 ? result : read_config(defaults, options);
}
