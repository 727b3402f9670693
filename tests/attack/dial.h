#ifndef ATTACK_DIAL_H
#define ATTACK_DIAL_H

/* A socket on its way to 127.0.0.1; for any thread, and nothing asserted. */

#include <stdbool.h>
#include <stdint.h>

/* 127.0.0.1 + n, as a source. */
#define DIAL_FROM(n) ((uint32_t)0x7f000001 + (n))

struct dial {
	uint16_t port;
	uint32_t from;	    /* source address, host's byte order; 0: any */
	int receive_buffer; /* SO_RCVBUF, bytes; 0: as it is */
	int patience;	    /* s: it blocks, for so long a call; 0: it does
			       not block, and may not be connected yet */
};

/* The descriptor, or -1 with errno. */
int dial(const struct dial *dial);

#endif
