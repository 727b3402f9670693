#ifndef CLIENT_STORE_VOLUME_H
#define CLIENT_STORE_VOLUME_H

/*
 * A file system that is written to, and what it can do, as far as this run
 * knows. Folders of one file system share one. Where several threads fetch, the
 * caller holds the lock of transfer/job_queue.h.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum volume_answer {
	VOLUME_UNKNOWN, /* not tried yet */
	VOLUME_YES,
	VOLUME_NO,
};

struct volume {
	dev_t device;
	size_t name_max; /* bytes of a name, at most */
	bool tells_late; /* errors of writing may show at close(2) only */
	/* A program or server stands behind it (FUSE, NFS, CIFS, 9P): inode
	 * numbers may differ at each look, times may be rounded later. */
	bool is_remote;
	bool has_nameless;  /* takes files without a name (O_TMPFILE) */
	bool has_noreplace; /* renames without replacing (renameat2(2)) */
	bool has_links;	    /* gives a file a second name (link(2)) */
	enum volume_answer sets_mode; /* obeys fchmod(2) */
	uint64_t file_max;	      /* bytes of a file; UINT64_MAX: any */
	bool is_full;		      /* this run has met a full disk */
	bool has_probe;
	int probe; /* a file for trying times, or -1, if has_probe */
};

/* Sets the members that fstatfs(2) knows for the folder fd. Assumes that all
 * other features exist until one fails. Sets *folder to the folder's state, or
 * zero. */
void volume_open(struct volume *volume, int fd, struct stat *folder);

/* Closes the probe. */
void volume_close(struct volume *volume);

/* Returns whether files keep the mode that they are made with: chmod(2) is
 * refused or has no effect. Found out once, by trying it on fd, a file or
 * folder of ours that has this mode. */
bool volume_keeps_mode(struct volume *volume, int fd, mode_t mode);

/* Returns whether two states are of one file. On a remote file system equal
 * size, owner and times do where inode numbers differ. */
bool volume_is_one(const struct volume *volume, const struct stat *a,
    const struct stat *b);

/* Opens a folder, whose descriptor may be an O_PATH one, to read its names; the
 * caller closes it. Returns NULL with errno on failure. */
DIR *volume_open_names(int folder_fd);

/* Asks a file system with delayed write errors for those of this descriptor;
 * FUSE reports them for each descriptor. Returns 0, or -1 with errno. Any
 * thread; no lock. */
int volume_flush(const struct volume *volume, int fd);

/* Returns whether the name leads, not through a link, to the open file fd. */
bool volume_is_named(const struct volume *volume, int folder_fd,
    const char *name, int fd);

#endif
