#ifndef SERVER_ROOT_H
#define SERVER_ROOT_H

/*
 * The served folder. Everything is opened below its descriptor by openat2(2)
 * with RESOLVE_BENEATH, so that the kernel itself keeps every look-up inside;
 * nothing else in the server opens a file by name once the sandbox is entered.
 * After root_open any thread may use it.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

struct open_how;

/* What is opened below the folder, and for what; there is no other way. */
enum root_way {
	ROOT_FILE,   /* to be read */
	ROOT_FOLDER, /* to be listed */
	ROOT_PATH,   /* for its state alone */
	ROOT_PLAIN,  /* the same, where no link is on the way */
	ROOT_WAYS,   /* how many there are */
};

struct root {
	int fd;
	/* ROOT_WAYS of them, in a page of their own, which is read only. */
	const struct open_how *ways;
	bool sealed; /* and that page stays so, and there, for ever */
	bool hidden; /* dot files are served */
};

/* A file or folder that is open, and its state when it was opened. */
struct root_file {
	int fd;
	bool is_plain; /* opened as a file, by a name with no link on the way */
	struct stat stat;
};

/*
 * Opens the folder itself; the path is the operator's and is followed as it
 * stands. 0, or -1 with errno, which beneath_explain explains.
 */
int root_open(struct root *root, const char *path, bool hidden, bool links);

/*
 * Seals the page of the ways (mseal(2), Linux 6.10), so that not even this
 * process can change what an address in it says, and a filter of system calls
 * may rely on the address. For the one root of a process, and before its first
 * thread: the page is there until it ends. 0, or -1 with errno (ENOSYS: the
 * kernel cannot), and all is as before.
 */
int root_seal(struct root *root);

/* Every thread must have done with it. A page that is sealed stays. */
void root_close(struct root *root);

/* What an errno of a call on a file or folder below says to a client. */
enum protocol_status root_status(int code);

/*
 * Opens a regular file for reading. The name is valid by common/names.h, not
 * terminated. On PROTOCOL_OK file is open and the caller's to close with
 * root_close_file; any other status is the answer to the client.
 */
enum protocol_status root_open_file(const struct root *root,
    const uint8_t *name, size_t len, struct root_file *file);

/*
 * The same for a file in a folder from which another one was just opened, and
 * found to be plain: cheaper, as the folder need not be looked at again.
 */
enum protocol_status root_open_beside(const struct root *root,
    const uint8_t *name, size_t len, struct root_file *file);

/* The same for a folder (NOT_A_FILE: it is none; "." is the served one). */
enum protocol_status root_open_folder(const struct root *root,
    const uint8_t *name, size_t len, struct root_file *folder);

void root_close_file(struct root_file *file);

/* Whether an entry of a folder may be opened at all, by its name alone. */
bool root_shows(const struct root *root, const char *entry);

/* The result of a look at an entry of a folder. */
enum root_entry {
	ROOT_ENTRY_SEEN,   /* its state, of a link what it leads to */
	ROOT_ENTRY_UNSEEN, /* it is there, and its state cannot be had */
	ROOT_ENTRY_NONE,   /* gone, or a link that leads nowhere or outside */
	ROOT_ENTRY_BUSY,   /* a limit of this machine; try again */
};

/*
 * Looks at an entry of an open folder of this name, as opening it by its whole
 * name would find it. Sets *stat if the entry is SEEN. An entry whose whole
 * name is too long to be asked for is SEEN all the same, or UNSEEN if it is a
 * link.
 */
enum root_entry root_stat_entry(const struct root *root,
    const struct root_file *folder, const uint8_t *name, size_t len,
    const char *entry, struct stat *stat);

/* The state of a regular file or a folder ("." is the served one). */
enum protocol_status root_stat(const struct root *root, const uint8_t *name,
    size_t len, struct protocol_attributes *attributes);

/*
 * Asks for the state of an open file again. Returns false if it is still
 * file->stat: then its contents are the same, and so are its names and who may
 * read it. *size is its size now, 0 if its state cannot be had (which counts
 * as changed).
 *
 * A moved ctime always counts, also if the file has only lost or got a name:
 * a writer can put the mtime back, and make a link meanwhile.
 */
bool root_file_changed(const struct root_file *file, uint64_t *size);

#endif
