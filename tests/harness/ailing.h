#ifndef HARNESS_AILING_H
#define HARNESS_AILING_H

/*
 * The FUSE file system of tests/mounts/ailing.c, which shows the folder "below"
 * and ails as a test tells it. For cases of apart_case, so that the mount ends
 * with the test.
 */

#include <stdbool.h>

#include "tests/harness/program.h"

/* Makes the folder "below" if it does not exist, and mounts it at the existing
 * folder where. shuffle: inodes and ctimes change each second. Returns false,
 * with a message, if that is impossible here. */
bool ailing_mount(const char *test, const char *where, bool shuffle);

/* Makes it ail: a line of tests/mounts/ailing.c; "" makes it well. */
void ailing_tell(const char *line);

/* Its daemon: to be killed or stopped. */
struct program *ailing_daemon(void);

/* Unmounts where, whether the daemon lives or not, and ends the daemon. */
void ailing_unmount(const char *where);

#endif
