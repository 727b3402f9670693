/*
 * The start of the workers (their memory), the stop, and the count of those
 * that hang. workers.c has what happens in between. The listener's thread runs
 * all of this.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "common/buffers.h"
#include "common/clock.h"
#include "server/workers_private.h"

#define WORKERS_FAREWELL (2 * CLOCK_SEC) /* that workers_free waits */

enum {
	/* Bytes of heap for a connection: the C library's for a thread, and a
	 * struct peer. */
	WORKERS_HEAP = 1024,
	WORKERS_HEAP_TLS = 32 * 1024,	       /* the same, with TLS */
	WORKERS_HEAP_MOST = 256 * 1024 * 1024, /* bytes, for all */
	/* Connections of proxies without a header, besides half the places. */
	WORKERS_UNANNOUNCED = 64,
	/* Threads whose memory is worth a trim of the heap. */
	WORKERS_CROWD = 64,
	/* Bytes; malloc takes a larger block from mmap(2), not the heap. */
	WORKERS_BLOCK = 64 * 1024,
};

static void
close_memory(struct workers *workers)
{
	free(workers->all);
	free(workers->fds);
	stacks_close(&workers->stacks);
	if (workers->peers != NULL)
		peers_free(workers->peers);
	if (workers->empty_fd >= 0)
		close(workers->empty_fd);
}

/* Makes the heap n bytes larger, so that later calls of malloc(3) need no
 * system call. All threads allocate from it: a heap of its own for each thread,
 * which TLS would make, keeps far more memory than the thread needs. */
static void
fill_heap(size_t n)
{
#ifdef __GLIBC__
	void *volatile block;

	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_TOP_PAD, (int)n + WORKERS_BLOCK);
	block = malloc(WORKERS_BLOCK);
	free(block);
#else
	(void)n;
#endif
}

void
workers_trim_heap(struct workers *workers)
{
	bool trims;

	pthread_mutex_lock(&workers->lock);
	trims = workers->most_threads >= WORKERS_CROWD &&
	    workers->threads + workers->ended < workers->most_threads / 8;
	if (trims)
		workers->most_threads = workers->threads;
	pthread_mutex_unlock(&workers->lock);
#ifdef __GLIBC__
	if (trims)
		(void)malloc_trim(0);
#endif
}

static int
open_memory(struct workers *workers, struct workers_plan *plan)
{
	unsigned n = plan->max + plan->leaving;
	size_t heap = encryption_is_on(&workers->shared->encryption) ?
	    WORKERS_HEAP_TLS :
	    WORKERS_HEAP;

	workers->peers = peers_new(plan->per_address,
	    plan->max / 2 + WORKERS_UNANNOUNCED, plan->prefix);
	workers->empty_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers->peers == NULL || workers->empty_fd < 0 ||
	    stacks_open(&workers->stacks, n, plan->leaving + 1, WORKER_STACK) !=
		0)
		return -1;
	workers->n = workers->stacks.n;
	if (plan->max > workers->n - plan->leaving)
		plan->max = workers->n - plan->leaving;
	workers->max = plan->max;
	workers->all = calloc(workers->n, sizeof(*workers->all));
	workers->fds = calloc(workers->n, sizeof(*workers->fds));
	if (workers->all == NULL || workers->fds == NULL)
		return -1;
	fill_heap(workers->n < WORKERS_HEAP_MOST / heap ? workers->n * heap :
							  WORKERS_HEAP_MOST);
	return 0;
}

struct workers *
workers_new(struct session_shared *shared, struct workers_plan *plan)
{
	struct workers *workers = calloc(1, sizeof(*workers));
	int i, code;

	if (workers == NULL)
		return NULL;
	for (i = 0; i < WORKER_STATES; i++)
		TAILQ_INIT(&workers->lists[i]);
	workers->shared = shared;
	workers->empty_fd = -1;
	if (open_memory(workers, plan) != 0) {
		code = errno;
		close_memory(workers);
		free(workers);
		errno = code;
		return NULL;
	}
	pthread_mutex_init(&workers->lock, NULL);
	clock_cond_init(&workers->gone);
	pthread_attr_init(&workers->attributes);
	return workers;
}

int
workers_drain(struct workers *workers)
{
	struct worker *worker;

	while (lobby_refuse_first(workers, CLOCK_NEVER))
		continue;
	pthread_mutex_lock(&workers->lock);
	workers->draining = true;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		atomic_store(&worker->connection.leaving, CONNECTION_AT_STOP);
		if (atomic_load(&worker->connection.idle_since) != 0)
			shutdown(worker->connection.fd, SHUT_RD);
	}
	workers_signal_if_empty(workers);
	pthread_mutex_unlock(&workers->lock);
	return workers->empty_fd;
}

unsigned
workers_answering(struct workers *workers)
{
	struct worker *worker;
	unsigned n = 0;

	pthread_mutex_lock(&workers->lock);
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next)
		n += atomic_load(&worker->connection.idle_since) == 0 &&
		    atomic_load(&worker->connection.ends_since) == 0;
	pthread_mutex_unlock(&workers->lock);
	return n;
}

void
workers_cut(struct workers *workers)
{
	struct worker *worker;
	int i;

	pthread_mutex_lock(&workers->lock);
	for (i = WORKER_BUSY; i <= WORKER_LOST; i++)
		TAILQ_FOREACH(worker, &workers->lists[i], next) {
			fair_share_cancel(&worker->connection.share);
			shutdown(worker->connection.fd, SHUT_RDWR);
		}
	pthread_mutex_unlock(&workers->lock);
}

void
workers_report_hangs(struct workers *workers, int64_t now)
{
	const struct worker *worker;
	int i;

	if (!hangs_are_due(&workers->hangs, now))
		return;
	for (i = WORKER_BUSY; i <= WORKER_LOST; i++)
		TAILQ_FOREACH(worker, &workers->lists[i], next)
			hangs_add(&workers->hangs, &worker->connection.call,
			    now);
	hangs_report(&workers->hangs, now);
}

/* Ends the threads; returns false if one still runs after WORKERS_FAREWELL. */
static bool
end_threads(struct workers *workers)
{
	struct worker *worker;
	int64_t deadline = clock_now() + WORKERS_FAREWELL;
	int code = 0;

	pthread_mutex_lock(&workers->lock);
	workers->ending = true;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_SPARE], next)
		pthread_cond_signal(&worker->wake);
	while (workers->threads > 0 && code == 0)
		code =
		    clock_cond_wait(&workers->gone, &workers->lock, deadline);
	pthread_mutex_unlock(&workers->lock);
	return code == 0;
}

int
workers_free(struct workers *workers)
{
	unsigned i;

	if (!end_threads(workers))
		return -1;
	for (i = 0; i < workers->made; i++) {
		if (workers->all[i].ended)
			pthread_join(workers->all[i].thread, NULL);
		pthread_cond_destroy(&workers->all[i].wake);
	}
	pthread_attr_destroy(&workers->attributes);
	pthread_cond_destroy(&workers->gone);
	pthread_mutex_destroy(&workers->lock);
	close_memory(workers);
	free(workers);
	buffers_trim();
	return 0;
}
