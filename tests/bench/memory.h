#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

/*
 * What connections cost a server in memory, of the process and of the
 * kernel. On loopback both ends' sockets are on this machine; how they are
 * told apart is said in memory.c. One thread.
 */

#include <sys/types.h>

struct memory {
	double resident;    /* of the server's processes */
	double page_tables; /* theirs */
	double stacks;	    /* kernel stacks, of the whole machine */
	double tasks;	    /* slab of threads and mappings, the machine's */
	double slab;	    /* all slab, the machine's */
};			    /* KiB */

/* 0, or -1 with errno if there is no such process. */
int memory_read(pid_t server, struct memory *memory);

/* What the server's share has grown by from before to after, KiB. */
double memory_growth(const struct memory *before, const struct memory *after);

#endif
