/* Connects to the first address of a host that answers, and prints and compares
 * addresses. resolve.c finds the addresses; net_listen.c listens. */

#include <arpa/inet.h>
#include <netdb.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/net.h"

enum {
	NET_TRIES = 8, /* attempts to connect: further addresses are ignored */
};

#define NET_NEXT (250 * CLOCK_MS) /* between the starts of two attempts */

void
net_describe_error(const struct addrinfo *info, char error[NET_ERROR])
{
	struct net_address address;
	char text[NET_TEXT];
	int saved = errno;

	memset(&address, 0, sizeof(address));
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	net_print(&address, text);
	snprintf(error, NET_ERROR, "%s: %s", text, strerror(saved));
	errno = saved;
}

struct attempts {
	/* Sockets, -1 for a failed attempt; fds[n] is used for wake_fd. */
	struct pollfd fds[NET_TRIES + 1];
	const struct addrinfo *infos[NET_TRIES];
	int n;
};

/* Closes an attempt that failed with errno and describes it in error. */
static void
fail_attempt(struct attempts *attempts, int i, char *error)
{
	net_describe_error(attempts->infos[i], error);
	if (attempts->fds[i].fd >= 0)
		close(attempts->fds[i].fd);
	attempts->fds[i].fd = -1;
}

/* Starts the next attempt. Returns whether it is connected already. */
static bool
start_attempt(struct attempts *attempts, const struct addrinfo *info,
    char *error)
{
	int fd, i = attempts->n++;

	attempts->infos[i] = info;
	attempts->fds[i].events = POLLOUT;
	fd = socket(info->ai_family,
	    info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    info->ai_protocol);
	attempts->fds[i].fd = fd;
	if (fd >= 0 && connect(fd, info->ai_addr, info->ai_addrlen) == 0)
		return true;
	if (fd >= 0 && errno == EINPROGRESS)
		return false;
	fail_attempt(attempts, i, error);
	return false;
}

/* Returns the errno of a finished attempt, 0 if it is connected. */
static int
attempt_errno(int fd)
{
	socklen_t len = sizeof(int);
	int code = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0)
		return errno;
	return code;
}

/* Waits until an attempt is finished, wake_fd is readable or the deadline
 * passes. Returns the index of a connected attempt, or -1. */
static int
wait_attempts(struct attempts *attempts, int wake_fd, int64_t deadline,
    char *error)
{
	struct pollfd *fds = attempts->fds;
	int code, i, ready;

	fds[attempts->n].fd = wake_fd;
	fds[attempts->n].events = POLLIN;
	do
		ready = poll(fds, (nfds_t)attempts->n + 1,
		    clock_poll_timeout(deadline));
	while (ready < 0 && errno == EINTR);
	code = errno;
	if (ready == 0 ||
	    (ready > 0 && wake_fd >= 0 && fds[attempts->n].revents != 0))
		return -1;
	for (i = 0; i < attempts->n; i++) {
		if (fds[i].fd < 0 || (ready > 0 && fds[i].revents == 0))
			continue;
		errno = ready > 0 ? attempt_errno(fds[i].fd) : code;
		if (errno == 0)
			return i;
		fail_attempt(attempts, i, error);
	}
	return -1;
}

/* Returns the number of attempts that have not failed. */
static int
count_pending(const struct attempts *attempts)
{
	int i, n = 0;

	for (i = 0; i < attempts->n; i++)
		n += attempts->fds[i].fd >= 0;
	return n;
}

