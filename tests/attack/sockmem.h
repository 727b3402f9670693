#ifndef ATTACK_SOCKMEM_H
#define ATTACK_SOCKMEM_H

/*
 * The kernel's memory for the sockets of one server's connections, as
 * sock_diag(7) tells it (it is what "ss -m" shows). Only those of the network
 * one is in are seen. The page cache that a socket refers to, after
 * sendfile(2), is counted in, though it is no memory of the socket's own.
 */

#include <stdint.h>

struct sockmem {
	unsigned n;
	uint64_t bytes;
	uint64_t most; /* of one socket */
};

/*
 * Of the connections to this port of 127.0.0.1 from this address (in host's
 * byte order), the ends of the server and those of the clients. Failures are
 * failures of the test.
 */
void sockmem_look(uint16_t port, uint32_t from, struct sockmem *server,
    struct sockmem *clients);

#endif
