#ifndef SERVER_ANNOUNCEMENT_H
#define SERVER_ANNOUNCEMENT_H

#include "server/listen_sockets.h"

/*
 * Prints, to standard output and all at once, two lines for each socket (the
 * address, and a fileget command to paste) and a line that says how the server
 * is confined (layers). Logs a failure to write, which is no error. Returns 0,
 * or -1 with errno if an address cannot be read or memory is short.
 */
int announcement_print(const struct listen_sockets *sockets,
    const char *directory, const char *layers);

#endif
