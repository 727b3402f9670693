#ifndef SERVER_OWN_FILES_H
#define SERVER_OWN_FILES_H

/*
 * The server's own files, which no client may see: its key, its certificate,
 * its list of clients. The folder of each is opened at the start, so that the
 * server in its sandbox can read a file anew that was replaced meanwhile. A
 * file is opened below its folder alone, at the start too: what can be read
 * then can be read later. One thread at a time uses an own file.
 *
 * Functions that can fail write a message into error that names the file,
 * escaped, and says what can be done.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/sandbox.h"

enum {
	OWN_FILES_MOST = 4,
	OWN_FILES_ERROR = 512, /* bytes of a message */
};

struct open_how;

struct own_file {
	char *path;		    /* as the operator gave it */
	const char *name;	    /* its last component */
	int folder;		    /* O_PATH */
	const struct open_how *way; /* of struct own_files */
};

struct own_files {
	struct own_file files[OWN_FILES_MOST];
	size_t n;
	const struct open_how *way; /* to open each file; see server/ways.h */
	bool sealed;		    /* ways_seal has succeeded */
};

/* Starts without a file. Returns 0, or -1 with errno. */
int own_files_open(struct own_files *files);

/*
 * Opens the folder of path, following links as open(2) does; the file itself
 * need not exist. Returns the file, which belongs to files, or NULL.
 */
const struct own_file *own_files_add(struct own_files *files, const char *path,
    char error[OWN_FILES_ERROR]);

/* Seals the way, so that a seccomp filter can compare its address. Called
 * before the first thread. Returns 0, or -1 with errno and files unchanged. */
int own_files_seal(struct own_files *files);

/* Writes the folders and the way in which files below each are opened, for
 * sandbox_enter. Returns their number. */
size_t own_files_sandbox_folders(const struct own_files *files,
    struct sandbox_folder folders[OWN_FILES_MOST]);

/* Closes the folders; no file may be used any more. A sealed page stays mapped.
 */
void own_files_close(struct own_files *files);

/* Opens a file for reading, without waiting. A link may lead to a file in or
 * below the same folder, and nowhere else. Returns a descriptor, which the
 * caller closes, or -1. */
int own_file_open(const struct own_file *file, char error[OWN_FILES_ERROR]);

#endif
