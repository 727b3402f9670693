#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

/* Landlock (landlock(7), Linux 5.13): a process that need not be root gives up
 * rights permanently. */

#include <stddef.h>

/* Rights to give up. A kernel ignores those that its Landlock does not know. */
enum landlock_rights {
	LANDLOCK_READ = 1,    /* open files for reading, list folders */
	LANDLOCK_WRITE = 2,   /* open for writing, make, remove, rename */
	LANDLOCK_EXECUTE = 4, /* execute files */
	LANDLOCK_TCP = 8,     /* bind and connect TCP sockets (version 4) */
	LANDLOCK_REACH = 16,  /* send signals, and connect to abstract unix
				 sockets, outside (version 6) */
	/* Shorten files (version 3). If a process gives it up and keeps it
	 * nowhere, the kernel walks up all parent folders in every open, even
	 * for reading. */
	LANDLOCK_TRUNCATE = 32,
};

/*
 * Gives up rights (bits of enum landlock_rights) everywhere, except that kept
 * ones remain below n folders with these descriptors, which may be O_PATH. It
 * affects the calling thread and threads that it creates later, so call it
 * before the first pthread_create. Returns the version of the kernel's
 * Landlock, or -1 with errno: ENOSYS or EOPNOTSUPP if there is none.
 */
int landlock_give_up(unsigned rights, const int *folders, size_t n,
    unsigned kept);

/* Returns why landlock_give_up has failed: a text for its errno. */
const char *landlock_explain(int error);

#endif
