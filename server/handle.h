#ifndef SERVER_HANDLE_H
#define SERVER_HANDLE_H

/*
 * The open file of a session. Requests for one name that have arrived together
 * share one opening while the file's state stays the same. They were all sent
 * before the file was opened, so no client sees a state older than its request.
 * The session therefore closes the handle before it receives more requests, and
 * so does a verb that opens something else: a connection has one file open at a
 * time (limits.c). Nothing is shared on a network file system, where only an
 * opening makes sure that the file is still the one of that name. The session's
 * thread alone uses its handle.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/kept.h"
#include "server/root.h"

struct handle {
	struct root_file file; /* fd -1: closed */
	const uint8_t *name;   /* the file's name, inside the request */
	size_t name_len;       /* bytes */
	struct kept kept;      /* a second file, which has its own rules */
};

/* Starts with nothing open and nothing kept; places outlives the handle. */
void handle_init(struct handle *handle, struct kept_places *places);

/* Opens a regular file below root, unless it is open by this name and its state
 * is unchanged. name stays valid until handle_close. Returns PROTOCOL_OK with
 * handle->file open; or a refusal's status, errno set and the handle closed. */
enum protocol_status handle_open(struct handle *handle, const struct root *root,
    const uint8_t *name, size_t len);

/* Closes the file if one is open; leaves the kept file alone. */
void handle_close(struct handle *handle);

/* Closes the file and the kept file, if they are open. */
void handle_close_all(struct handle *handle);

#endif
