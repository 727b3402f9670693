/*
 * A worker is a thread with room for one connection. All workers, with their
 * stacks, are made at the start, as many as there may be connections that have
 * a place and that are on their way out: there are never more threads than
 * that, and neither the hand-over nor a thread that starts or ends maps
 * memory, which the sessions at work could hold up (mmap_lock). An idle
 * connection holds little more than its stack: its thread never calls malloc
 * or free (each would give it a heap of its own).
 *
 * A connection is counted, and its address with it, before its thread starts,
 * so that a stop cannot overlook it. Where no thread can be had it waits in
 * the lobby, with its place, for the first that comes free: that of a
 * connection which was asked to leave.
 *
 * One lock guards everything in struct workers and the membership of workers
 * in its lists. A descriptor is closed only by its worker, after it has left
 * the list of those at work, so that shutdown(2) under the lock never meets a
 * number that is used again. The lock of turns.c is taken under this one.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/reply_writer.h"
#include "server/workers_private.h"

/* How long a thread waits to be used again. */
#define WORKERS_KEEP (5 * CLOCK_SEC)
/* How long a newcomer waits for a thread, and no thread is made after one
 * could not be. */
#define WORKERS_WAIT  (2 * CLOCK_SEC)
#define WORKERS_PAUSE (500 * CLOCK_MS)
#define WORKERS_LOOK  (100 * CLOCK_MS) /* after those that wait */

void
workers_tell_if_empty(struct workers *workers)
{
	if (workers->draining &&
	    workers->in[WORKER_BUSY] + workers->in[WORKER_LEAVING] +
		    workers->in[WORKER_LOST] ==
		0)
		eventfd_write(workers->empty_fd, 1);
}

/* Under the lock: the worker has this connection, and a place. */
static void
seat(struct worker *worker, const struct newcomer *newcomer)
{
	struct workers *workers = worker->workers;
	struct connection *connection = &worker->connection;

	worker->peer = newcomer->peer;
	worker->cut = false;
	worker->silent_since = 0;
	connection->fd = newcomer->fd;
	connection->number = ++workers->connections;
	connection->address = newcomer->address;
	atomic_store(&connection->idle_since, clock_now() + CONNECTION_GRACE);
	atomic_store(&connection->late_since, 0);
	atomic_store(&connection->ends_since, 0);
	atomic_store(&connection->leaving, CONNECTION_STAYS);
	work_slot_init(&connection->slot, &workers->shared->verbs.slots,
	    peers_work_shares(newcomer->peer));
	worker->has_connection = true;
	worker_move(worker, WORKER_BUSY);
}

/* ---- the lobby, under the lock ------------------------------------------ */

static bool
enter_lobby(struct workers *workers, const struct newcomer *newcomer)
{
	unsigned last = workers->lobby_first + workers->lobby_n;

	if (workers->lobby_n == WORKERS_LOBBY)
		return false;
	workers->lobby[last % WORKERS_LOBBY] = *newcomer;
	workers->lobby_n++;
	return true;
}

static struct newcomer *
leave_lobby(struct workers *workers)
{
	struct newcomer *first = &workers->lobby[workers->lobby_first];

	if (workers->lobby_n == 0)
		return NULL;
	workers->lobby_first = (workers->lobby_first + 1) % WORKERS_LOBBY;
	workers->lobby_n--;
	return first;
}

/* ---- a worker's thread -------------------------------------------------- */

/* The worker's connection has ended. */
static void
retire(struct worker *worker)
{
	struct workers *workers = worker->workers;
	int fd = worker->connection.fd;

	pthread_mutex_lock(&workers->lock);
	worker->has_connection = false;
	peers_leave(workers->peers, worker->peer);
	if (worker->state == WORKER_BUSY)
		workers->count--;
	worker_move(worker, WORKER_SPARE);
	workers_tell_if_empty(workers);
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
	const struct newcomer *newcomer = NULL;
	int code = 0;
	bool found;

	pthread_mutex_lock(&workers->lock);
	if (!worker->has_connection)
		newcomer = leave_lobby(workers);
	if (newcomer != NULL)
		seat(worker, newcomer);
	while (!worker->has_connection && !workers->ending && code == 0)
		code = clock_cond_wait(&worker->wake, &workers->lock, deadline);
	found = worker->has_connection;
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

	do {
		session_run(worker->workers->shared, &worker->connection);
		retire(worker);
	} while (wait_for_connection(worker));
	return NULL;
}

/* ---- the hand-over ------------------------------------------------------ */

/* Under the lock: joins the thread of a worker that is unused, if it had one;
 * false: it has not quite ended yet. */
static bool
is_joined(struct worker *worker)
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

/* Under the lock: joins the threads that have ended. Only the listener's may:
 * it calls free(3). */
static void
join_ended(struct workers *workers)
{
	struct worker *worker;

	if (workers->ended == 0)
		return;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_UNUSED], next)
		if (worker->ended && is_joined(worker))
			stacks_clear(&workers->stacks,
			    (unsigned)(worker - workers->all));
}

