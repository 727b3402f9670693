#ifndef COMMON_SYSCALLS_H
#define COMMON_SYSCALLS_H

/*
 * System calls that some C library or its headers lack, with their constants:
 * musl has no renameat2, nor statx before 1.2.5; no C library has openat2 and
 * mseal; and headers from before a call lack its number. New calls have one
 * number on all machines.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#else
struct open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};
#define RESOLVE_NO_XDEV	      0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS   0x04
#define RESOLVE_BENEATH	      0x08
#endif

#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
static inline int
statx(int fd, const char *name, int flags, unsigned mask, struct statx *got)
{
	return (int)syscall(SYS_statx, (long)fd, name, (long)flags, (long)mask,
	    got);
}
#endif

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#define RENAME_EXCHANGE	 (1 << 1)
#endif

/* Calls renameat2(2). */
static inline int
syscalls_renameat2(int old_fd, const char *old, int new_fd, const char *new,
    unsigned flags)
{
	return (int)syscall(SYS_renameat2, (long)old_fd, old, (long)new_fd, new,
	    (long)flags);
}

#endif
