#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

/*
 * A connected socket in memory: what the other side says is known beforehand,
 * in pieces of any size, and what it is told is kept. Between memory_begin
 * and memory_end the system calls that a stream makes on its socket
 * come here (rules.mk has the linker see to it), and so does the monotonic
 * clock: nothing waits, but the time that it would have waited passes. One
 * socket at a time; one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What comes behind the last byte of the other side. */
enum memory_end {
	MEMORY_ORDERLY,
	MEMORY_RESET,
	MEMORY_SILENCE,
	MEMORY_INTERRUPT, /* of fileget, by its user */
	MEMORY_ENDS,
};

enum {
	MEMORY_TOLD = 1024 * 1024, /* bytes it takes; then sending fails */
};

/* The other side. */
struct memory {
	const uint8_t *says;
	size_t len;
	size_t piece; /* bytes received at once, at most; 0: all */
	bool slow;    /* nothing is there at the first look at a piece */
	bool deaf;    /* takes nothing */
	enum memory_end end;
};

/* A socket; the descriptor may be closed, or not. */
int memory_begin(const struct memory *memory);

/* Another one takes its place, as when it was made anew: with memory_begin's
 * manners. */
int memory_again(const uint8_t *says, size_t len);

void memory_end(void);

/* What was said to the other side, all sockets together. */
const uint8_t *memory_told(size_t *len);

/* How much of what it says was received, from this socket. */
size_t memory_received(void);

/* Whoever connects, gets what this returns; NULL: is refused. */
extern int (*memory_connect)(void);

#endif
