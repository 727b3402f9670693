#ifndef COMMON_BENEATH_H
#define COMMON_BENEATH_H

/* The one call of openat2(2), with which server and client open what lies
 * below a folder of theirs. Any thread may call it. */

#include <stdbool.h>

struct open_how;

/*
 * Opens name from the folder fd as how says, trying again when it is
 * interrupted or a rename somewhere raced with the look-up. The descriptor is
 * the caller's to close; -1 with errno, EAGAIN when the races do not end
 * (RESOLVE_BENEATH of openat2(2)). The kernel is given fd with its upper half
 * clear and how by its own address, so that a filter of system calls may
 * compare both as whole registers.
 */
int beneath_open(int fd, const char *name, const struct open_how *how);

/*
 * The reason of a failure of beneath_open, whose errno was code, for a person:
 * that this process may not call openat2(2) at all and what can be done, if
 * that is so, else as strerror(3). *refused, unless NULL, says which. Asks the
 * kernel without naming any file; not for a process whose filter ends it for
 * that. errno may change.
 */
const char *beneath_explain(int code, bool *refused);

#endif
