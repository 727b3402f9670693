#ifndef CLIENT_SYSCALL_FILTER_H
#define CLIENT_SYSCALL_FILTER_H

#include <stdbool.h>

/*
 * Restricts this process and its later threads, irrevocably, to the system
 * calls that fetching needs (seccomp(2)). Other calls fail with ENOSYS, as on
 * an older kernel; some that only an attacker makes end the process (SIGSYS).
 * Forbidden are: unix, netlink and raw sockets, an ioctl(2) that types into a
 * terminal, new processes and programs, signals to other processes, memory to
 * execute, and System V messages unless LD_PRELOAD is set. has_editor: libedit
 * may signal its own process group, as it does for Ctrl-Z. Returns 0, or -1
 * with errno.
 */
int syscall_filter_load(bool has_editor);

#endif
