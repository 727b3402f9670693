#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

/*
 * Landlock (landlock(7), Linux 5.13): a process gives up rights for good,
 * without being root. It holds for the thread that asks and those it starts
 * afterwards, so it is asked for before the first one.
 */

/* What can be given up, as far as the kernel's version knows it. */
enum landlock_rights {
	LANDLOCK_READ = 1,    /* open files for reading, list folders */
	LANDLOCK_WRITE = 2,   /* open for writing, make, remove, rename */
	LANDLOCK_EXECUTE = 4, /* execute files */
	LANDLOCK_TCP = 8,     /* bind and connect TCP sockets (version 4) */
	LANDLOCK_REACH = 16,  /* signals and abstract sockets to processes
				 outside (version 6) */
	/* Make files shorter (version 3). Where it is given up, and not kept,
	 * each open costs a look at every folder above, even for reading. */
	LANDLOCK_TRUNCATE = 32,
};

/*
 * Gives up these rights everywhere, but keeps some of them below a folder, by
 * its open descriptor (-1: nowhere). Returns the version of the kernel's
 * Landlock, or -1 with errno: ENOSYS, EOPNOTSUPP where there is none.
 */
int landlock_give_up(unsigned rights, int folder_fd, unsigned kept);

#endif
