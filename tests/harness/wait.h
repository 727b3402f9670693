#ifndef HARNESS_WAIT_H
#define HARNESS_WAIT_H

/* Waits for events, with a limit that fails a test. */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

/* The usual limit: far more than any wait takes on a slow machine. */
#define WAIT_LIMIT (30 * CLOCK_SEC)

/* Calls holds at intervals until it returns true. Returns false if it does not
 * within limit nanoseconds. */
bool wait_until(bool (*holds)(void *), void *argument, int64_t limit);

/* Waits until a descriptor is ready for events of poll(2). Returns false after
 * limit nanoseconds. */
bool wait_ready(int fd, short events, int64_t limit);

#endif
