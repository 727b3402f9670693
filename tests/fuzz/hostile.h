#ifndef FUZZ_HOSTILE_H
#define FUZZ_HOSTILE_H

/*
 * A server that sends the bytes of an input, whatever it is asked, on one
 * connection after another, separated by HOSTILE_NEXT; then it refuses
 * connections. The first byte of the input selects how a connection ends, and
 * the pieces in which its bytes arrive.
 */

#include <stddef.h>
#include <stdint.h>

#define HOSTILE_NEXT "|next|"

void hostile_begin(const uint8_t *data, size_t size);

/* Checks that all requests were well-formed. Returns the number of
 * connections. */
unsigned hostile_end(void);

#endif
