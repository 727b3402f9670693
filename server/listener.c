/*
 * Whatever goes wrong with accept(2) or poll(2), it may not turn the loop into
 * a busy one. Without descriptors, idle connections make room, for which the
 * kernel's queue holds the peers; where none does, a spare descriptor is given
 * up for a moment, to accept and close, which tells the peer at once. Without
 * memory, or when nothing but errors comes, nothing is accepted for a moment.
 * The log says which it was.
 */

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "common/socket.h"
#include "server/announcement.h"
#include "server/listener.h"
#include "server/request_log.h"
#include "server/reply_writer.h"

enum {
	LISTENER_FDS = 64,    /* addresses listened on, at most */
	LISTENER_BATCH = 256, /* accepted between looks at the signals */
	LISTENER_WHY = 64,    /* bytes of a reason */
	LISTENER_LEAVE = 8,   /* connections that make room at one time */
};

#define LISTENER_PAUSE (100 * CLOCK_MS) /* after running out */
#define LISTENER_QUIET (1 * CLOCK_SEC)	/* between like log lines */
/* A signal this soon after the first is part of the same wish to stop: from a
 * process group and its leader, SIGINT and SIGTERM, Ctrl-C pressed twice. */
#define LISTENER_BURST (1 * CLOCK_SEC)
/* Without descriptors: for those that make room, each time and in all. */
#define LISTENER_ROOM	   (5 * CLOCK_MS)
#define LISTENER_ROOM_MOST (2 * CLOCK_SEC)

struct listener {
	/* The listening sockets, then the signals. */
	struct pollfd fds[LISTENER_FDS + 1];
	int n;
	int signal_fd;
	int spare_fd; /* see refuse_without_descriptor */
	int64_t paused_until;
	unsigned errors; /* of accept(2), in a row */
	int64_t refusal_logged_at;
	unsigned refusals_unlogged;	/* since then, and */
	char refused_why[LISTENER_WHY]; /* the last of them */
	int64_t pause_logged_at;
	int64_t scarce_since; /* without descriptors, while others make room */
	int64_t tend_at;      /* workers_tend is to be called */
	int64_t untold_at;    /* request_log_report_dropped was called */
};

static int
open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Any file will do, but it has to be one that can be had in the sandbox. */
static int
open_spare(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static int
tune(int fd, const struct server_options *options)
{
	struct net_address address;

	if (socket_tune_server(fd, options->timeout) != 0 ||
	    net_local(fd, &address) != 0)
		return -1;
	if (net_is_loopback(&address))
		(void)socket_choose_reno(fd);
	return options->rate == 0 ? 0 : socket_pace(fd, options->rate);
}

/* Returns advice about a failure to listen, by its errno, or "". */
static const char *
listen_hint(int code, uint16_t port)
{
	switch (code) {
	case EADDRINUSE:
		return "; another program, or another --address, has this "
		       "port: take another one with --port";
	case EADDRNOTAVAIL:
		return "; this machine has no such address";
	case EACCES:
		return port == 0 || port >= IPPORT_RESERVED ?
		    "" :
		    "; a port below 1024 is for root (add --user) and for who "
		    "has CAP_NET_BIND_SERVICE: take a higher one with --port";
	case EMFILE:
		return "; raise the limit on open files (ulimit -n)";
	default:
		return "";
	}
}

/* Listens on one address of the command line, or on all of them (NULL). */
static int
listen_on(struct listener *listener, const char *address, uint16_t *port,
    const struct server_options *options, char *error)
{
	int fds[LISTENER_FDS];
	int i, n;

	for (i = 0; i < listener->n; i++)
		fds[i] = listener->fds[i].fd;
	n = net_listen(address, port, fds, listener->n, LISTENER_FDS, error);
	if (n < 0) {
		strlcat(error, listen_hint(errno, *port), NET_ERROR);
		return -1;
	}
	if (error[0] != '\0')
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "not listening on %s",
		    error);
	while (listener->n < n) {
		i = listener->n++;
		listener->fds[i].fd = fds[i];
		listener->fds[i].events = POLLIN;
		if (tune(fds[i], options) != 0) {
			snprintf(error, NET_ERROR, "socket options: %s",
			    strerror(errno));
			return -1;
		}
	}
	return 0;
}

