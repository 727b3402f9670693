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
/* As for files of a file system from which sendfile(2) cannot read, and in a
 * container that forbids splice(2). */
void kernel_without_sendfile(void);
void kernel_without_splice(void);
/* As on a file system without RENAME_NOREPLACE (EINVAL), in a container that
 * forbids renameat2(2) (EPERM), and in one that does not know it (ENOSYS). */
void kernel_without_noreplace(void);
void kernel_forbids_renameat2(void);
void kernel_without_renameat2(void);

/* Returns whether this kernel has mseal(2). */
bool kernel_seals(void);

/* Returns the version of Landlock, or -1. Version 3 (Linux 6.2) knows
 * truncation, version 6 (6.12) signals and abstract sockets. */
int kernel_landlock(void);

#endif
