/*
 * An error of accept(2) or poll(2) must not turn the loop into a busy one. When
 * descriptors run out, idle connections are evicted, while new peers wait in
 * the kernel's queue; if none can be evicted, a spare descriptor is closed to
 * accept and close one connection, which tells that peer at once. When memory
 * runs out, or accept fails often in a row, nothing is accepted for a moment.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "server/listener.h"
#include "server/reload.h"
#include "server/request_log.h"
#include "server/share.h"
#include "server/signals.h"

enum {
	LISTENER_BATCH = 256,  /* accepted before signals are looked at again */
	LISTENER_WHY = 64,     /* bytes of a reason */
	LISTENER_EVICT = 8,    /* connections evicted at one time */
	LISTENER_MOMENT = 100, /* ms at a stop */
};

#define LISTENER_PAUSE (100 * CLOCK_MS) /* when resources ran out */
#define LISTENER_QUIET (1 * CLOCK_SEC)	/* between log lines of one kind */
/* A signal this soon after the first belongs to the same wish to stop: SIGINT
 * and SIGTERM from a process group, or Ctrl-C pressed twice. */
#define LISTENER_BURST (1 * CLOCK_SEC)
/* Time for evicted connections to free descriptors: at each try, and in all. */
#define LISTENER_ROOM	   (5 * CLOCK_MS)
#define LISTENER_ROOM_MOST (2 * CLOCK_SEC)

struct listener {
	struct listen_sockets *sockets;
	struct pollfd fds[LISTEN_SOCKETS_MAX + 1]; /* sockets, then signals */
	struct signals signals;
	int spare_fd; /* see refuse_without_descriptor */
	int64_t paused_until;
	unsigned errors; /* failures of accept(2), in a row */
	int64_t refusal_logged_at;
	unsigned refusals_unlogged;	/* since refusal_logged_at */
	char refused_why[LISTENER_WHY]; /* the last refusal's reason */
	int64_t pause_logged_at;
	int64_t scarce_since; /* first try to free descriptors; 0: none */
	int64_t tend_at;      /* time of the next workers_tend */
	int64_t dropped_at;   /* time of the last request_log_report_dropped */
};

/* Opens a descriptor of a kind that the sandbox allows. */
static int
open_spare(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

struct listener *
listener_new(struct listen_sockets *sockets, bool reloads)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int i;

	if (listener == NULL)
		return NULL;
	listener->sockets = sockets;
	listener->tend_at = CLOCK_NEVER;
	listener->spare_fd = open_spare();
	if (signals_open(&listener->signals, reloads) != 0 ||
	    listener->spare_fd < 0) {
		listener_free(listener);
		return NULL;
	}
	for (i = 0; i < sockets->n; i++)
		listener->fds[i] =
		    (struct pollfd){.fd = sockets->fds[i], .events = POLLIN};
	listener->fds[i] =
	    (struct pollfd){.fd = listener->signals.fd, .events = POLLIN};
	return listener;
}

/* Returns true, and sets *last to now, if the last line of this kind is
 * LISTENER_QUIET ago. */
static bool
may_log(int64_t *last)
{
	int64_t now = clock_now();

	if (*last != 0 && now - *last < LISTENER_QUIET)
		return false;
	*last = now;
	return true;
}

/* Logs the refusals since the last line, if there are any and it is due. */
static void
log_refusals(struct listener *listener)
{
	unsigned n = listener->refusals_unlogged;

	if (n == 0 || !may_log(&listener->refusal_logged_at))
		return;
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "%u connection%s refused: %s", n,
	    n == 1 ? "" : "s", listener->refused_why);
	listener->refusals_unlogged = 0;
}

/* Logs a refusal, at once or together with others of the same second. */
static void
log_refusal(struct listener *listener, const char *why)
{
	listener->refusals_unlogged++;
	strlcpy(listener->refused_why, why, sizeof(listener->refused_why));
	log_refusals(listener);
}

/* Returns poll(2)'s timeout: until periodic work is due; -1: never. */
static int
idle_timeout(const struct listener *listener)
{
	int64_t until = listener->tend_at;

	if (listener->refusals_unlogged > 0 &&
	    listener->refusal_logged_at + LISTENER_QUIET < until)
		until = listener->refusal_logged_at + LISTENER_QUIET;
	return clock_poll_timeout(until);
}

