#ifndef FUZZ_HOSTILE_H
#define FUZZ_HOSTILE_H

/*
 * A server that says what an input has, whatever it is asked: one connection
 * after the other, with HOSTILE_NEXT between; then nobody listens any more.
 * The first byte is its manner: how the last of what it says on a connection
 * ends, and in which pieces it comes.
 */

#include <stddef.h>
#include <stdint.h>

#define HOSTILE_NEXT "|next|"

void hostile_begin(const uint8_t *data, size_t size);

/* How many connections there were. Whatever was heard, all that was asked was
 * well-formed. */
unsigned hostile_end(void);

#endif
