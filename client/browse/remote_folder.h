#ifndef CLIENT_BROWSE_REMOTE_FOLDER_H
#define CLIENT_BROWSE_REMOTE_FOLDER_H

/* The entries of a remote folder, all at once and sorted. wire/list_reader.h
 * reads them one at a time instead. One thread. */

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/wire/connection.h"
#include "common/protocol.h"

struct remote_folder_entry {
	const char *name; /* one component; freed with the listing */
	uint64_t size;	  /* bytes */
	int64_t mtime_ns; /* since 1970 */
	uint32_t mode;	  /* as in stat(2), of a file or folder */
};

struct remote_folder_block;

struct remote_folder {
	struct protocol_attributes attributes; /* of the folder itself */
	struct remote_folder_entry *entries;   /* sorted by name, bytewise */
	size_t n;
	/* ---- private ---- */
	size_t room;  /* entries allocated */
	size_t names; /* bytes of the blocks */
	SLIST_HEAD(remote_folder_blocks, remote_folder_block) blocks;
};

/*
 * Asks for the entries of a folder; name is valid, or "." for the top. Returns
 * 0, or -1 with the failure set and nothing to free. If name is a file,
 * attributes.mode says so, and there are no entries. The failure is
 * EXIT_PROTOCOL if a name is invalid or comes twice, or if pages or entries
 * have no end. The connection's limits apply to each page.
 */
int remote_folder_list(struct remote_folder *remote,
    struct connection *connection, const char *name, struct failure *failure);

/* Frees a listing; a zeroed struct is one. */
void remote_folder_free(struct remote_folder *remote);

/* Returns the memory that the entries take, in bytes. */
size_t remote_folder_memory(const struct remote_folder *remote);

#endif
