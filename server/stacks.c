/*
 * pthread_create(3) neither maps nor unmaps anything for a stack that the
 * caller provides. The pages that a thread has touched stay resident until the
 * stack is cleared.
 */

#include <sys/mman.h>

#include <errno.h>
#include <unistd.h>

#include "server/stacks.h"

/* Makes each stack accessible, but not its guard page. */
static int
unprotect_stacks(struct stacks *stacks, size_t guard)
{
	unsigned i;

	for (i = 0; i < stacks->n; i++)
		if (mprotect(stacks->base + i * stacks->each + guard,
			stacks->size, PROT_READ | PROT_WRITE) != 0)
			return -1;
	return 0;
}

static int
map_stacks(struct stacks *stacks, size_t guard)
{
	int code;

	stacks->base = mmap(NULL, stacks->n * stacks->each, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stacks->base == MAP_FAILED) {
		stacks->base = NULL;
		return -1;
	}
	if (unprotect_stacks(stacks, guard) == 0)
		return 0;
	code = errno;
	stacks_close(stacks);
	errno = code;
	return -1;
}

int
stacks_open(struct stacks *stacks, unsigned n, unsigned least, size_t size)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);

	*stacks = (struct stacks){.size = size, .each = size + guard, .n = n};
	while (map_stacks(stacks, guard) != 0) {
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