/* Pauses accepting and logs why; peers wait in the kernel's queue. */
static void
pause_for(struct listener *listener, const char *why)
{
	listener->paused_until = clock_now() + LISTENER_PAUSE;
	if (may_log(&listener->pause_logged_at))
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "no connection is accepted for a moment: %s", why);
}

/* All descriptors are in use and a peer waits: evicts idle connections and
 * pauses. Returns false if none can be evicted, or that took too long. */
static bool
await_descriptor(struct listener *listener, struct workers *workers)
{
	int64_t now = clock_now();

	if (listener->scarce_since == 0)
		listener->scarce_since = now;
	if (now - listener->scarce_since > LISTENER_ROOM_MOST ||
	    workers_make_room(workers, LISTENER_EVICT) == 0)
		return false;
	listener->paused_until = now + LISTENER_ROOM;
	return true;
}

/* All descriptors are in use, which accept(2) says even if no peer waits, so
 * poll(2) is asked first. Evicts a connection, or else closes the spare to
 * accept and close the peer. Returns true if a peer was refused. */
static bool
refuse_without_descriptor(struct listener *listener, int listening,
    struct workers *workers)
{
	struct pollfd peer = {.fd = listening, .events = POLLIN};
	int fd, code = errno;

	if (poll(&peer, 1, 0) == 0 || await_descriptor(listener, workers))
		return false;
	close(listener->spare_fd);
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		log_refusal(listener, strerror(code));
	} else if (errno != EAGAIN) {
		/* A worker has taken the descriptor. */
		pause_for(listener, strerror(code));
	}
	listener->spare_fd = open_spare();
	if (listener->spare_fd < 0)
		listener->paused_until = clock_now() + LISTENER_PAUSE;
	return fd >= 0;
}

/* Ignores a transient accept(2) error; pauses after LISTENER_BATCH in a row.
 * Returns true if the caller may accept again at once. */
static bool
ignore_error(struct listener *listener)
{
	if (++listener->errors < LISTENER_BATCH)
		return true;
	pause_for(listener, strerror(errno));
	listener->errors = 0;
	return false;
}

/* Refuses a connection that workers_hand_over has refused with this errno. */
static void
refuse_peer(struct listener *listener, struct workers *workers, int fd,
    int code)
{
	const char *message = "out of resources, try again later",
		   *why = strerror(code);

	if (code == EBUSY || code == EPROTO) {
		why = code == EBUSY ?
		    "all places are taken (--max-connections)" :
		    "too many proxies have not sent their header "
		    "(--proxy-from)";
		message = "too many connections, try again later";
	} else if (code == EUSERS) {
		why = "too many from one address (--max-per-address)";
		message = "too many connections from your address";
	} else {
		listener->paused_until = clock_now() + LISTENER_PAUSE;
	}
	log_refusal(listener, why);
	workers_turn_away(workers, fd, message);
}

/* Accepts one connection. Returns false if none waits, or accepting pauses. */
static bool
accept_one(struct listener *listener, int listening, struct workers *workers)
{
	struct net_address address;
	socklen_t len = sizeof(address);
	int fd = accept4(listening, &address.any, &len, SOCK_CLOEXEC);

	if (fd >= 0) {
		listener->errors = 0;
		listener->scarce_since = 0;
		if (workers_hand_over(workers, fd, &address) != 0)
			refuse_peer(listener, workers, fd, errno);
		return listener->paused_until == 0;
	}
	switch (errno) {
	case EAGAIN:
		listener->errors = 0;
		return false;
	case EMFILE:
	case ENFILE:
		return refuse_without_descriptor(listener, listening,
			   workers) &&
		    listener->paused_until == 0;
	case ENOBUFS:
	case ENOMEM:
		pause_for(listener, strerror(errno));
		return false;
	default:
		return ignore_error(listener);
	}
}

static void
accept_some(struct listener *listener, int listening, struct workers *workers)
{
	int n = 0;

	while (n++ < LISTENER_BATCH && accept_one(listener, listening, workers))
		continue;
}

