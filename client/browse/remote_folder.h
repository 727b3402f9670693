#ifndef CLIENT_BROWSE_REMOTE_FOLDER_H
#define CLIENT_BROWSE_REMOTE_FOLDER_H

/*
 * What a remote folder holds, all of it at once and sorted. For what is done
 * with entries one at a time, as they arrive, see wire/list_reader.h. One
 * thread.
 */

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/wire/connection.h"
#include "common/protocol.h"

struct remote_folder_entry {
	const char *name; /* one valid component; the listing's */
	uint64_t size;	  /* bytes */
	int64_t mtime_ns; /* since 1970 */
	uint32_t mode;	  /* as in stat(2); a file or a folder */
};

struct remote_folder_block;

struct remote_folder {
	struct protocol_attributes attributes; /* of what was listed: its
						  token.id finds circles */
	struct remote_folder_entry *entries;   /* by the bytes of their names */
	size_t n;
	/* browse/remote_folder.c's own. */
	size_t room;  /* entries */
	size_t names; /* bytes of memory */
	SLIST_HEAD(remote_folder_blocks, remote_folder_block) blocks;
};

/*
 * Asks for the entries of a folder: a valid name, or "." for the top. 0, or
 * -1 with the failure set; then there is nothing to free. A file is no
 * failure: attributes.mode tells it, and there are no entries. A server that
 * breaks the rules (names that are none or come twice, pages without end, more
 * entries than anyone can sort) is EXIT_PROTOCOL. The link's patience counts
 * for each page.
 */
int remote_folder_list(struct remote_folder *remote,
    struct connection *connection, const char *name, struct failure *failure);

/* A listing that was read, or is zeroed. */
void remote_folder_free(struct remote_folder *remote);

/* How much memory its entries take, in bytes. */
size_t remote_folder_memory(const struct remote_folder *remote);

/* Only the attributes of a file or folder. 0, or -1 with the failure set. */
int remote_folder_stat(struct connection *connection, const char *name,
    struct protocol_attributes *attributes, struct failure *failure);

#endif
