#ifndef HARNESS_KERNEL_H
#define HARNESS_KERNEL_H

/*
 * Features of this kernel, and the imitation of older ones. Each
 * kernel_without_X is a value for program_options.before: in the child it makes
 * the system calls of X fail as on a kernel without X. If that is impossible,
 * the child exits with 126.
 */

#include <stdbool.h>

void kernel_without_landlock(void);
void kernel_without_mseal(void);
void kernel_without_seccomp(void);

/* Returns whether this kernel has mseal(2). */
bool kernel_seals(void);

/* Returns the version of Landlock, or -1. Version 3 (Linux 6.2) knows
 * truncation, version 6 (6.12) signals and abstract sockets. */
int kernel_landlock(void);

#endif
