#ifndef SERVER_STACKS_H
#define SERVER_STACKS_H

/*
 * The stacks of all threads, each with a guard page below it, in one mapping
 * made at the start. A thread that starts or ends later changes no mapping, so
 * it never waits for the process's lock on mappings (mmap_lock).
 */

#include <stddef.h>

/* Bytes of a thread's stack; most of them are never touched. */
#ifndef WORKER_STACK
#define WORKER_STACK (128 * 1024)
#endif

struct stacks {
	char *base;  /* NULL: not mapped */
	size_t size; /* bytes of a stack */
	size_t each; /* bytes of a stack and its guard page */
	unsigned n;
};

/* Maps n stacks of size bytes, or fewer, down to least, if the system gives
 * less (RLIMIT_AS, vm.overcommit_memory, vm.max_map_count). Sets stacks->n.
 * Returns 0, or -1 with errno and nothing mapped. */
int stacks_open(struct stacks *stacks, unsigned n, unsigned least, size_t size);

/* Unmaps the stacks; no thread may be running on one. */
void stacks_close(struct stacks *stacks);

/* Returns the lowest address of stack i. */
void *stacks_get(const struct stacks *stacks, unsigned i);

/* Gives the memory of stack i back to the system without changing the mapping;
 * its thread must have been joined. */
void stacks_clear(const struct stacks *stacks, unsigned i);

/* Called by the thread on stack i, at its start, so that stacks_trim knows its
 * stack. */
void stacks_enter(const struct stacks *stacks, unsigned i);

/* Gives the memory of the calling thread's stack that lies below the frames in
 * use back to the system; nothing if the thread called no stacks_enter. */
void stacks_trim(void);

#endif