/* Does the periodic work of the workers and the log that is due. */
static void
tend_workers(struct listener *listener, struct workers *workers)
{
	unsigned refused = workers_tend(workers, &listener->tend_at);

	while (refused-- > 0)
		log_refusal(listener, "no thread came free in time");
	if (may_log(&listener->dropped_at))
		request_log_report_dropped();
}

/* Calls poll(2). If that fails, pauses and marks all descriptors as ready: none
 * of them blocks. Returns the number of ready ones, 0 after EINTR. */
static int
wait_for(struct pollfd *fds, nfds_t n, int timeout)
{
	int ready = poll(fds, n, timeout);
	nfds_t i;

	if (ready >= 0 || errno == EINTR)
		return ready < 0 ? 0 : ready;
	clock_sleep(LISTENER_PAUSE);
	for (i = 0; i < n; i++)
		fds[i].revents = POLLIN;
	return (int)n;
}

/* Takes a signal. Returns true if it asks for a stop. */
static bool
take_signal(const struct listener *listener, struct reload *reload)
{
	enum signals_wish wish = signals_take(&listener->signals);

	if (wish == SIGNALS_RELOAD)
		reload_ask(reload);
	return wish == SIGNALS_STOP;
}

void
listener_run(struct listener *listener, struct workers *workers,
    struct presence *presence, const struct share *share, struct reload *reload)
{
	struct pollfd *signals = &listener->fds[listener->sockets->n];
	int i, ready, n = listener->sockets->n;
	bool pausing;

	for (;;) {
		pausing = listener->paused_until > clock_now();
		if (pausing) {
			ready = wait_for(signals, 1,
			    clock_poll_timeout(listener->paused_until));
		} else {
			listener->paused_until = 0;
			ready = wait_for(listener->fds, (nfds_t)n + 1,
			    idle_timeout(listener));
		}
		log_refusals(listener);
		presence_tend(presence);
		if (ready == 0) {
			tend_workers(listener, workers);
			continue;
		}
		if (signals->revents != 0 && take_signal(listener, reload))
			return;
		if (presence_is_lost(presence) || share_is_over(share))
			return;
		for (i = 0; !pausing && i < n; i++)
			if (listener->fds[i].revents != 0)
				accept_some(listener, listener->fds[i].fd,
				    workers);
		tend_workers(listener, workers);
	}
}

/* Tells what is waited for, how long at most, and how not to. */
static void
log_stop(unsigned answering, int drain)
{
	if (answering > 0)
		log_event(LOG_LEVEL_REQUESTS, NULL, 0,
		    "stopping: %u download%s under way may take %d s more "
		    "(--drain); a second Ctrl-C ends the server at once",
		    answering, answering == 1 ? "" : "s", drain);
}

void
listener_stop(struct listener *listener, struct workers *workers, int drain)
{
	struct pollfd fds[2] = {{.fd = -1, .events = POLLIN},
	    {.fd = listener->signals.fd, .events = POLLIN}};
	int64_t first = clock_now(), deadline = first + drain * CLOCK_SEC;
	bool empty = false, again = false;

	listen_sockets_close(listener->sockets);
	fds[0].fd = workers_drain(workers);
	/* Only downloads that take longer than a moment are told. */
	if (drain > 0 && wait_for(fds, 1, LISTENER_MOMENT) == 0)
		log_stop(workers_answering(workers), drain);
	do {
		if (wait_for(fds, 2, clock_poll_timeout(deadline)) == 0)
			continue;
		empty = fds[0].revents != 0;
		again = fds[1].revents != 0 &&
		    signals_take(&listener->signals) == SIGNALS_STOP &&
		    clock_now() - first >= LISTENER_BURST;
	} while (!empty && !again && clock_now() < deadline);
	if (empty)
		return;
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
	    "stopping %s: downloads under way are broken off",
	    again ? "at a second signal" : "after the time to drain");
	workers_cut(workers);
}

void
listener_free(struct listener *listener)
{
	signals_close(&listener->signals);
	if (listener->spare_fd >= 0)
		close(listener->spare_fd);
	free(listener);
}
