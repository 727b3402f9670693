/* Control: the path is checked by name, and then opened by name. */

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/root.h"

enum protocol_status __wrap_root_open_file(const struct root *root,
    const uint8_t *name, size_t len, bool beside, struct root_file *file);

/* Resolves all links of the name. Returns whether it leads below the folder. */
static bool
resolve(const struct root *root, const uint8_t *name, size_t len,
    char resolved[PATH_MAX])
{
	char top[PATH_MAX], link[64], path[2 * PATH_MAX];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", root->fd);
	if (realpath(link, top) == NULL)
		return false;
	snprintf(path, sizeof(path), "%s/%.*s", top, (int)len,
	    (const char *)name);
	return realpath(path, resolved) != NULL &&
	    strncmp(resolved, top, strlen(top)) == 0 &&
	    resolved[strlen(top)] == '/';
}

enum protocol_status
__wrap_root_open_file(const struct root *root, const uint8_t *name, size_t len,
    bool beside, struct root_file *file)
{
	char resolved[PATH_MAX];

	(void)beside;
	file->fd = -1;
	if (!resolve(root, name, len, resolved))
		return PROTOCOL_DENIED;
	file->fd = open(resolved, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return PROTOCOL_NOT_FOUND;
	if (fstat(file->fd, &file->stat) == 0 && S_ISREG(file->stat.st_mode))
		return PROTOCOL_OK;
	root_close_file(file);
	return PROTOCOL_NOT_A_FILE;
}
