/*
 * A worker is a thread with room for one connection. All workers and their
 * stacks are allocated at the start, enough for all places and for the evicted
 * connections on their way out. After that neither a hand-over nor the start or
 * end of a thread maps memory, which would wait for busy sessions (mmap_lock).
 * A worker's thread never calls malloc or free, which would give it a heap of
 * its own, so an idle connection holds little more than its stack.
 *
 * A connection and its address are counted before its thread starts, so a stop
 * cannot overlook it. If no thread is free, the connection waits in the lobby,
 * with its place, for the thread of an evicted one.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/workers_private.h"

#define WORKERS_KEEP  (5 * CLOCK_SEC)  /* that a spare thread waits */
#define WORKERS_WAIT  (2 * CLOCK_SEC)  /* that a newcomer waits for a thread */
#define WORKERS_PAUSE (500 * CLOCK_MS) /* after a thread was not created */
#define WORKERS_LOOK  (100 * CLOCK_MS) /* between two looks at the lobby */

void
workers_signal_if_empty(struct workers *workers)
{
	if (workers->draining &&
	    workers->in[WORKER_BUSY] + workers->in[WORKER_LEAVING] +
		    workers->in[WORKER_LOST] ==
		0)
		eventfd_write(workers->empty_fd, 1);
}

/* Lets the connection work as one of this address. Under the lock. */
static void
set_peer(struct worker *worker, struct peer *peer)
{
	worker->peer = peer;
	work_slot_init(&worker->connection.slot,
	    &worker->workers->shared->verbs.slots, &peer->shares);
}

/* Returns the worker that has this connection. */
static struct worker *
worker_of(struct connection *connection)
{
	return (struct worker *)(void *)((char *)connection -
	    offsetof(struct worker, connection));
}

/* See announce in connection.h. */
static int
announce_client(struct connection *connection,
    const struct net_address *address)
{
	struct worker *worker = worker_of(connection);
	struct workers *workers = worker->workers;
	struct peer *peer;
	int code = ECANCELED;

	pthread_mutex_lock(&workers->lock);
	if (worker->state == WORKER_BUSY) {
		peer = peers_announce(workers->peers, address);
		code = peer == NULL ? errno : 0;
		if (peer != NULL) {
			set_peer(worker, peer);
			fair_share_move(&connection->share, &peer->sending);
		}
	}
	pthread_mutex_unlock(&workers->lock);
	return code;
}

/* Gives the worker this connection, which has a place. Under the lock. */
static void
seat_newcomer(struct worker *worker, const struct newcomer *newcomer)
{
	struct workers *workers = worker->workers;
	struct connection *connection = &worker->connection;

	worker->cut = false;
	worker->silent_since = 0;
	connection->fd = newcomer->fd;
	connection->tls = NULL;
	connection->is_plain = !encryption_is_on(&workers->shared->encryption);
	connection->number = ++workers->connections;
	connection->address = newcomer->address;
	connection->proxy = (struct net_address){.in = {.sin_family = 0}};
	connection->announce = newcomer->proxied ? announce_client : NULL;
	atomic_store(&connection->idle_since, clock_now() + CONNECTION_GRACE);
	atomic_store(&connection->late_since, 0);
	atomic_store(&connection->ends_since, 0);
	atomic_store(&connection->leaving, CONNECTION_STAYS);
	set_peer(worker, newcomer->peer);
	fair_share_init(&connection->share, &workers->shared->fair,
	    &newcomer->peer->sending);
	worker_move(worker, WORKER_BUSY);
}

/* Takes the worker's connection out of all counts, and closes it. */
static void
retire_connection(struct worker *worker)
{
	struct workers *workers = worker->workers;
	int fd = worker->connection.fd;

	tls_free(worker->connection.tls);
	pthread_mutex_lock(&workers->lock);
	peers_leave(workers->peers, worker->peer);
	if (worker->state == WORKER_BUSY)
		workers->count--;
	worker_move(worker, WORKER_SPARE);
	workers_signal_if_empty(workers);
	pthread_mutex_unlock(&workers->lock);
	close(fd);
}

