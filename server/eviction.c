/*
 * Chooses the connection to evict when all places, threads or descriptors are
 * taken. The listener's thread runs this, under the lock of struct workers.
 *
 * A peer is gone if its connection is broken. A peer that has closed its side
 * (POLLRDHUP) may still wait for a reply; it counts as gone if it has received
 * nothing for EVICTION_SILENT, which happens if its session hangs on a dead
 * disk. Such a connection gives up its place, although its thread cannot be
 * ended.
 */

#include <sys/socket.h>

#include <linux/tcp.h>

#include <netinet/in.h>

#include <errno.h>

#include "common/clock.h"
#include "server/workers_private.h"

/* Time between two looks for peers that are gone. */
#define EVICTION_LOOK (100 * CLOCK_MS)
/* Time without progress after which a peer that has closed its side is gone. */
#define EVICTION_SILENT (1 * CLOCK_SEC)
/* Time for an evicted peer to receive the rest of its replies. */
#define EVICTION_GRACE (1 * CLOCK_SEC)

enum {
	EVICTION_CROWD = 16, /* connections of an address that gets no grace */
};

/* Returns the time from which the session has waited for its peer, or 0. */
static int64_t
waits_for_peer_since(struct connection *connection)
{
	_Atomic int64_t *const times[] = {&connection->idle_since,
	    &connection->late_since, &connection->ends_since};
	int64_t since = 0;
	size_t i;

	/* Relaxed loads: the victim still answers requests that arrived. */
	for (i = 0; i < sizeof(times) / sizeof(times[0]) && since == 0; i++)
		since = atomic_load_explicit(times[i], memory_order_relaxed);
	return since;
}

/* Returns the worker that has waited longest for its peer, or NULL. One that
 * waits for the header of its proxy comes before all others. */
static struct worker *
find_waiting(struct workers *workers)
{
	struct worker *worker, *longest = NULL;
	int64_t since, oldest = 0, now = clock_now();
	bool unannounced = false, first;

	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		since = waits_for_peer_since(&worker->connection);
		first = worker->peer->unannounced;
		if (since == 0 || since > now || (unannounced && !first))
			continue;
		if (longest == NULL || first != unannounced || since < oldest) {
			oldest = since;
			longest = worker;
			unannounced = first;
		}
	}
	return longest;
}

/* Returns the worker, of the address with most connections, whose request has
 * been in a queue for a work slot longest; or NULL. A request counts until it
 * gives its slot back. */
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
		count = worker->peer->count;
		if (count > most || (count == most && since < oldest)) {
			found = worker;
			most = count;
			oldest = since;
		}
	}
	return found;
}

/* Returns the number of bytes that the peer's kernel has acknowledged. */
static uint64_t
count_acknowledged(int fd)
{
	struct tcp_info info = {.tcpi_bytes_acked = 0};
	socklen_t len = sizeof(info);

	(void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_bytes_acked;
}

/* Updates the time since which a peer that closed its side receives nothing. */
static void
note_silence(struct worker *worker, int64_t now)
{
	uint64_t acknowledged = count_acknowledged(worker->connection.fd);

	if (worker->silent_since == 0 || acknowledged != worker->acknowledged ||
	    atomic_load_explicit(&worker->connection.share.waits,
		memory_order_relaxed))
		worker->silent_since = now;
	worker->acknowledged = acknowledged;
}

void
eviction_look(struct workers *workers)
{
	int64_t now = clock_now();
	struct worker *worker;
	nfds_t n = 0;
	short events;

	if (now - workers->looked_at < EVICTION_LOOK)
		return;
	workers->looked_at = now;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		workers->fds[n].fd = worker->connection.fd;
		workers->fds[n++].events = POLLRDHUP;
	}
	if (poll(workers->fds, n, 0) <= 0)
		return;
	n = 0;
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next) {
		events = workers->fds[n++].revents;
		if ((events & (POLLERR | POLLHUP)) != 0) {
			worker->silent_since = now - EVICTION_SILENT;
			fair_share_cancel(&worker->connection.share);
		} else if ((events & POLLRDHUP) != 0)
			note_silence(worker, now);
	}
}

static struct worker *
find_gone(struct workers *workers)
{
	struct worker *worker;
	int64_t now;

	eviction_look(workers);
	now = clock_now();
	TAILQ_FOREACH(worker, &workers->lists[WORKER_BUSY], next)
		if (worker->silent_since != 0 &&
		    now - worker->silent_since >= EVICTION_SILENT)
			return worker;
	return NULL;
}

/* Evicts a connection; its place is free at once. */
static void
evict_worker(struct worker *worker, enum worker_state state)
{
	struct connection *connection = &worker->connection;

	worker_move(worker, state);
	worker->peer = peers_evict(worker->workers->peers, worker->peer);
	worker->left = clock_now();
	worker->workers->count--;
	atomic_store(&connection->leaving, CONNECTION_MAKES_ROOM);
	work_slot_cancel(&connection->slot);
	/* Wakes the thread, unless it reads until the peer's end already. */
	if (atomic_load(&connection->ends_since) == 0)
		shutdown(connection->fd, SHUT_RD);
}

bool
eviction_free_place(struct workers *workers)
{
	unsigned out = workers->in[WORKER_LEAVING] + workers->in[WORKER_LOST];
	struct worker *worker = find_waiting(workers);

	if (worker == NULL)
		worker = find_queued(workers);
	if (worker != NULL) {
		evict_worker(worker, WORKER_LEAVING);
		return true;
	}
	/* A lost thread may never end, so their number is bounded. */
	if (out >= workers->n - workers->max)
		return false;
	worker = find_gone(workers);
	if (worker != NULL)
		evict_worker(worker, WORKER_LOST);
	return worker != NULL;
}

struct peer *
eviction_enter_proxied(struct workers *workers)
{
	struct peer *peer = peers_enter_proxied(workers->peers);
	struct worker *worker;

	if (peer != NULL || errno != EPROTO)
		return peer;
	worker = find_waiting(workers);
	if (worker != NULL && worker->peer->unannounced)
		evict_worker(worker, WORKER_LEAVING);
	return peers_enter_proxied(workers->peers);
}

/* Returns the first evicted connection, not broken yet, of the address with
 * most connections; or NULL. */
static struct worker *
find_leaving(struct workers *workers)
{
	struct worker *worker, *found = NULL;
	unsigned count, most = 0;

	TAILQ_FOREACH(worker, &workers->lists[WORKER_LEAVING], next) {
		count = worker->peer->count;
		if (worker->cut || count <= most)
			continue;
		found = worker;
		most = count;
	}
	return found;
}

void
eviction_break_one(struct workers *workers)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct worker *worker = find_leaving(workers);

	if (worker == NULL ||
	    (worker->peer->count < EVICTION_CROWD &&
		clock_now() - worker->left < EVICTION_GRACE))
		return;
	worker->cut = true;
	(void)setsockopt(worker->connection.fd, SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
	shutdown(worker->connection.fd, SHUT_RDWR);
}
