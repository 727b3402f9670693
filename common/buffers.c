/*
 * Spare blocks form a stack: the one used last is the one still in the
 * processor's cache. A burst's surplus goes back to the system. mmap(2), not
 * malloc(3), so that a thread that borrows gets no heap of its own.
 */

#include <sys/mman.h>
#include <sys/queue.h>

#include <pthread.h>

#include "common/buffers.h"
#include "common/poison.h"

#define BUFFERS_SPARE 64 /* blocks kept when nobody needs them */

struct block {
	SLIST_ENTRY(block) next;
};

/* lock guards spare and spares. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static SLIST_HEAD(block_list, block) spare = SLIST_HEAD_INITIALIZER(spare);
static unsigned spares;

/* Under the lock: the spare block used last, or NULL. */
static struct block *
take_spare(void)
{
	struct block *block = SLIST_FIRST(&spare);

	if (block == NULL)
		return NULL;
	unpoison_region(block, BUFFERS_SIZE);
	SLIST_REMOVE_HEAD(&spare, next);
	spares--;
	return block;
}

void *
buffers_lend(void)
{
	struct block *block;
	void *fresh;

	pthread_mutex_lock(&lock);
	block = take_spare();
	pthread_mutex_unlock(&lock);
	if (block != NULL)
		return block;

	fresh = mmap(NULL, BUFFERS_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return fresh == MAP_FAILED ? NULL : fresh;
}

void
buffers_return(void *lent)
{
	struct block *block = lent;

	if (block == NULL)
		return;
	pthread_mutex_lock(&lock);
	if (spares < BUFFERS_SPARE) {
		SLIST_INSERT_HEAD(&spare, block, next);
		poison_region(block, BUFFERS_SIZE);
		spares++;
		block = NULL;
	}
	pthread_mutex_unlock(&lock);
	if (block != NULL)
		munmap(block, BUFFERS_SIZE);
}

void
buffers_trim(void)
{
	struct block *block;

	pthread_mutex_lock(&lock);
	while ((block = take_spare()) != NULL)
		munmap(block, BUFFERS_SIZE);
	pthread_mutex_unlock(&lock);
}