/* Closes all but the winner (-1: all). Returns its blocking socket, or -1. */
static int
take_attempt(struct attempts *attempts, int winner)
{
	int fd = winner < 0 ? -1 : attempts->fds[winner].fd;
	int i, flags;

	for (i = 0; i < attempts->n; i++)
		if (i != winner && attempts->fds[i].fd >= 0)
			close(attempts->fds[i].fd);
	if (fd >= 0 && (flags = fcntl(fd, F_GETFL)) >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

int
net_connect(const struct addrinfo *list, int64_t timeout, int wake_fd,
    char error[NET_ERROR])
{
	int64_t deadline = clock_now() + timeout, now, step;
	const struct addrinfo *next = list;
	struct attempts attempts = {.n = 0};
	int fd, saved, winner = -1;

	errno = EHOSTUNREACH;
	for (;;) {
		if (next != NULL && attempts.n < NET_TRIES) {
			if (start_attempt(&attempts, next, error)) {
				winner = attempts.n - 1;
				break;
			}
			next = next->ai_next;
		}
		if (count_pending(&attempts) == 0) {
			if (next == NULL || attempts.n == NET_TRIES)
				break;
			continue;
		}
		now = clock_now();
		step = next != NULL && now + NET_NEXT < deadline ?
		    now + NET_NEXT :
		    deadline;
		winner = wait_attempts(&attempts, wake_fd, step, error);
		if (winner >= 0)
			break;
		if (wake_fd >= 0 && attempts.fds[attempts.n].revents != 0) {
			errno = ECANCELED;
			break;
		}
		if (clock_now() >= deadline) {
			errno = ETIMEDOUT;
			net_describe_error(attempts.infos[attempts.n - 1],
			    error);
			break;
		}
	}
	saved = errno;
	fd = take_attempt(&attempts, winner);
	errno = saved;
	return fd;
}

int
net_local(int fd, struct net_address *address)
{
	socklen_t len = sizeof(*address);

	memset(address, 0, sizeof(*address));
	return getsockname(fd, &address->any, &len);
}

int
net_peer(int fd, struct net_address *address)
{
	socklen_t len = sizeof(*address);

	memset(address, 0, sizeof(*address));
	return getpeername(fd, &address->any, &len);
}

uint16_t
net_port(const struct net_address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ?
		address->in6.sin6_port :
		address->in.sin_port);
}

void
net_set_port(struct net_address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET6)
		address->in6.sin6_port = htons(port);
	else
		address->in.sin_port = htons(port);
}

void
net_unmap(struct net_address *address)
{
	const struct sockaddr_in6 in6 = address->in6;

	if (address->any.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
		return;
	memset(address, 0, sizeof(*address));
	address->in.sin_family = AF_INET;
	address->in.sin_port = in6.sin6_port;
	memcpy(&address->in.sin_addr, in6.sin6_addr.s6_addr + 12,
	    sizeof(address->in.sin_addr));
}

bool
net_is_any(const struct net_address *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
	return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool
net_is_loopback(const struct net_address *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->in6.sin6_addr);
	return ntohl(address->in.sin_addr.s_addr) >> IN_CLASSA_NSHIFT ==
	    IN_LOOPBACKNET;
}

int
net_compare_host(const struct net_address *a, const struct net_address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return a->any.sa_family < b->any.sa_family ? -1 : 1;
	/* The same link-local address is a different peer on each link. */
	if (a->any.sa_family == AF_INET6 &&
	    a->in6.sin6_scope_id != b->in6.sin6_scope_id)
		return a->in6.sin6_scope_id < b->in6.sin6_scope_id ? -1 : 1;
	if (a->any.sa_family == AF_INET6)
		return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
		    sizeof(a->in6.sin6_addr));
	return memcmp(&a->in.sin_addr, &b->in.sin_addr, sizeof(a->in.sin_addr));
}

void
net_print_host(const struct net_address *address, char text[NET_TEXT])
{
	const struct sockaddr_in6 *in6 = &address->in6;
	size_t len;

	if (address->any.sa_family != AF_INET6) {
		inet_ntop(AF_INET, &address->in.sin_addr, text, NET_TEXT);
		return;
	}
	inet_ntop(AF_INET6, &in6->sin6_addr, text, NET_TEXT);
	len = strlen(text);
	if (in6->sin6_scope_id != 0)
		snprintf(text + len, NET_TEXT - len, "%%%u",
		    in6->sin6_scope_id);
}

void
net_print(const struct net_address *address, char text[NET_TEXT])
{
	char host[NET_TEXT];

	net_print_host(address, host);
	snprintf(text, NET_TEXT,
	    address->any.sa_family == AF_INET6 ? "[%.*s]:%u" : "%.*s:%u",
	    NET_TEXT - 9, host, net_port(address));
}
