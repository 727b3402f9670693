#ifndef COMMON_RESOLVE_H
#define COMMON_RESOLVE_H

#include <netdb.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Looks up the TCP addresses of host with getaddrinfo(3) and these flags. NULL
 * with AI_PASSIVE stands for all addresses of this machine. A name with
 * characters beyond ASCII is encoded (IDNA). A name that ends with a dot and is
 * not found is looked up without the dot.
 *
 * Returns 0 with *found set, which the caller frees with freeaddrinfo(3), or -1
 * with errno EHOSTUNREACH and a line of text in error (size bytes). The text
 * may contain host unescaped. Any thread may call it.
 */
int resolve_host(const char *host, uint16_t port, int flags,
    struct addrinfo **found, char *error, size_t size);

#endif
