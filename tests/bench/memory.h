#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

/*
 * Memory that connections cost a server, of its process and of the kernel. On
 * loopback both ends' sockets are on one machine; memory.c tells how they are
 * separated. One thread.
 */

#include <sys/types.h>

struct memory {
	double resident;    /* of the server's processes */
	double page_tables; /* of the server's processes */
	double stacks;	    /* kernel stacks, of the whole machine */
	double tasks;	    /* slab of threads and mappings, whole machine */
	double slab;	    /* all slab, whole machine */
};			    /* KiB */

/* Returns 0, or -1 with errno set if there is no such process. */
int memory_read(pid_t server, struct memory *memory);

/* Returns the growth of the server's share from before to after, KiB. */
double memory_growth(const struct memory *before, const struct memory *after);

#endif
