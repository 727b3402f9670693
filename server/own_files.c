/*
 * Opens the server's own files; identity.c and clients.c read them. The main
 * thread adds files and seals the way at the start; afterwards the thread of
 * reload.c alone opens files.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/key_file.h"
#include "common/names.h"
#include "common/syscalls.h"
#include "server/own_files.h"
#include "server/sandbox.h"
#include "server/ways.h"

_Static_assert(OWN_FILES_ERROR == KEY_FILE_ERROR, "one size of a message");

int
own_files_open(struct own_files *files)
{
	/* O_NONBLOCK: a FIFO, which is refused later, is not waited for. */
	const struct open_how way = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY |
		O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};

	*files = (struct own_files){.way = ways_make(&way, 1)};
	return files->way == NULL ? -1 : 0;
}

/* Opens the folder of path, whose last component is name. Returns a descriptor,
 * or -1 with errno. */
static int
open_folder_of(const char *path, const char *name)
{
	char folder[PATH_MAX] = ".";
	size_t len = (size_t)(name - path);

	if (len >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len > 0) {
		memcpy(folder, path, len);
		folder[len] = '\0';
	}
	return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Returns the last component of path. */
static const char *
last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

const struct own_file *
own_files_add(struct own_files *files, const char *path,
    char error[OWN_FILES_ERROR])
{
	struct own_file *file = &files->files[files->n];
	const char *name = last_component(path);

	if (files->n == OWN_FILES_MOST) {
		key_file_fail(error, path, "there are %d such files already",
		    OWN_FILES_MOST);
		return NULL;
	}
	if (!names_valid((const uint8_t *)name, strlen(name))) {
		key_file_fail(error, path, "this is not the name of a file");
		return NULL;
	}
	*file = (struct own_file){.path = strdup(path), .way = files->way};
	if (file->path == NULL) {
		key_file_fail(error, path, "out of memory");
		return NULL;
	}
	file->name = last_component(file->path);
	file->folder = open_folder_of(path, name);
	if (file->folder < 0) {
		key_file_fail(error, path, "its folder cannot be opened: %s",
		    strerror(errno));
		free(file->path);
		return NULL;
	}
	files->n++;
	return file;
}

int
own_files_seal(struct own_files *files)
{
	if (ways_seal(files->way, 1) != 0)
		return -1;
	files->sealed = true;
	return 0;
}

size_t
own_files_sandbox_folders(const struct own_files *files,
    struct sandbox_folder folders[OWN_FILES_MOST])
{
	size_t i;

	for (i = 0; i < files->n; i++)
		folders[i] = (struct sandbox_folder){files->files[i].folder,
		    files->way, 1, files->sealed};
	return files->n;
}

void
own_files_close(struct own_files *files)
{
	size_t i;

	for (i = 0; i < files->n; i++) {
		close(files->files[i].folder);
		free(files->files[i].path);
	}
	files->n = 0;
	if (!files->sealed)
		ways_free(files->way, 1);
	files->way = NULL;
}

int
own_file_open(const struct own_file *file, char error[OWN_FILES_ERROR])
{
	int fd = beneath_open(file->folder, file->name, file->way);

	if (fd >= 0)
		return fd;
	if (errno == EXDEV)
		key_file_fail(error, file->path,
		    "this link leads out of its folder, where the server in "
		    "its sandbox could not read a later version: copy the file "
		    "here");
	else
		key_file_fail(error, file->path, "cannot be read: %s",
		    strerror(errno));
	return -1;
}
