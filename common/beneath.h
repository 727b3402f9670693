#ifndef COMMON_BENEATH_H
#define COMMON_BENEATH_H

/* The only calls of openat2(2): server and client open files below their
 * folders with it. Any thread may call these. */

#include <stdbool.h>

struct open_how;

/*
 * Opens name relative to the folder fd with openat2(2); retries after EINTR and
 * after EAGAIN, with which RESOLVE_BENEATH fails when a rename races with the
 * look-up. Returns a descriptor, which the caller closes, or -1 with errno
 * (EAGAIN after too many races). It passes fd zero-extended and how unchanged,
 * so that a seccomp filter can compare both arguments as whole registers.
 */
int beneath_open(int fd, const char *name, const struct open_how *how);

/*
 * Returns a text for a person that explains the errno of a failed beneath_open.
 * If this process may not call openat2(2) at all, the text says so and what to
 * do about it, and *refused (which may be NULL) is set to true; otherwise it is
 * the text of strerror(3), and *refused is false. To find out, it calls
 * openat2(2) with invalid arguments: do not use it under a seccomp filter that
 * kills the process for that. errno may change.
 */
const char *beneath_explain(int code, bool *refused);

#endif
