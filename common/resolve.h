#ifndef COMMON_RESOLVE_H
#define COMMON_RESOLVE_H

#include <netdb.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Finds the addresses of a host (NULL: all of this machine, with AI_PASSIVE in
 * flags), as getaddrinfo(3) does, for TCP and this port. A name that is not
 * ASCII is encoded (IDNA); one that ends with a dot and is not found is looked
 * up without it. Returns 0 with *found set, which the caller gives to
 * freeaddrinfo(3), or -1 with a line of text in error (size bytes), which may
 * hold the host as it was given, and errno EHOSTUNREACH. Any thread may call
 * it.
 */
int resolve_host(const char *host, uint16_t port, int flags,
    struct addrinfo **found, char *error, size_t size);

#endif
