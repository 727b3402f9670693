/* Listens on all addresses of a host, in the order of the look-up, with the
 * same port on each. */

#include <netdb.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/net.h"
#include "common/resolve.h"

enum {
	NET_BACKLOG = 4096, /* connections; the kernel limits it to somaxconn */
	NET_PORT_TRIES = 16, /* attempts to find a port free on all addresses */
};

/* The listening sockets: those of the caller, then new ones. */
struct listening {
	int *fds;
	int n;
	int max;
};

static void
set_address_port(struct addrinfo *info, uint16_t port)
{
	if (info->ai_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)info->ai_addr)->sin6_port =
		    htons(port);
	else
		((struct sockaddr_in *)(void *)info->ai_addr)->sin_port =
		    htons(port);
}

static int
listen_one(const struct addrinfo *info)
{
	int fd, one = 1, saved;

	fd = socket(info->ai_family,
	    info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    info->ai_protocol);
	if (fd < 0)
		return -1;
	/* SO_REUSEADDR: old connections do not prevent a restart. V6ONLY:
	 * IPv4 has a socket of its own. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    (info->ai_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) !=
		    0) ||
	    bind(fd, info->ai_addr, info->ai_addrlen) != 0 ||
	    listen(fd, NET_BACKLOG) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* Closes all sockets but the first n; preserves errno. */
static void
close_rest(struct listening *listening, int n)
{
	int saved = errno;

	while (listening->n > n)
		close(listening->fds[--listening->n]);
	errno = saved;
}

/* Returns whether a socket listens on the port of info, and on its address or
 * on all addresses of its family. */
static bool
is_listening(const struct listening *listening, const struct addrinfo *info)
{
	struct net_address wanted = {.any.sa_family = AF_UNSPEC}, own;
	int i;

	memcpy(&wanted, info->ai_addr, info->ai_addrlen);
	for (i = 0; i < listening->n; i++)
		if (net_local(listening->fds[i], &own) == 0 &&
		    own.any.sa_family == wanted.any.sa_family &&
		    net_port(&own) == net_port(&wanted) &&
		    (net_is_any(&own) || net_compare_host(&own, &wanted) == 0))
			return true;
	return false;
}

/* Returns whether code says that this machine lacks the address or family. */
static bool
is_missing(int code)
{
	return code == EAFNOSUPPORT || code == EADDRNOTAVAIL ||
	    code == EPROTONOSUPPORT || code == ENODEV;
}

/* Appends a skipped address and the text of errno to missing. */
static void
note_missing(const struct addrinfo *info, char missing[NET_ERROR])
{
	char error[NET_ERROR];
	size_t len = strlen(missing);

	net_describe_error(info, error);
	snprintf(missing + len, NET_ERROR - len, "%s%s", len == 0 ? "" : "; ",
	    error);
}

/* Listens on all addresses of a list. Returns the number of sockets, or -1 with
 * errno; sets *port to the port that they share. */
static int
listen_all(struct addrinfo *list, uint16_t *port, struct listening *listening,
    char *error)
{
	int fd, have = listening->n, known = 0;
	struct net_address bound;
	struct addrinfo *info;
	uint16_t chosen = *port;

	error[0] = '\0';
	for (info = list; info != NULL && listening->n < listening->max;
	     info = info->ai_next) {
		set_address_port(info, chosen);
		if (is_listening(listening, info)) {
			known++;
			continue;
		}
		fd = listen_one(info);
		if (fd < 0 && is_missing(errno)) {
			note_missing(info, error);
			continue;
		}
		if (fd < 0) {
			net_describe_error(info, error);
			close_rest(listening, have);
			return -1;
		}
		listening->fds[listening->n++] = fd;
		if (chosen == 0 && net_local(fd, &bound) == 0)
			chosen = net_port(&bound);
	}
	if (listening->n == have && known == 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	*port = chosen;
	return listening->n;
}

int
net_listen(const char *host, uint16_t *port, int *fds, int have, int max,
    char error[NET_ERROR])
{
	struct listening listening = {.fds = fds, .n = have, .max = max};
	struct addrinfo *list;
	int n, saved, tries;

	if (have == max) {
		snprintf(error, NET_ERROR, "too many addresses");
		errno = EMFILE;
		return -1;
	}
	if (resolve_host(host, *port, AI_PASSIVE, &list, error, NET_ERROR) != 0)
		return -1;
	/* A port chosen on the first address may be in use on another. */
	for (tries = 0; tries < NET_PORT_TRIES; tries++) {
		n = listen_all(list, port, &listening, error);
		if (n > 0 || *port != 0 || errno != EADDRINUSE)
			break;
	}
	saved = errno;
	freeaddrinfo(list);
	/* NULL stands for the addresses that exist: none is missing. */
	if (n > 0 && host == NULL)
		error[0] = '\0';
	errno = saved;
	return n;
}
