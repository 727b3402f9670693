#ifndef CLIENT_UI_STDOUT_WRITER_H
#define CLIENT_UI_STDOUT_WRITER_H

/*
 * Writing to standard output so that a signal ends the wait for a slow reader,
 * whichever thread gets the signal: it waits in poll(2) for room and for the
 * interrupt (ui/interrupt.h), never in write(2). One thread at a time.
 */

#include <stddef.h>

#include "client/ui/failure.h"

/* Keeps stdout_writer_write and standard_stream (common/standard.h) from
 * blocking: opens a pipe or terminal again, because other processes share the
 * inherited open file. Called before the first thread, and before the process
 * is confined. */
void stdout_writer_open(void);

/* Writes all n bytes. Returns 0, or -1 with errno; ECANCELED if an interrupt
 * ended a wait for room. */
int stdout_writer_write(const void *bytes, size_t n);

/* Sets the failure for a write that failed with errno: EXIT_READER_GONE if it
 * is EPIPE, EXIT_INTERRUPTED after an interrupt, else EXIT_LOCAL. Returns -1.
 */
int stdout_writer_fail(struct failure *failure);

#endif
