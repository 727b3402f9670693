#ifndef CLIENT_UI_STDOUT_WRITER_H
#define CLIENT_UI_STDOUT_WRITER_H

/*
 * Standard output that a signal can always end a write to, whichever thread
 * writes and whichever gets the signal: it waits in poll(2) for room and for
 * the interrupt (ui/interrupt.h), never in write(2). One thread writes at a
 * time, as the jobs' lock or the owner of the output sees to.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * From here on, stdout_writer_write and standard_stream (common/standard.h) go
 * this way. Before the first thread, and before the right to open files is
 * given up: a pipe or a terminal is opened once more, not to block, since the
 * description that we were given is shared with others.
 */
void stdout_writer_open(void);

/* Returns whether stdout_writer_open has been called. */
bool stdout_writer_is_open(void);

/* Writes all n bytes: 0, or -1 with errno; ECANCELED when an interrupt came
 * while there was no room. */
int stdout_writer_write(const void *bytes, size_t n);

#endif
