/*
 * Spare blocks form a stack for each processor, as far as the stacks go: the
 * one used last is the one still in that processor's cache, and processors do
 * not wait for each other's lock. A burst's surplus goes back to the system.
 * mmap(2), not malloc(3), so that a thread that borrows gets no heap of its
 * own.
 */

#include <sys/mman.h>
#include <sys/queue.h>

#include <pthread.h>
#include <sched.h>

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
	void *fresh;

	for (i = 0; i < BUFFERS_STACKS; i++) {
		block = take_spare(&stacks[(here + i) % BUFFERS_STACKS]);
		if (block != NULL)
			return block;
	}
	fresh = mmap(NULL, BUFFERS_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return fresh == MAP_FAILED ? NULL : fresh;
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
		munmap(block, BUFFERS_SIZE);
}

void
buffers_trim(void)
{
	struct block *block;
	unsigned i;

	for (i = 0; i < BUFFERS_STACKS; i++)
		while ((block = take_spare(&stacks[i])) != NULL)
			munmap(block, BUFFERS_SIZE);
}
