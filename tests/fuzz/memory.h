#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

/*
 * A connected socket in memory: the other side's bytes are given beforehand and
 * arrive in pieces of any size; bytes sent to it are kept. Between memory_begin
 * and memory_end the system calls of a stream on its socket are replaced (by
 * the linker, see rules.mk), and so is the monotonic clock: a wait only
 * advances it. One socket at a time; one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Event after the last byte of the other side. */
enum memory_end {
	MEMORY_ORDERLY,
	MEMORY_RESET,
	MEMORY_SILENCE,
	MEMORY_INTERRUPT, /* fileget is interrupted by its user */
	MEMORY_ENDS,
};

enum {
	MEMORY_TOLD = 1024 * 1024, /* bytes accepted; then sending fails */
};

/* The other side's bytes and behaviour. */
struct memory {
	const uint8_t *says;
	size_t len;
	size_t piece; /* most bytes received at once; 0: all */
	bool slow;    /* the first look at each piece finds nothing */
	bool deaf;    /* accepts no bytes */
	enum memory_end end;
};

/* Creates a socket. Its user may close it. */
int memory_begin(const struct memory *memory);

/* Replaces the socket by one with these bytes, as a reconnect does; it behaves
 * as memory_begin's. */
int memory_again(const uint8_t *says, size_t len);

void memory_end(void);

/* Returns all bytes sent to the other side, on all sockets. */
const uint8_t *memory_told(size_t *len);

/* Returns how many bytes were received from this socket. */
size_t memory_received(void);

/* Replaces net_connect: returns a descriptor, or -1 to refuse. NULL:
 * refuses. */
extern int (*memory_connect)(void);

#endif
