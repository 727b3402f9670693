#ifndef CLIENT_STORE_VOLUME_H
#define CLIENT_STORE_VOLUME_H

/*
 * A file system that is written to: what it can do, as far as this run has
 * found out. Folders of one file system share one. Where several threads
 * fetch, under the lock of transfer/job_queue.h.
 */

#include <sys/stat.h>
#include <sys/statfs.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum volume_answer {
	VOLUME_UNKNOWN, /* it was not asked yet */
	VOLUME_YES,
	VOLUME_NO,
};

struct volume {
	dev_t device;
	size_t name_max; /* bytes of a name */
	bool tells_late; /* may say at close(2) that there is no room */
	/* A program or a server stands behind it (FUSE, NFS, CIFS, 9P): inode
	 * numbers may differ at each look, times may be rounded later. */
	bool is_remote;
	bool has_nameless;  /* takes files without a name (O_TMPFILE) */
	bool has_noreplace; /* renames without replacing (renameat2(2)) */
	bool has_links;	    /* gives a file a second name (link(2)) */
	enum volume_answer sets_mode; /* takes fchmod(2) */
	uint64_t file_max; /* bytes of a file; UINT64_MAX: not known */
	bool is_full;	   /* this run has met that */
	bool has_probe;
	int probe; /* an open file for trying times, if has_probe */
};

/*
 * Fills in what fstatfs(2) and fstat(2) say of the folder fd, and the best of
 * all that only trying tells. *folder is the folder's state, or zero.
 */
void volume_open(struct volume *volume, int fd, struct stat *folder);

/* Closes the probe. */
void volume_close(struct volume *volume);

/*
 * Returns whether files keep the mode that they are made with: chmod(2) is
 * refused or has no effect. Found out once, by trying it on fd, a file or
 * folder of ours that has this mode.
 */
bool volume_keeps_mode(struct volume *volume, int fd, mode_t mode);

/*
 * Returns whether two states are of one file. On a file system whose inode
 * numbers may differ at each look, equal size and times and owner count too.
 */
bool volume_is_one(const struct volume *volume, const struct stat *a,
    const struct stat *b);

/*
 * Makes a file system that tells late that it is full tell now, about the bytes
 * that were written by this descriptor: FUSE tells each descriptor of its own
 * alone. 0, or -1 with errno. Needs no lock.
 */
int volume_flush(const struct volume *volume, int fd);

/* Returns whether the name in the folder leads to the open file fd; a link
 * does not. */
bool volume_is_named(const struct volume *volume, int folder_fd,
    const char *name, int fd);

#endif
