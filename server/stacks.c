/*
 * Maps stacks for pthread_attr_setstack(3): pthread_create(3) then neither maps
 * nor unmaps one. The pages that a thread has touched stay resident until
 * stacks_clear or stacks_trim. The listener's thread runs this, except for
 * stacks_enter and stacks_trim.
 */

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "server/stacks.h"

enum {
	STACKS_MARGIN =
	    1024, /* bytes below a frame that its callees may need */
};

/* The lowest address of this thread's stack, or NULL. */
static _Thread_local char *own_stack;

/* Maps all stacks, and makes each accessible, but not its guard page. Returns
 * 0, or -1 with errno and nothing mapped. */
static int
map_stacks(struct stacks *stacks)
{
	unsigned i;
	int code;

	stacks->base = mmap(NULL, stacks->n * stacks->each, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stacks->base == MAP_FAILED) {
		stacks->base = NULL;
		return -1;
	}
	for (i = 0; i < stacks->n; i++)
		if (mprotect(stacks_get(stacks, i), stacks->size,
			PROT_READ | PROT_WRITE) != 0) {
			code = errno;
			stacks_close(stacks);
			errno = code;
			return -1;
		}
	return 0;
}

int
stacks_open(struct stacks *stacks, unsigned n, unsigned least, size_t size)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);

	*stacks = (struct stacks){.size = size, .each = size + guard, .n = n};
	while (map_stacks(stacks) != 0) {
		if (stacks->n <= least)
			return -1;
		stacks->n -= stacks->n / 4 + 1;
		if (stacks->n < least)
			stacks->n = least;
	}
	return 0;
}

void
stacks_close(struct stacks *stacks)
{
	if (stacks->base != NULL)
		munmap(stacks->base, stacks->n * stacks->each);
	stacks->base = NULL;
}

void *
stacks_get(const struct stacks *stacks, unsigned i)
{
	return stacks->base + i * stacks->each + (stacks->each - stacks->size);
}

void
stacks_clear(const struct stacks *stacks, unsigned i)
{
	(void)madvise(stacks_get(stacks, i), stacks->size, MADV_DONTNEED);
}

void
stacks_enter(const struct stacks *stacks, unsigned i)
{
	own_stack = stacks_get(stacks, i);
}

void
stacks_trim(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)own_stack;
	uintptr_t to = (uintptr_t)__builtin_frame_address(0) - STACKS_MARGIN;

	to -= to % page;
	if (from != 0 && to > from)
		(void)madvise(own_stack, to - from, MADV_DONTNEED);
}
