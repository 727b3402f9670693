/*
 * Spare blocks form a stack for each processor, as far as the stacks go: the
 * one used last is the one still in that processor's cache, and processors do
 * not wait for each other's lock. A burst's surplus goes back to the system.
 * mmap(2), not malloc(3), so that a thread that borrows gets no heap of its
 * own.
 *
 * Blocks of the reserve stay mapped when their memory is given back: to map
 * and unmap, each thread of a process waits for all others that do or that
 * touch a page for the first time. Blocks beyond it are mapped one by one.
 */

#include <sys/mman.h>
#include <sys/queue.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buffers.h"
#include "common/poison.h"

enum {
	BUFFERS_STACKS = 8, /* a processor's is that of its number, modulo */
	BUFFERS_SPARE = 32, /* blocks kept in each when nobody needs them */
	BUFFERS_APART = 128 /* bytes; no two stacks share a line of a cache */
};

struct block {
	SLIST_ENTRY(block) next;
};

/* lock guards the others. */
struct stack {
	_Alignas(BUFFERS_APART) pthread_mutex_t lock;
	SLIST_HEAD(block_list, block) blocks;
	unsigned n;
};

#define EMPTY                                     \
	{                                         \
		.lock = PTHREAD_MUTEX_INITIALIZER \
	}

static struct stack stacks[BUFFERS_STACKS] = {EMPTY, EMPTY, EMPTY, EMPTY, EMPTY,
    EMPTY, EMPTY, EMPTY};

/* Blocks mapped ahead, of which those without memory are in cold, and those
 * from fresh on have not been lent yet. lock guards the last three. */
static struct {
	pthread_mutex_t lock;
	char *base;
	uint32_t *cold; /* their numbers; n of room */
	unsigned n, n_cold, fresh;
} reserve = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *
map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void
buffers_reserve(unsigned n)
{
	while (n > 0 && (reserve.base = map(n * BUFFERS_SIZE)) == NULL)
		n /= 2;
	reserve.cold = n == 0 ? NULL : map(n * sizeof(*reserve.cold));
	if (reserve.cold == NULL) {
		if (n > 0)
			munmap(reserve.base, n * BUFFERS_SIZE);
		return;
	}
	/* A block touches a page or two of its many. */
	(void)madvise(reserve.base, n * BUFFERS_SIZE, MADV_NOHUGEPAGE);
	reserve.n = n;
}

static bool
is_reserved(const void *block)
{
	uintptr_t base = (uintptr_t)reserve.base, at = (uintptr_t)block;

	return at >= base && at - base < reserve.n * BUFFERS_SIZE;
}

/* A block of the reserve, or NULL. */
static void *
take_reserved(void)
{
	char *block = NULL;

	pthread_mutex_lock(&reserve.lock);
	if (reserve.n_cold > 0)
		block = reserve.base +
		    reserve.cold[--reserve.n_cold] * BUFFERS_SIZE;
	else if (reserve.fresh < reserve.n)
		block = reserve.base + reserve.fresh++ * BUFFERS_SIZE;
	pthread_mutex_unlock(&reserve.lock);
	if (block != NULL)
		unpoison_region(block, BUFFERS_SIZE);
	return block;
}

/* Gives the memory of a block that nobody uses back to the system. */
static void
give_back(void *block)
{
	if (!is_reserved(block)) {
		munmap(block, BUFFERS_SIZE);
		return;
	}
	(void)madvise(block, BUFFERS_SIZE, MADV_DONTNEED);
	poison_region(block, BUFFERS_SIZE);
	pthread_mutex_lock(&reserve.lock);
	reserve.cold[reserve.n_cold++] =
	    (uint32_t)(((char *)block - reserve.base) /
		(ptrdiff_t)BUFFERS_SIZE);
	pthread_mutex_unlock(&reserve.lock);
}

/* The number of the stack of the processor this runs on. */
static unsigned
stack_here(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (unsigned)cpu % BUFFERS_STACKS;
}

/* The spare block used last, or NULL. */
static struct block *
take_spare(struct stack *stack)
{
	struct block *block;

	pthread_mutex_lock(&stack->lock);
	block = SLIST_FIRST(&stack->blocks);
	if (block != NULL) {
		unpoison_region(block, BUFFERS_SIZE);
		SLIST_REMOVE_HEAD(&stack->blocks, next);
		stack->n--;
	}
	pthread_mutex_unlock(&stack->lock);
	return block;
}

void *
buffers_lend(void)
{
	unsigned i, here = stack_here();
	struct block *block;

	for (i = 0; i < BUFFERS_STACKS; i++) {
		block = take_spare(&stacks[(here + i) % BUFFERS_STACKS]);
		if (block != NULL)
			return block;
	}
	block = take_reserved();
	return block != NULL ? block : map(BUFFERS_SIZE);
}

void
buffers_return(void *lent)
{
	struct block *block = lent;
	struct stack *stack;

	if (block == NULL)
		return;
	stack = &stacks[stack_here()];
	pthread_mutex_lock(&stack->lock);
	if (stack->n < BUFFERS_SPARE) {
		SLIST_INSERT_HEAD(&stack->blocks, block, next);
		poison_region(block, BUFFERS_SIZE);
		stack->n++;
		block = NULL;
	}
	pthread_mutex_unlock(&stack->lock);
	if (block != NULL)
		give_back(block);
}

void
buffers_trim(void)
{
	struct block *block;
	unsigned i;

	for (i = 0; i < BUFFERS_STACKS; i++)
		while ((block = take_spare(&stacks[i])) != NULL)
			give_back(block);
}