/* Waits for another connection. Returns false if the thread must end; the
 * thread is then no longer counted, and its worker is unused. */
static bool
wait_for_connection(struct worker *worker)
{
	struct workers *workers = worker->workers;
	int64_t deadline = clock_now() + WORKERS_KEEP;
	const struct newcomer *newcomer = NULL;
	int code = 0;
	bool found;

	pthread_mutex_lock(&workers->lock);
	if (worker->state == WORKER_SPARE)
		newcomer = lobby_leave(workers);
	if (newcomer != NULL)
		seat_newcomer(worker, newcomer);
	while (worker->state == WORKER_SPARE && !workers->ending && code == 0)
		code = clock_cond_wait(&worker->wake, &workers->lock, deadline);
	found = worker->state != WORKER_SPARE;
	if (!found) {
		worker->ended = true;
		workers->ended++;
		worker_move(worker, WORKER_UNUSED);
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
	struct workers *workers = worker->workers;

	stacks_enter(&workers->stacks, (unsigned)(worker - workers->all));
	do {
		session_run(workers->shared, &worker->connection);
		retire_connection(worker);
	} while (wait_for_connection(worker));
	return NULL;
}

/* Joins the thread of an unused worker, if it has one. Returns false if that
 * thread has not quite ended yet. Under the lock. */
static bool
join_thread(struct worker *worker)
{
	struct workers *workers = worker->workers;

	if (!worker->ended)
		return true;
	if (pthread_tryjoin_np(worker->thread, NULL) != 0)
		return false;
	worker->ended = false;
	workers->ended--;
	return true;
}

/* Joins the threads that have ended. For the listener's thread, since this
 * calls free(3). Under the lock. */
static void
join_ended_threads(struct workers *workers)
{
	struct worker *worker;

	if (workers->ended == 0)
		return;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_UNUSED], next)
		if (worker->ended && join_thread(worker))
			stacks_clear(&workers->stacks,
			    (unsigned)(worker - workers->all));
}

/* Returns a worker without a thread, or NULL. Under the lock. */
static struct worker *
find_unused(struct workers *workers)
{
	struct worker *worker = TAILQ_FIRST(&workers->lists[WORKER_UNUSED]);

	if (worker != NULL && join_thread(worker))
		return worker;
	if (workers->made == workers->n)
		return NULL;
	worker = &workers->all[workers->made++];
	worker->workers = workers;
	clock_cond_init(&worker->wake);
	TAILQ_INSERT_HEAD(&workers->lists[WORKER_UNUSED], worker, next);
	workers->in[WORKER_UNUSED]++;
	return worker;
}

/* Starts the thread of a worker that has a connection. Returns 0, or an errno.
 * Without the lock. */
static int
start_thread(struct worker *worker)
{
	struct workers *workers = worker->workers;
	unsigned i = (unsigned)(worker - workers->all);
	int code;

	code = pthread_attr_setstack(&workers->attributes,
	    stacks_get(&workers->stacks, i), workers->stacks.size);
	if (code != 0)
		return code;
	return pthread_create(&worker->thread, &workers->attributes,
	    worker_main, worker);
}

/* Puts a newcomer into the lobby, and evicts a connection whose thread it will
 * get. Returns false if no thread will come free. Under the lock. */
static bool
await_thread(struct workers *workers, struct newcomer *newcomer)
{
	/* A free place is not enough: a thread is needed. */
	if (workers->in[WORKER_LEAVING] <= workers->lobby_n &&
	    !eviction_free_place(workers))
		return false;
	if (workers->threads >= workers->n)
		eviction_break_one(workers);
	newcomer->deadline = clock_now() + WORKERS_WAIT;
	return lobby_enter(workers, newcomer);
}

/* Takes the newcomer's connection from a worker whose thread could not be
 * started (code). Returns 0 if it waits in the lobby, or code. */
