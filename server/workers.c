/*
 * A worker is a thread with room for one connection. It is counted, and its
 * address with it, before it starts, so that a stop cannot overlook it. An
 * idle connection holds little more than its stack: its thread never calls
 * malloc or free (each would give it a heap of its own), so a worker's struct
 * is made by the listener and used again, and freed only at the end.
 *
 * One lock guards everything in struct workers and the membership of workers
 * in its lists. A descriptor is closed only by its worker, after it has left
 * the list of those at work, so that shutdown(2) under the lock never meets a
 * number that is used again.
 */

#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/buffers.h"
#include "common/clock.h"
#include "server/peers.h"
#include "server/session.h"
#include "server/workers.h"

/* How long a thread waits to be used again, and workers_free for threads. */
#define WORKERS_KEEP	 (5 * CLOCK_SEC)
#define WORKERS_FAREWELL (2 * CLOCK_SEC)

struct worker {
	LIST_ENTRY(worker) busy;  /* in workers->busy, or */
	SLIST_ENTRY(worker) next; /* in ->spare or ->unused */
	struct workers *workers;
	pthread_cond_t wake;
	struct connection connection;
	bool has_connection;
	bool evicted; /* counted no more */
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t gone; /* threads has fallen to 0 */
	pthread_attr_t attributes;
	LIST_HEAD(worker_list, worker) busy;
	SLIST_HEAD(worker_stack, worker) spare; /* with a thread, waiting */
	struct worker_stack unused;		/* without a thread */
	struct session_shared *shared;
	struct peers *peers;
	uint64_t connections; /* handed over so far */
	unsigned count;	      /* places taken */
	unsigned max;
	unsigned threads;
	bool draining;
	bool ending;  /* spare threads are to end */
	int empty_fd; /* see workers_drain */
};

struct workers *
workers_new(struct session_shared *shared, unsigned max,
    unsigned max_per_address)
{
	struct workers *workers = calloc(1, sizeof(*workers));

	if (workers == NULL)
		return NULL;
	LIST_INIT(&workers->busy);
	SLIST_INIT(&workers->spare);
	SLIST_INIT(&workers->unused);
	workers->shared = shared;
	workers->max = max;
	workers->peers = peers_new(max_per_address);
	workers->empty_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers->peers == NULL || workers->empty_fd < 0) {
		if (workers->peers != NULL)
			peers_free(workers->peers);
		if (workers->empty_fd >= 0)
			close(workers->empty_fd);
		free(workers);
		return NULL;
	}
	pthread_mutex_init(&workers->lock, NULL);
	clock_cond_init(&workers->gone);
	pthread_attr_init(&workers->attributes);
	pthread_attr_setstacksize(&workers->attributes, WORKER_STACK);
	pthread_attr_setdetachstate(&workers->attributes,
	    PTHREAD_CREATE_DETACHED);
	return workers;
}

/* Under the lock: the last one out of a drain says so. */
static void
tell_if_empty(struct workers *workers)
{
	if (workers->draining && LIST_EMPTY(&workers->busy))
		eventfd_write(workers->empty_fd, 1);
}

/* The worker's connection has ended. */
static void
retire(struct worker *worker)
{
	struct workers *workers = worker->workers;
	int fd = worker->connection.fd;

	pthread_mutex_lock(&workers->lock);
	LIST_REMOVE(worker, busy);
	worker->has_connection = false;
	peers_leave(workers->peers, &worker->connection.address);
	if (!worker->evicted)
		workers->count--;
	tell_if_empty(workers);
	pthread_mutex_unlock(&workers->lock);
	close(fd);
}

/* Waits as a spare for another connection. False when the thread is to end:
 * then it is counted no more, and the worker is unused. */
static bool
wait_for_connection(struct worker *worker)
{
	struct workers *workers = worker->workers;
	int64_t deadline = clock_now() + WORKERS_KEEP;
	int code = 0;
	bool found;

	pthread_mutex_lock(&workers->lock);
	SLIST_INSERT_HEAD(&workers->spare, worker, next);
	while (!worker->has_connection && !workers->ending && code == 0)
		code = clock_cond_wait(&worker->wake, &workers->lock, deadline);
	found = worker->has_connection;
	if (!found) {
		SLIST_REMOVE(&workers->spare, worker, worker, next);
		SLIST_INSERT_HEAD(&workers->unused, worker, next);
		if (--workers->threads == 0)
			pthread_cond_signal(&workers->gone);
	}
	pthread_mutex_unlock(&workers->lock);
	return found;
}

static void *
worker_main(void *argument)
{
	struct worker *worker = argument;

	do {
		session_run(worker->workers->shared, &worker->connection);
		retire(worker);
	} while (wait_for_connection(worker));
	return NULL;
}

/* Under the lock: a spare worker, or one without a thread; NULL: no memory. */
static struct worker *
find_worker(struct workers *workers, bool *has_thread)
{
	struct worker *worker;

	*has_thread = false;
	if ((worker = SLIST_FIRST(&workers->spare)) != NULL) {
		SLIST_REMOVE_HEAD(&workers->spare, next);
		*has_thread = true;
		return worker;
	}
	if ((worker = SLIST_FIRST(&workers->unused)) != NULL) {
		SLIST_REMOVE_HEAD(&workers->unused, next);
		return worker;
	}
	worker = calloc(1, sizeof(*worker));
	if (worker == NULL)
		return NULL;
	worker->workers = workers;
	clock_cond_init(&worker->wake);
	return worker;
}

