#ifndef SERVER_ANNOUNCEMENT_H
#define SERVER_ANNOUNCEMENT_H

#include "server/listen_sockets.h"

/* Prints to standard output, all at once, two lines for each socket (address,
 * fileget command) and one about the confinement (layers). Logs a failed write.
 * Returns 0, or -1 with errno (no memory, or an address cannot be read). */
int announcement_print(const struct listen_sockets *sockets,
    const char *directory, const char *layers);

#endif