/* Listens on all addresses of the command line. */
static int
listen_as_asked(struct listener *listener, const struct server_options *options,
    char *error)
{
	const struct endpoint *address;
	uint16_t port = options->port, own;
	int i, result;

	if (options->n_addresses == 0)
		return listen_on(listener, NULL, &port, options, error);
	for (i = 0; i < options->n_addresses; i++) {
		address = &options->addresses[i];
		own = address->port;
		result = listen_on(listener, address->host,
		    address->has_port ? &own : &port, options, error);
		if (result != 0)
			return -1;
	}
	return 0;
}

struct listener *
listener_new(const struct server_options *options, char error[NET_ERROR])
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int result;

	if (listener == NULL) {
		strlcpy(error, "out of memory", NET_ERROR);
		return NULL;
	}
	listener->tend_at = CLOCK_NEVER;
	listener->signal_fd = open_signals();
	listener->spare_fd = open_spare();
	if (listener->signal_fd < 0 || listener->spare_fd < 0) {
		snprintf(error, NET_ERROR, "%s%s", strerror(errno),
		    listen_hint(errno, 0));
		result = -1;
	} else {
		result = listen_as_asked(listener, options, error);
	}
	if (result != 0) {
		listener_free(listener);
		return NULL;
	}
	listener->fds[listener->n].fd = listener->signal_fd;
	listener->fds[listener->n].events = POLLIN;
	return listener;
}

int
listener_announce(const struct listener *listener, const char *directory,
    const char *layers)
{
	return announcement_print(listener->fds, listener->n, directory,
	    layers);
}

/* Returns whether a line may be logged again; *last is when one was. */
static bool
may_log(int64_t *last)
{
	int64_t now = clock_now();

	if (*last != 0 && now - *last < LISTENER_QUIET)
		return false;
	*last = now;
	return true;
}

/* Logs the refusals since the last line, if there are any and it may. */
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

/* Logs a refusal, at once or with those of a second. */
static void
log_refusal(struct listener *listener, const char *why)
{
	listener->refusals_unlogged++;
	strlcpy(listener->refused_why, why, sizeof(listener->refused_why));
	log_refusals(listener);
}

/* Returns poll(2)'s timeout: to the time at which refusals may be logged or
 * workers_tend is due; -1 if there is none. */
static int
idle_timeout(const struct listener *listener)
{
	int64_t until = listener->tend_at;

	if (listener->refusals_unlogged > 0 &&
	    listener->refusal_logged_at + LISTENER_QUIET < until)
		until = listener->refusal_logged_at + LISTENER_QUIET;
	return clock_poll_timeout(until);
}

static void
pause_accepting(struct listener *listener)
{
	listener->paused_until = clock_now() + LISTENER_PAUSE;
}

/* Accepts nobody for a moment, and logs why; peers wait in the kernel's queue.
 */
static void
pause_for(struct listener *listener, const char *why)
{
	pause_accepting(listener);
	if (may_log(&listener->pause_logged_at))
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "no connection is accepted for a moment: %s", why);
}

/*
 * All descriptors are in use, and somebody is there to be accepted: lets idle
 * connections make room, and pauses for a moment. Returns false where nobody
 * makes room, or it takes too long.
 */
static bool
await_descriptor(struct listener *listener, struct workers *workers)
{
	int64_t now = clock_now();

	if (listener->scarce_since == 0)
		listener->scarce_since = now;
	if (now - listener->scarce_since > LISTENER_ROOM_MOST ||
	    workers_make_room(workers, LISTENER_LEAVE) == 0)
		return false;
	listener->paused_until = now + LISTENER_ROOM;
	return true;
}

/*
 * All descriptors are in use. Where nobody makes room for it, the spare one
 * lets the peer know, if there is one: accept(2) finds that it has no
 * descriptor before it finds that it has nobody to accept. Returns whether
 * somebody was refused.
 */
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
		/* A worker was quicker to take it. */
		pause_for(listener, strerror(code));
	}
	listener->spare_fd = open_spare();
	if (listener->spare_fd < 0)
		pause_accepting(listener);
	return fd >= 0;
}

/* Ignores a transient accept(2) error; pauses after LISTENER_BATCH in a row.
 * Returns whether to continue. */
static bool
pass_over(struct listener *listener)
{
	if (++listener->errors < LISTENER_BATCH)
		return true;
	pause_for(listener, strerror(errno));
	listener->errors = 0;
	return false;
}

