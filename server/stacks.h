#ifndef SERVER_STACKS_H
#define SERVER_STACKS_H

/*
 * The stacks of all threads that there can be, each behind a page that cannot
 * be touched, in one mapping made at the start: a thread that starts or ends
 * later changes no mapping, and so never waits for the lock that all threads
 * of a process share for that.
 */

#include <stddef.h>

struct stacks {
	char *base;  /* NULL: none */
	size_t size; /* of one, bytes */
	size_t each; /* with its guard */
	unsigned n;
};

/*
 * Maps n stacks of size bytes, or fewer where the system does not give so much
 * (RLIMIT_AS, vm.overcommit_memory, vm.max_map_count): stacks->n says how
 * many, at least least. Returns 0, or -1 with errno.
 */
int stacks_open(struct stacks *stacks, unsigned n, unsigned least, size_t size);

/* No thread may be on any of them. */
void stacks_close(struct stacks *stacks);

/* The lowest address of a stack. */
void *stacks_get(const struct stacks *stacks, unsigned i);

/* Gives the memory of a stack back to the system, which takes no change of the
 * mapping; its thread was joined. */
void stacks_clear(const struct stacks *stacks, unsigned i);

#endif
