#ifndef HARNESS_WAIT_H
#define HARNESS_WAIT_H

/* Waiting for an event, never for a time. */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

/* Far more than anything here takes, on a slow machine too. */
#define WAIT_LIMIT (30 * CLOCK_SEC)

/* Looks again and again until it holds; false if it never did in limit. */
bool wait_until(bool (*holds)(void *), void *argument, int64_t limit);

/* Waits until a descriptor is ready for poll(2) events; false: time-out. */
bool wait_ready(int fd, short events, int64_t limit);

#endif
