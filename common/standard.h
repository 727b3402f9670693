#ifndef COMMON_STANDARD_H
#define COMMON_STANDARD_H

/*
 * Standard input, output and error of the process: descriptors 0, 1 and 2 are
 * kept from other uses, and a failure to print is reported once, at the end.
 * One thread at a time may call each of these functions.
 */

#include <stddef.h>
#include <stdio.h>

/*
 * Opens /dev/null as each of descriptors 0, 1 and 2 that is closed, so that no
 * file or socket opened later gets that number. Reading such a descriptor gives
 * end of file; writing to it fails. Call it before opening anything else.
 */
void standard_open(void);

/* Returns the stream that prints to standard output: stdout, or the stream
 * given to standard_use. */
FILE *standard_stream(void);

/*
 * Makes stream the one that standard_stream returns. (Not every C library lets
 * a program assign to stdout.) Call it before anything is printed; the stream
 * must stay open until the process exits.
 */
void standard_use(FILE *stream);

/* Call it after printing: saves errno of the first failure for standard_end. */
void standard_note(void);

/*
 * Flushes standard output and closes its descriptor, because some file systems
 * report a failed write only then. Returns 0, or -1 with the errno of the first
 * failure since the start. Call it at the end of the process.
 */
int standard_end(void);

/* Writes n bytes to descriptor 1, bypassing the stream. Returns 0, or -1 with
 * errno; some of the bytes may have been written. */
int standard_print(const char *bytes, size_t n);

#endif
