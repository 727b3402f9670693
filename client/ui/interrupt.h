#ifndef CLIENT_UI_INTERRUPT_H
#define CLIENT_UI_INTERRUPT_H

/* Any thread may call these after interrupt_open. */

#include <stdbool.h>
#include <stdint.h>

/* Catches SIGINT, SIGTERM and SIGHUP, unless they are ignored, for a stop in
 * good order; a second one of the same kind ends the program at once. Returns
 * 0, or -1 with errno. */
int interrupt_open(void);

/* Forgets a SIGINT that has arrived, so that the program goes on, and catches
 * the next one. Returns false if the program has to end: SIGTERM or SIGHUP has
 * come. No other thread may wait for an interrupt. */
bool interrupt_forget(void);

/* Returns true once a signal has arrived; it also ends waits with EINTR. */
bool interrupt_pending(void);

/* Returns 0, or -1 with errno ECANCELED once a signal has arrived. */
int interrupt_check(void);

/* Returns a descriptor for poll(2), readable once a signal has arrived. */
int interrupt_fd(void);

/* Waits so many nanoseconds. Returns false if a signal ended the wait. */
bool interrupt_wait(int64_t time);

#endif
