/*
 * Spare blocks form one stack: the block returned last is lent first, while a
 * processor's cache still holds it. The stack is bounded; blocks beyond the
 * bound give their memory back to the system. mmap(2), not malloc(3): malloc
 * would give each borrowing thread a heap of its own.
 *
 * The server maps its blocks ahead (the reserve). A block of the reserve stays
 * mapped when its memory is given back, because mmap(2) and munmap(2) wait for
 * every other thread that maps memory or touches a page for the first time.
 * Blocks beyond the reserve are mapped and unmapped one by one.
 */

#include <sys/mman.h>
#include <sys/queue.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buffers.h"
#include "common/poison.h"

enum {
	BUFFERS_SPARE = 128, /* blocks that keep their memory while unused */
};

struct block {
	SLIST_ENTRY(block) next;
};

static struct {
	/* Guards spare, n_spare, fresh, cold and n_cold; a leaf lock.
	 * base and n are constant once blocks are lent. */
	pthread_mutex_t lock;
	SLIST_HEAD(block_list, block)
	spare; /* blocks of the reserve, and others */
	unsigned n_spare;
	char *base;	/* first block of the reserve */
	unsigned n;	/* blocks in the reserve */
	unsigned fresh; /* first reserved block that was never lent */
	uint32_t *cold; /* numbers of lent and returned blocks without memory */
	unsigned n_cold;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

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
	while (n > 0 && (pool.base = map(n * BUFFERS_SIZE)) == NULL)
		n /= 2;
	pool.cold = n == 0 ? NULL : map(n * sizeof(*pool.cold));
	if (pool.cold == NULL) {
		if (n > 0)
			munmap(pool.base, n * BUFFERS_SIZE);
		return;
	}
	/* A huge page would cost memory: borrowers touch a page or two. */
	(void)madvise(pool.base, n * BUFFERS_SIZE, MADV_NOHUGEPAGE);
	pool.n = n;
}

static bool
is_reserved(const void *block)
{
	uintptr_t base = (uintptr_t)pool.base, at = (uintptr_t)block;

	return at >= base && at - base < pool.n * BUFFERS_SIZE;
}

/* Takes the spare block used last, under the lock; NULL if there is none. */
static struct block *
pop_spare(void)
{
	struct block *block = SLIST_FIRST(&pool.spare);

	if (block == NULL)
		return NULL;
	unpoison_region(block, BUFFERS_SIZE);
	SLIST_REMOVE_HEAD(&pool.spare, next);
	pool.n_spare--;
	return block;
}

/* Gives the memory of an unused block back to the system. */
static void
release_memory(void *block)
{
	if (!is_reserved(block)) {
		munmap(block, BUFFERS_SIZE);
		return;
	}
	(void)madvise(block, BUFFERS_SIZE, MADV_DONTNEED);
	poison_region(block, BUFFERS_SIZE);
	pthread_mutex_lock(&pool.lock);
	pool.cold[pool.n_cold++] =
	    (uint32_t)(((char *)block - pool.base) / (ptrdiff_t)BUFFERS_SIZE);
	pthread_mutex_unlock(&pool.lock);
}

void *
buffers_lend(void)
{
	void *block;

	pthread_mutex_lock(&pool.lock);
	block = pop_spare();
	if (block == NULL && pool.n_cold > 0) {
		block = pool.base + pool.cold[--pool.n_cold] * BUFFERS_SIZE;
		unpoison_region(block, BUFFERS_SIZE);
	} else if (block == NULL && pool.fresh < pool.n) {
		block = pool.base + pool.fresh++ * BUFFERS_SIZE;
	}
	pthread_mutex_unlock(&pool.lock);
	return block != NULL ? block : map(BUFFERS_SIZE);
}

void
buffers_return(void *lent)
{
	struct block *block = lent;
	bool keeps = false;

	if (block == NULL)
		return;
	pthread_mutex_lock(&pool.lock);
	if (pool.n_spare < BUFFERS_SPARE) {
		SLIST_INSERT_HEAD(&pool.spare, block, next);
		poison_region(block, BUFFERS_SIZE);
		pool.n_spare++;
		keeps = true;
	}
	pthread_mutex_unlock(&pool.lock);
	if (!keeps)
		release_memory(block);
}

void
buffers_trim(void)
{
	struct block *block;

	do {
		pthread_mutex_lock(&pool.lock);
		block = pop_spare();
		pthread_mutex_unlock(&pool.lock);
		if (block != NULL)
			release_memory(block);
	} while (block != NULL);
}
