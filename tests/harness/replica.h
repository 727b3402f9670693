#ifndef HARNESS_REPLICA_H
#define HARNESS_REPLICA_H

/* Copies of a file in the test's folder that keep its content version, as
 * cp -a and rsync -t make them. */

#include <stdint.h>

/* Copies a file with mode and times. Replaces to in one step. */
void replica_copy(const char *from, const char *to);

/* Sets the mtime of a file to that of another. */
void replica_set_time(const char *name, const char *from);

/* Changes one byte of a file and restores its mtime. */
void replica_flip(const char *name, uint64_t offset);

#endif
