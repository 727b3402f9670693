#ifndef SERVER_ROOT_H
#define SERVER_ROOT_H

/*
 * The served folder. Every file is opened below its descriptor by openat2(2)
 * with RESOLVE_BENEATH, so the kernel keeps each look-up inside the folder. No
 * other module opens a file by name once the sandbox is entered. Any thread may
 * use a root between root_open and root_close.
 */

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/sandbox.h"

struct open_how;

/* The arguments of openat2(2) that the server uses, and no others. */
enum root_way {
	ROOT_FILE,   /* O_RDONLY, for a file's contents */
	ROOT_FOLDER, /* O_DIRECTORY, for a folder's entries */
	ROOT_PATH,   /* O_PATH, for the state alone */
	ROOT_PLAIN,  /* O_PATH, failing if a component is a link */
	ROOT_WAYS,
};

struct root {
	int fd;
	const struct open_how *ways; /* 2 * ROOT_WAYS, on a read-only page */
	bool sealed;  /* the page can neither change nor go (root_seal) */
	bool hidden;  /* names that begin with a dot are served */
	dev_t device; /* st_dev of the folder */
	const char *network; /* storage_find_network of the folder */
};

/* An open file or folder. */
struct root_file {
	int fd;		  /* -1 if closed */
	bool is_plain;	  /* no component of its name is a link */
	bool on_network;  /* set by root_find_storage: see server/storage.h */
	struct stat stat; /* its state when it was opened */
};

/* Opens the folder itself, following links in path, which the operator chose.
 * hidden: names that begin with a dot are served. links: symbolic links inside
 * the folder are followed. Returns 0, or -1 with errno, for beneath_explain. */
int root_open(struct root *root, const char *path, bool hidden, bool links);

/* Makes plain another view of an open root: all of its ways refuse names that
 * lead through a symbolic link. It ends with root, and is not closed. */
void root_without_links(const struct root *root, struct root *plain);

/* Seals the page of root->ways while the process lives (mseal(2), Linux 6.10),
 * so that a seccomp filter can compare addresses on it. Called before the first
 * thread. Returns 0, or -1 with errno (ENOSYS: no mseal) and root unchanged. */
int root_seal(struct root *root);

/* Returns the folder and the ways in which files below it are opened, for
 * sandbox_enter. */
struct sandbox_folder root_sandbox_folder(const struct root *root);

/* Closes the folder; no other thread may use root any more. A sealed page
 * stays mapped. */
void root_close(struct root *root);

/* Returns the status for an errno of a call on a file or folder below root.
 * BUSY: it may succeed later. */
enum protocol_status root_status(const struct root *root, int code);

/*
 * Opens a regular file for reading. The name is valid by common/names.h and not
 * terminated. beside: a file of the same folder is open and has is_plain, which
 * saves a look-up of the folder. Returns PROTOCOL_OK with file open, which the
 * caller closes by root_close_file; or the status to refuse the request with,
 * and file->fd -1.
 */
enum protocol_status root_open_file(const struct root *root,
    const uint8_t *name, size_t len, bool beside, struct root_file *file);

/* Sets file->on_network of an open file. Files on the root's own file system
 * and on disks cost no system call. */
void root_find_storage(const struct root *root, struct root_file *file);

/* Opens a folder for root_read_folder; "." is the served folder. Returns
 * PROTOCOL_OK with folder open, for root_close_file; or a refusal's status
 * (NOT_A_FILE: the name leads to something else), and folder->fd -1. */
enum protocol_status root_open_folder(const struct root *root,
    const uint8_t *name, size_t len, struct root_file *folder);

/* Closes a file or folder; sets file->fd to -1. */
void root_close_file(struct root_file *file);

/* Reads an open folder from its file offset on, by getdents64(2), into entries:
 * size bytes aligned as struct dirent. Returns the bytes read, 0 at the end of
 * the folder, or -1 with errno. */
ssize_t root_read_folder(const struct root_file *folder, void *entries,
    size_t size);

/* Returns true if the policy for hidden names lets a client open an entry of
 * this name; "." and ".." are never shown. */
bool root_shows(const struct root *root, const char *entry);

enum root_entry {
	ROOT_ENTRY_SEEN,   /* the state is known; of a link, its target's */
	ROOT_ENTRY_UNSEEN, /* the entry exists; its state cannot be read */
	ROOT_ENTRY_NONE,   /* removed, or a link to nothing or to outside */
	ROOT_ENTRY_BUSY,   /* this machine is out of resources */
};

/*
 * Finds the state of an entry of an open folder, as opening the entry by its
 * whole name would. name is the folder's, len its bytes. Sets *stat and returns
 * ROOT_ENTRY_SEEN, or returns why there is no state. A link whose whole name
 * exceeds NAMES_MAX is UNSEEN; any other entry with such a name is SEEN.
 */
enum root_entry root_stat_entry(const struct root *root,
    const struct root_file *folder, const uint8_t *name, size_t len,
    const char *entry, struct stat *stat);

/* Finds the attributes of a regular file or a folder ("." is the served one)
 * without opening it. Returns PROTOCOL_OK, or the status to refuse with. */
enum protocol_status root_stat(const struct root *root, const uint8_t *name,
    size_t len, struct protocol_attributes *attributes);

#endif