/* Tells the log and the peer. */
static void
refuse(struct listener *listener, int fd, int code)
{
	switch (code) {
	case EBUSY:
		log_refusal(listener,
		    "all places are taken (--max-connections)");
		reply_writer_turn_away(fd,
		    "too many connections, try again later");
		break;
	case EUSERS:
		log_refusal(listener,
		    "too many from one address (--max-per-address)");
		reply_writer_turn_away(fd,
		    "too many connections from your address");
		break;
	default:
		log_refusal(listener, strerror(code));
		pause_accepting(listener);
		reply_writer_turn_away(fd, "out of resources, try again later");
		break;
	}
}

/* Accepts one: false when there is none, or none can be taken now. */
static bool
accept_one(struct listener *listener, int listening, struct workers *workers)
{
	struct net_address address;
	socklen_t len = sizeof(address);
	int fd;

	fd = accept4(listening, &address.any, &len, SOCK_CLOEXEC);
	if (fd >= 0) {
		listener->errors = 0;
		listener->scarce_since = 0;
		if (workers_hand_over(workers, fd, &address) != 0)
			refuse(listener, fd, errno);
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
		return pass_over(listener);
	}
}

static void
accept_some(struct listener *listener, int listening, struct workers *workers)
{
	int n = 0;

	while (n++ < LISTENER_BATCH && accept_one(listener, listening, workers))
		continue;
}

/* Looks after those that wait for a thread, once that is due. */
static void
tend(struct listener *listener, struct workers *workers)
{
	unsigned refused = workers_tend(workers, &listener->tend_at);

	while (refused-- > 0)
		log_refusal(listener, "no thread came free in time");
	if (may_log(&listener->untold_at))
		request_log_report_dropped();
}

/*
 * poll(2), or, where that fails, a pause, after which all is taken to be
 * ready: no descriptor here blocks. Returns as poll(2), and 0 for EINTR.
 */
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

/* Takes a signal that has arrived; returns whether there was one. */
static bool
take_signal(struct listener *listener)
{
	struct signalfd_siginfo info;

	return read(listener->signal_fd, &info, sizeof(info)) > 0;
}

int
listener_socket(const struct listener *listener)
{
	return listener->fds[0].fd;
}

void
listener_run(struct listener *listener, struct workers *workers,
    struct presence *presence)
{
	struct pollfd *signals = &listener->fds[listener->n];
	bool pausing;
	int i, ready;

	for (;;) {
		pausing = listener->paused_until > clock_now();
		if (pausing) {
			/* Only the signals are waited for. */
			ready = wait_for(signals, 1,
			    clock_poll_timeout(listener->paused_until));
		} else {
			listener->paused_until = 0;
			ready = wait_for(listener->fds, (nfds_t)listener->n + 1,
			    idle_timeout(listener));
		}
		log_refusals(listener);
		if (ready == 0) {
			tend(listener, workers);
			continue;
		}
		if (signals->revents != 0 && take_signal(listener))
			return;
		if (presence != NULL && presence_is_lost(presence))
			return;
		for (i = 0; !pausing && i < listener->n; i++)
			if (listener->fds[i].revents != 0)
				accept_some(listener, listener->fds[i].fd,
				    workers);
		tend(listener, workers);
	}
}

static void
close_sockets(struct listener *listener)
{
	while (listener->n > 0)
		close(listener->fds[--listener->n].fd);
}

void
listener_stop(struct listener *listener, struct workers *workers, int drain)
{
	struct pollfd fds[2];
	int64_t first = clock_now(), deadline = first + drain * CLOCK_SEC;
	bool empty = false, again = false;
	eventfd_t count;

	close_sockets(listener);
	fds[0].fd = workers_drain(workers);
	fds[0].events = POLLIN;
	fds[1].fd = listener->signal_fd;
	fds[1].events = POLLIN;
	do {
		if (wait_for(fds, 2, clock_poll_timeout(deadline)) == 0)
			continue;
		empty =
		    fds[0].revents != 0 && eventfd_read(fds[0].fd, &count) == 0;
		again = fds[1].revents != 0 && take_signal(listener) &&
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
	close_sockets(listener);
	if (listener->signal_fd >= 0)
		close(listener->signal_fd);
	if (listener->spare_fd >= 0)
		close(listener->spare_fd);
	free(listener);
}
