#ifndef SERVER_SHARE_GUESTS_H
#define SERVER_SHARE_GUESTS_H

/*
 * The clients that came to a share, each known by its key, and how much of the
 * file each has. The lock of struct share guards them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/key_name.h"
#include "common/net.h"
#include "server/coverage.h"

struct stat;

struct share_guest {
	struct key_name key;
	char address[NET_TEXT]; /* where it first came from */
	unsigned connections;	/* open ones */
	uint64_t files;		/* replies that reached a file's end */
	uint64_t sent;		/* bytes of files */

	/* Of a single file. */
	bool has_it; /* all of it was sent, and its connections have ended */
	bool began;  /* it was sent some of it, or the file is empty */
	unsigned version; /* grows when coverage begins anew */
	uint64_t size;	  /* of the file that coverage is about, in bytes */
	int64_t mtime_ns; /* the same */
	uint64_t inode;	  /* the same */
	struct coverage coverage; /* bytes that it has */
};

struct share_guests {
	struct share_guest **all; /* each stays where it is */
	size_t n, most;
	size_t have_it; /* number of those with has_it */
};

/* Begins without guests. Returns 0, or -1 without memory. */
int share_guests_open(struct share_guests *guests, size_t most);

void share_guests_close(struct share_guests *guests);

/* Returns the guest with this key, who is entered if there is room, or NULL. */
struct share_guest *share_guests_find(struct share_guests *guests,
    const struct key_name *key, const struct net_address *address);

/* Begins anew if the file is not the one that the guest has parts of. */
void share_guest_compare(struct share_guest *guest, const struct stat *file);

/* Notes that the guest has all of the file, if it does and no connection of it
 * is open. Returns whether that is new. */
bool share_guests_complete(struct share_guests *guests,
    struct share_guest *guest);

/* Prints who came, and what for, for the line at the end. */
void share_guests_tell(const struct share_guests *guests, bool is_folder,
    FILE *out);

#endif
