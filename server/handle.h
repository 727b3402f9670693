#ifndef SERVER_HANDLE_H
#define SERVER_HANDLE_H

/*
 * The open file of a session. Requests for the same file that have arrived
 * together share one opening for as long as nothing happens to the file: all
 * of them were made before it, so none is shown an older state than it asked
 * for, and none a newer one that was never under that name. Whoever receives
 * more requests closes the handle before; so does a verb that looks a name up
 * itself, as a connection has one file open at a time (limits.c), and no reply
 * shows an older state than the one before it. One thread at a time uses a
 * handle.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "server/kept.h"
#include "server/root.h"

struct handle {
	struct root_file file; /* fd -1: nothing is open */
	const uint8_t *name;   /* its name, where the request has it */
	size_t name_len;
	struct kept kept; /* beside it; handle_close leaves it alone */
};

/* Begins with nothing open, and nothing kept; what opens is handle_open, again
 * and again. */
void handle_init(struct handle *handle, struct kept_places *places);

/*
 * Opens a regular file as root_open_file, or goes on with it if it is open by
 * this name and untouched. The name must stay where it is until handle_close.
 * On PROTOCOL_OK the handle is open; any other status is the answer to the
 * client.
 */
enum protocol_status handle_open(struct handle *handle, const struct root *root,
    const uint8_t *name, size_t len);

/* Closes what is open, if anything is. */
void handle_close(struct handle *handle);

#endif
