#ifndef HARNESS_KERNEL_H
#define HARNESS_KERNEL_H

/*
 * What this kernel knows, and kernels that know less. Each kernel_without_X is
 * for program_options.before: in the child, it makes the calls of X fail as on
 * a kernel that lacks them; the child exits with 126 where that cannot be done.
 */

#include <stdbool.h>

void kernel_without_landlock(void);
void kernel_without_mseal(void);
void kernel_without_seccomp(void);

/* Whether this kernel has mseal(2). */
bool kernel_seals(void);

/* The version of Landlock, or -1: 3 knows truncation (Linux 6.2), 6 signals
 * and abstract sockets (6.12). */
int kernel_landlock(void);

#endif
