#ifndef CLIENT_UI_INTERRUPT_H
#define CLIENT_UI_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * SIGINT, SIGTERM and SIGHUP ask the program to stop in good order; a second
 * one of the same kind ends it at once. Returns 0, or -1 with errno.
 */
int interrupt_open(void);

/* Whether one has arrived; calls that were waiting return EINTR then. */
bool interrupt_pending(void);

/* 0, or -1 with errno ECANCELED once one has arrived. */
int interrupt_check(void);

/* Readable from the moment one has arrived, for poll(2). */
int interrupt_fd(void);

/* Waits; false if an interrupt ended it early. Time in nanoseconds. */
bool interrupt_wait(int64_t time);

#endif
