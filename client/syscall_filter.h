#ifndef CLIENT_SYSCALL_FILTER_H
#define CLIENT_SYSCALL_FILTER_H

#include <stdbool.h>

/*
 * Restricts this process and its later threads, for good, to the system calls
 * that fetching needs (seccomp(2)). Any other call fails with ENOSYS, as on an
 * older kernel; the few that serve an attacker alone end the process (SIGSYS).
 * In particular: no unix, netlink or raw socket, no ioctl(2) that types into a
 * terminal, no new process or program, no signal to another process, no memory
 * to execute, no System V message unless LD_PRELOAD is set. With has_editor,
 * libedit may signal its own process group, as it does for Ctrl-Z. Returns 0,
 * or -1 with errno.
 */
int syscall_filter_load(bool has_editor);

#endif