/* Since when a connection only waits; 0: it does not, or not for so long that
 * it should make room. */
static int64_t
waits_since(struct connection *connection)
{
	int64_t idle =
	    atomic_load_explicit(&connection->idle_since, memory_order_relaxed);

	return idle != 0 ?
	    idle :
	    atomic_load_explicit(&connection->late_since, memory_order_relaxed);
}

/* Under the lock: asks the connection that has waited longest to leave. False
 * if none waits. */
static bool
evict_waiting(struct workers *workers)
{
	struct worker *worker, *longest = NULL;
	int64_t since, oldest = clock_now() + 1;

	/* A glance is enough: whoever is asked to leave answers first what it
	 * has been asked meanwhile. */
	LIST_FOREACH(worker, &workers->busy, busy) {
		since = waits_since(&worker->connection);
		if (since != 0 && since < oldest && !worker->evicted) {
			oldest = since;
			longest = worker;
		}
	}
	if (longest == NULL)
		return false;
	longest->evicted = true;
	workers->count--;
	atomic_store(&longest->connection.leaving, CONNECTION_MAKES_ROOM);
	/* Wakes its thread; a request that came just now is still answered. */
	shutdown(longest->connection.fd, SHUT_RD);
	return true;
}

/* Under the lock: gives the worker a thread. 0, or an error. */
static int
start_thread(struct worker *worker)
{
	struct workers *workers = worker->workers;
	pthread_t thread;
	int code;

	code =
	    pthread_create(&thread, &workers->attributes, worker_main, worker);
	if (code == 0)
		workers->threads++;
	return code;
}

/* Under the lock, the address counted: gives the connection to a worker,
 * *spare, whose thread is to be woken, or one with a new thread. */
static int
assign(struct workers *workers, int fd, const struct net_address *address,
    struct worker **spare)
{
	struct worker *worker;
	bool has_thread;
	int code = 0;

	if (workers->count >= workers->max && !evict_waiting(workers))
		return EBUSY;
	worker = find_worker(workers, &has_thread);
	if (worker == NULL)
		return ENOMEM;
	worker->connection.fd = fd;
	worker->connection.number = ++workers->connections;
	worker->connection.address = *address;
	atomic_store(&worker->connection.idle_since,
	    clock_now() + CONNECTION_GRACE);
	atomic_store(&worker->connection.late_since, 0);
	atomic_store(&worker->connection.leaving, CONNECTION_STAYS);
	worker->has_connection = true;
	worker->evicted = false;
	LIST_INSERT_HEAD(&workers->busy, worker, busy);
	workers->count++;
	if (has_thread)
		*spare = worker;
	else
		code = start_thread(worker);
	if (code != 0) {
		LIST_REMOVE(worker, busy);
		workers->count--;
		SLIST_INSERT_HEAD(&workers->unused, worker, next);
	}
	return code;
}

int
workers_hand_over(struct workers *workers, int fd,
    const struct net_address *address)
{
	struct worker *spare = NULL;
	int code;

	pthread_mutex_lock(&workers->lock);
	code = peers_enter(workers->peers, address) == 0 ? 0 : errno;
	if (code == 0) {
		code = assign(workers, fd, address, &spare);
		if (code != 0)
			peers_leave(workers->peers, address);
	}
	pthread_mutex_unlock(&workers->lock);
	/* Without the lock, which is the first thing that it takes. */
	if (spare != NULL)
		pthread_cond_signal(&spare->wake);
	errno = code;
	return code == 0 ? 0 : -1;
}

int
workers_drain(struct workers *workers)
{
	struct worker *worker;

	pthread_mutex_lock(&workers->lock);
	workers->draining = true;
	LIST_FOREACH(worker, &workers->busy, busy) {
		atomic_store(&worker->connection.leaving, CONNECTION_AT_STOP);
		if (atomic_load(&worker->connection.idle_since) != 0)
			shutdown(worker->connection.fd, SHUT_RD);
	}
	tell_if_empty(workers);
	pthread_mutex_unlock(&workers->lock);
	return workers->empty_fd;
}

void
workers_cut(struct workers *workers)
{
	struct worker *worker;

	pthread_mutex_lock(&workers->lock);
	LIST_FOREACH(worker, &workers->busy, busy)
		shutdown(worker->connection.fd, SHUT_RDWR);
	pthread_mutex_unlock(&workers->lock);
}

/* Ends the threads: whether they are all gone in time. */
static bool
end_threads(struct workers *workers)
{
	struct worker *worker;
	int64_t deadline = clock_now() + WORKERS_FAREWELL;
	int code = 0;

	pthread_mutex_lock(&workers->lock);
	workers->ending = true;
	SLIST_FOREACH(worker, &workers->spare, next)
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
	struct worker *worker;

	if (!end_threads(workers))
		return -1;
	while ((worker = SLIST_FIRST(&workers->unused)) != NULL) {
		SLIST_REMOVE_HEAD(&workers->unused, next);
		pthread_cond_destroy(&worker->wake);
		free(worker);
	}
	peers_free(workers->peers);
	close(workers->empty_fd);
	pthread_attr_destroy(&workers->attributes);
	pthread_cond_destroy(&workers->gone);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
	buffers_trim();
	return 0;
}