/* Under the lock: a worker whose thread has gone, or that had none; or NULL. */
static struct worker *
find_unused(struct workers *workers)
{
	struct worker *worker = TAILQ_FIRST(&workers->lists[WORKER_UNUSED]);

	if (worker != NULL && is_joined(worker))
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

/* Gives the worker, which has a connection, a thread. 0, or an error. Called
 * without the lock. */
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

/* Under the lock: no thread can be had now. Sees to it that one comes free,
 * for which the newcomer waits, with its place. False: none will. */
static bool
await_thread(struct workers *workers, struct newcomer *newcomer)
{
	/* There may be places, but it is threads that are wanted. */
	if (workers->in[WORKER_LEAVING] <= workers->lobby_n &&
	    !room_make(workers))
		return false;
	if (workers->threads >= workers->n)
		room_cut(workers);
	newcomer->deadline = clock_now() + WORKERS_WAIT;
	return enter_lobby(workers, newcomer);
}

/* The worker, which has the newcomer's connection, got no thread. */
static int
take_back(struct worker *worker, struct newcomer *newcomer, int code)
{
	struct workers *workers = worker->workers;

	pthread_mutex_lock(&workers->lock);
	workers->threads--;
	workers->no_thread_until = clock_now() + WORKERS_PAUSE;
	worker->has_connection = false;
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

/* Under the lock, the peer counted: finds a place, and a worker if there is
 * one; it is in *spare if its thread is to be woken, or in *fresh if it is to
 * be given one. 0, or an error. */
static int
find_place(struct workers *workers, struct newcomer *newcomer,
    struct worker **spare, struct worker **fresh)
{
	if (workers->count >= workers->max && !room_make(workers))
		return EBUSY;
	*spare = TAILQ_FIRST(&workers->lists[WORKER_SPARE]);
	if (*spare == NULL && clock_now() >= workers->no_thread_until)
		*fresh = find_unused(workers);
	if (*spare != NULL) {
		seat(*spare, newcomer);
	} else if (*fresh != NULL) {
		seat(*fresh, newcomer);
		workers->threads++;
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
	struct newcomer newcomer = {.fd = fd, .address = *address};
	struct worker *spare = NULL, *fresh = NULL;
	int code = 0;

	pthread_mutex_lock(&workers->lock);
	newcomer.peer = peers_enter(workers->peers, address);
	if (newcomer.peer == NULL) {
		code = errno;
	} else {
		code = find_place(workers, &newcomer, &spare, &fresh);
		if (code != 0)
			peers_leave(workers->peers, newcomer.peer);
	}
	pthread_mutex_unlock(&workers->lock);
	/* After unlocking: the woken thread takes this lock first. */
	if (spare != NULL)
		pthread_cond_signal(&spare->wake);
	if (fresh != NULL && (code = start_thread(fresh)) != 0)
		code = take_back(fresh, &newcomer, code);
	errno = code;
	return code == 0 ? 0 : -1;
}

bool
workers_refuse(struct workers *workers, int64_t now)
{
	struct newcomer *newcomer = NULL;
	int fd = -1;

	pthread_mutex_lock(&workers->lock);
	if (workers->lobby_n > 0 &&
	    workers->lobby[workers->lobby_first].deadline <= now)
		newcomer = leave_lobby(workers);
	if (newcomer != NULL) {
		fd = newcomer->fd;
		workers->count--;
		peers_leave(workers->peers, newcomer->peer);
	}
	pthread_mutex_unlock(&workers->lock);
	if (fd >= 0)
		reply_writer_turn_away(fd,
		    "too many connections, try again later");
	return fd >= 0;
}

unsigned
workers_tend(struct workers *workers, int64_t *next)
{
	int64_t now = clock_now();
	unsigned refused = 0;

	while (workers_refuse(workers, now))
		refused++;
	*next = CLOCK_NEVER;
	pthread_mutex_lock(&workers->lock);
	join_ended(workers);
	if (workers->count >= workers->max)
		room_look(workers);
	if (workers->threads + workers->ended > 0)
		*next = now + CLOCK_SEC;
	if (workers->lobby_n > 0) {
		room_cut(workers);
		*next = now + WORKERS_LOOK;
	}
	if (workers->lobby_n > 0 &&
	    workers->lobby[workers->lobby_first].deadline < *next)
		*next = workers->lobby[workers->lobby_first].deadline;
	pthread_mutex_unlock(&workers->lock);
	return refused;
}

unsigned
workers_make_room(struct workers *workers, unsigned n)
{
	unsigned leaving;

	pthread_mutex_lock(&workers->lock);
	while (workers->in[WORKER_LEAVING] < n && room_make(workers))
		continue;
	room_cut(workers);
	leaving = workers->in[WORKER_LEAVING];
	pthread_mutex_unlock(&workers->lock);
	return leaving;
}
