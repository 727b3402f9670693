/* The place of the user's files follows the XDG Base Directory Specification.
 * client/defaults.c and trust/known_hosts_file.c read them. */

#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/user_file.h"
#include "common/key_file.h"

bool
user_file_path(const char *name, char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int len = 0;

	/* A relative path is invalid. */
	if (config != NULL && config[0] == '/')
		len = snprintf(path, PATH_MAX, "%s/fileget/%s", config, name);
	else if (home != NULL && home[0] == '/')
		len = snprintf(path, PATH_MAX, "%s/.config/fileget/%s", home,
		    name);
	if (len > 0 && len < PATH_MAX)
		return true;
	path[0] = '\0';
	return false;
}

/* Returns true if a file that could not be opened counts as missing. */
static bool
is_missing(const char *path, int error)
{
	struct stat state;

	return error == ENOENT || error == ENOTDIR ||
	    (error == EACCES && stat(path, &state) != 0);
}

/* Checks that the open file is the user's own, or root's. */
static int
check_owner(int fd, char why[USER_FILE_WHY])
{
	struct stat state;

	if (fstat(fd, &state) != 0) {
		strlcpy(why, strerror(errno), USER_FILE_WHY);
		return -1;
	}
	if (state.st_uid != geteuid() && state.st_uid != 0) {
		snprintf(why, USER_FILE_WHY, "it belongs to another user (%ju)",
		    (uintmax_t)state.st_uid);
		return -1;
	}
	if ((state.st_mode & S_IWOTH) != 0) {
		strlcpy(why, "every user may write to it", USER_FILE_WHY);
		return -1;
	}
	return 0;
}

int
user_file_open(const char *path, char why[USER_FILE_WHY])
{
	int fd;

	why[0] = '\0';
	fd = key_file_open(path);
	if (fd < 0) {
		if (!is_missing(path, errno))
			strlcpy(why, strerror(errno), USER_FILE_WHY);
		return -1;
	}
	if (check_owner(fd, why) == 0)
		return fd;
	close(fd);
	return -1;
}
