#ifndef SERVER_ANNOUNCEMENT_H
#define SERVER_ANNOUNCEMENT_H

#include <stddef.h>

#include "common/key_name.h"
#include "server/listen_sockets.h"

/* The lines that tell operator and scripts where the server listens. */
struct announcement {
	char *text;
	size_t size; /* bytes */
};

/*
 * Writes the lines, without printing them: two for each address by which the
 * server can be reached (the address, and a fileget command, with the server's
 * key unless that is NULL). A socket that
 * listens on all addresses stands for those of the interfaces, at most eight of
 * each family, or for the loopback address where the machine has no other.
 * Called before the process is confined and before the first thread.
 *
 * Returns 0, or -1 with errno (no memory, or an address cannot be read).
 */
int announcement_open(struct announcement *announcement,
    const struct listen_sockets *sockets, const char *directory,
    const struct key_name *key);

/* Prints the lines and one about the confinement (layers) to standard output,
 * all at once, and frees them. Logs a failed write. Returns 0, or -1 with
 * errno (no memory). */
int announcement_print(struct announcement *announcement, const char *layers);

#endif