static int
take_back_newcomer(struct worker *worker, struct newcomer *newcomer, int code)
{
	struct workers *workers = worker->workers;

	pthread_mutex_lock(&workers->lock);
	workers->threads--;
	workers->no_thread_until = clock_now() + WORKERS_PAUSE;
	worker_move(worker, WORKER_UNUSED);
	if (await_thread(workers, newcomer)) {
		code = 0;
	} else {
		workers->count--;
		peers_leave(workers->peers, newcomer->peer);
	}
	pthread_mutex_unlock(&workers->lock);
	return code;
}

/* Finds a place for a newcomer whose peer is counted, and a worker: *spare,
 * whose thread must be woken, or *fresh, whose thread must be started, or
 * neither if the newcomer waits in the lobby. Returns 0, or an errno. Under the
 * lock. */
static int
find_worker_place(struct workers *workers, struct newcomer *newcomer,
    struct worker **spare, struct worker **fresh)
{
	if (workers->count >= workers->max && !eviction_free_place(workers))
		return EBUSY;
	*spare = TAILQ_FIRST(&workers->lists[WORKER_SPARE]);
	if (*spare == NULL && clock_now() >= workers->no_thread_until)
		*fresh = find_unused(workers);
	if (*spare != NULL) {
		seat_newcomer(*spare, newcomer);
	} else if (*fresh != NULL) {
		seat_newcomer(*fresh, newcomer);
		workers->threads++;
		if (workers->threads > workers->most_threads)
			workers->most_threads = workers->threads;
	} else if (!await_thread(workers, newcomer)) {
		return EBUSY;
	}
	workers->count++;
	return 0;
}

int
workers_hand_over(struct workers *workers, int fd,
    const struct net_address *address)
{
	struct newcomer newcomer = {.fd = fd,
	    .address = *address,
	    .proxied = proxies_contain(&workers->shared->proxies, address)};
	struct worker *spare = NULL, *fresh = NULL;
	int code = 0;

	pthread_mutex_lock(&workers->lock);
	newcomer.peer = newcomer.proxied ? eviction_enter_proxied(workers) :
					   peers_enter(workers->peers, address);
	if (newcomer.peer == NULL) {
		code = errno;
	} else {
		code = find_worker_place(workers, &newcomer, &spare, &fresh);
		if (code != 0)
			peers_leave(workers->peers, newcomer.peer);
	}
	pthread_mutex_unlock(&workers->lock);
	/* After unlocking: the woken thread takes this lock first. */
	if (spare != NULL)
		pthread_cond_signal(&spare->wake);
	if (fresh != NULL && (code = start_thread(fresh)) != 0)
		code = take_back_newcomer(fresh, &newcomer, code);
	errno = code;
	return code == 0 ? 0 : -1;
}

unsigned
workers_tend(struct workers *workers, int64_t *next)
{
	int64_t now = clock_now();
	unsigned refused = 0;

	while (lobby_refuse_first(workers, now))
		refused++;
	*next = CLOCK_NEVER;
	pthread_mutex_lock(&workers->lock);
	join_ended_threads(workers);
	if (workers->count >= workers->max)
		eviction_look(workers);
	if (workers->threads + workers->ended > 0)
		*next = now + CLOCK_SEC;
	workers_report_hangs(workers, now);
	if (workers->lobby_n > 0) {
		eviction_break_one(workers);
		*next = now + WORKERS_LOOK;
	}
	if (workers->lobby_n > 0 &&
	    workers->lobby[workers->lobby_first].deadline < *next)
		*next = workers->lobby[workers->lobby_first].deadline;
	pthread_mutex_unlock(&workers->lock);
	workers_trim_heap(workers);
	return refused;
}

unsigned
workers_make_room(struct workers *workers, unsigned n)
{
	unsigned leaving;

	pthread_mutex_lock(&workers->lock);
	while (workers->in[WORKER_LEAVING] < n && eviction_free_place(workers))
		continue;
	eviction_break_one(workers);
	leaving = workers->in[WORKER_LEAVING];
	pthread_mutex_unlock(&workers->lock);
	return leaving;
}
