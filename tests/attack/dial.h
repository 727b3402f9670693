#ifndef ATTACK_DIAL_H
#define ATTACK_DIAL_H

/* Connects a socket to 127.0.0.1. Any thread may call it; it asserts
 * nothing. */

#include <stdbool.h>
#include <stdint.h>

/* The source address 127.0.0.1 + n. */
#define DIAL_FROM(n) ((uint32_t)0x7f000001 + (n))

struct dial {
	uint16_t port;
	uint32_t from;	    /* source address, host byte order; 0: any */
	int receive_buffer; /* SO_RCVBUF, bytes; 0: the system's */
	int patience;	    /* s that each call may block; 0: non-blocking, and
			       perhaps not connected yet */
};

/* Returns the descriptor, or -1 with errno set. */
int dial(const struct dial *dial);

#endif
