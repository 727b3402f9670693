#ifndef SERVER_ANNOUNCEMENT_H
#define SERVER_ANNOUNCEMENT_H

#include <poll.h>

/*
 * Prints where the folder is served and how to fetch from there, for n sockets
 * that listen, and how it is confined (see sandbox.h), on standard output and
 * in one go. 0, or -1 with errno if it
 * cannot be found out; that nobody reads it is logged.
 */
int announcement_print(const struct pollfd *listening, int n,
    const char *directory, const char *layers);

#endif
