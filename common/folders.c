/*
 * Makes folders one by one from the top. Each is brought to the disk, since a
 * file in it is of no use after a power failure without its folder.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "common/folders.h"

int
folders_sync_above(const char *path)
{
	char copy[PATH_MAX];
	int fd, result;

	strlcpy(copy, path, sizeof(copy));
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = fsync(fd);
	/* Some file systems have no fsync(2) for folders. */
	if (result != 0 && errno == EINVAL)
		result = 0;
	close(fd);
	return result;
}

/* Makes a folder if it is missing. Returns 0, or -1 with errno. */
static int
make_folder(const char *folder)
{
	int code;

	if (mkdirat(AT_FDCWD, folder, 0700) == 0)
		return folders_sync_above(folder);
	/* Of a folder that is there, mkdir(2) may also say EROFS or EACCES. */
	code = errno;
	if (access(folder, F_OK) == 0)
		return 0;
	errno = code;
	return -1;
}

int
folders_make_above(const char *path, char folder[PATH_MAX])
{
	char *slash;

	if (strlcpy(folder, path, PATH_MAX) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (slash = strchr(folder + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_folder(folder) != 0)
			return -1;
		*slash = '/';
	}
	return 0;
}
