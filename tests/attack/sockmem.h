#ifndef ATTACK_SOCKMEM_H
#define ATTACK_SOCKMEM_H

/*
 * Kernel memory of the sockets of one server's connections, from sock_diag(7),
 * as "ss -m" shows it. Sees sockets of its own network namespace only. Counts
 * the page cache that sendfile(2) refers to, although it is no memory of the
 * socket.
 */

#include <stdint.h>

struct sockmem {
	unsigned n;
	uint64_t bytes;
	uint64_t most; /* largest of one socket */
};

/*
 * Adds up the connections from this address (host byte order) to this port of
 * 127.0.0.1, the server's ends and the clients' apart. Fails the test on any
 * error.
 */
void sockmem_look(uint16_t port, uint32_t from, struct sockmem *server,
    struct sockmem *clients);

#endif
