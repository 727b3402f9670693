/*
 * Chooses the connection that makes room when all places, threads or
 * descriptors are taken. The listener's thread runs this under the lock of
 * struct workers.
 *
 * A peer has gone when its connection is broken. One that has ended its side
 * (POLLRDHUP) may still wait for a reply; it is taken to have gone when for
 * ROOM_SILENT nothing of what was sent to it has arrived either, as for a
 * session that hangs on a dead disk. Such a place is given up: its thread
 * cannot be ended, but it stands in nobody's way.
 */

#include <sys/socket.h>

#include <linux/tcp.h>

#include <netinet/in.h>

#include "common/clock.h"
#include "server/workers_private.h"

/* Between two looks for peers that have gone. */
#define ROOM_LOOK (100 * CLOCK_MS)
/* A peer that has ended its side and receives nothing for so long has gone. */
#define ROOM_SILENT (1 * CLOCK_SEC)
/* Given to one that is leaving, to receive the rest of its replies. */
#define ROOM_GRACE (1 * CLOCK_SEC)

enum {
	ROOM_CROWD = 16, /* connections of one address that have no grace */
};

/* The time from which the peer has been waited for; 0: it is not. */
static int64_t
waits_since(struct connection *connection)
{
	_Atomic int64_t *const times[] = {&connection->idle_since,
	    &connection->late_since, &connection->ends_since};
	int64_t since = 0;
	size_t i;

	/* A relaxed load is enough: the victim still answers any request that
	 * has arrived. */
	for (i = 0; i < sizeof(times) / sizeof(times[0]) && since == 0; i++)
		since = atomic_load_explicit(times[i], memory_order_relaxed);
	return since;
}

static struct worker *
find_waiting(struct workers *workers)
{
	struct worker *worker, *longest = NULL;
	int64_t since, oldest = clock_now() + 1;

	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		since = waits_since(&worker->connection);
		if (since != 0 && since < oldest) {
			oldest = since;
			longest = worker;
		}
	}
	return longest;
}

/* One whose request waits, or has waited, for its turn. */
static struct worker *
find_queued(struct workers *workers)
{
	struct worker *worker, *found = NULL;
	int64_t since, oldest = 0;
	unsigned count, most = 0;

	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		since = atomic_load_explicit(&worker->connection.slot.since,
		    memory_order_relaxed);
		if (since == 0)
			continue;
		count = peers_count(worker->peer);
		if (count > most || (count == most && since < oldest)) {
			found = worker;
			most = count;
			oldest = since;
		}
	}
	return found;
}

/* Bytes that the peer's kernel says have arrived. */
static uint64_t
count_acknowledged(int fd)
{
	struct tcp_info info = {.tcpi_bytes_acked = 0};
	socklen_t len = sizeof(info);

	(void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_bytes_acked;
}

/* Notes that a peer has ended its side, and since when nothing arrives. */
static void
note_silence(struct worker *worker, int64_t now)
{
	uint64_t acknowledged = count_acknowledged(worker->connection.fd);

	if (worker->silent_since == 0 || acknowledged != worker->acknowledged)
		worker->silent_since = now;
	worker->acknowledged = acknowledged;
}

void
room_look(struct workers *workers)
{
	int64_t now = clock_now();
	struct worker *worker;
	nfds_t n = 0;

	if (now - workers->looked_at < ROOM_LOOK)
		return;
	workers->looked_at = now;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		workers->fds[n].fd = worker->connection.fd;
		workers->fds[n].events = POLLRDHUP;
		workers->polled[n++] = worker;
	}
	if (poll(workers->fds, n, 0) <= 0)
		return;
	while (n-- > 0) {
		worker = workers->polled[n];
		if ((workers->fds[n].revents & (POLLERR | POLLHUP)) != 0)
			worker->silent_since = now - ROOM_SILENT;
		else if ((workers->fds[n].revents & POLLRDHUP) != 0)
			note_silence(worker, now);
	}
}

static struct worker *
find_gone(struct workers *workers)
{
	struct worker *worker;
	int64_t now;

	room_look(workers);
	now = clock_now();
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next)
		if (worker->silent_since != 0 &&
		    now - worker->silent_since >= ROOM_SILENT)
			return worker;
	return NULL;
}

/* Asks a connection to leave; its place is free at once. */
static void
evict(struct worker *worker, enum worker_state state)
{
	struct connection *connection = &worker->connection;

	worker_move(worker, state);
	worker->left = clock_now();
	worker->workers->count--;
	atomic_store(&connection->leaving, CONNECTION_MAKES_ROOM);
	work_slot_cancel(&connection->slot);
	/* Wakes its thread. One that has ended reads what comes to its end. */
	if (atomic_load(&connection->ends_since) == 0)
		shutdown(connection->fd, SHUT_RD);
}

bool
room_make(struct workers *workers)
{
	unsigned out = workers->in[WORKER_LEAVING] + workers->in[WORKER_LOST];
	struct worker *worker = find_waiting(workers);

	if (worker == NULL)
		worker = find_queued(workers);
	if (worker != NULL) {
		evict(worker, WORKER_LEAVING);
		return true;
	}
	/* A thread that is lost may never end: not more than there are for
	 * connections on their way out. */
	if (out >= workers->n - workers->max)
		return false;
	worker = find_gone(workers);
	if (worker != NULL)
		evict(worker, WORKER_LOST);
	return worker != NULL;
}

/* Of those that are leaving, the first of the address with most connections;
 * NULL: all were broken. */
static struct worker *
find_leaving(struct workers *workers)
{
	struct worker *worker, *found = NULL;
	unsigned count, most = 0;

	TAILQ_FOREACH(worker, &workers->lists[WORKER_LEAVING], next) {
		count = peers_count(worker->peer);
		if (worker->cut || count <= most)
			continue;
		found = worker;
		most = count;
	}
	return found;
}

void
room_cut(struct workers *workers)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct worker *worker = find_leaving(workers);

	if (worker == NULL ||
	    (peers_count(worker->peer) < ROOM_CROWD &&
		clock_now() - worker->left < ROOM_GRACE))
		return;
	worker->cut = true;
	(void)setsockopt(worker->connection.fd, SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
	shutdown(worker->connection.fd, SHUT_RDWR);
}
