/*
 * The look-up of the name is left to a child process, which is killed when it
 * takes too long: getaddrinfo(3) has no time limit. Without a network this
 * would delay every start by many seconds.
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/resolve.h"
#include "server/own_addresses.h"

#define OWN_ADDRESSES_WAIT (500 * CLOCK_MS) /* for the name */

/* Copies an IPv4 or IPv6 address. Returns false for any other. */
static bool
copy_address(struct net_address *address, const struct sockaddr *from)
{
	memset(address, 0, sizeof(*address));
	if (from != NULL && from->sa_family == AF_INET)
		memcpy(&address->in, from, sizeof(address->in));
	else if (from != NULL && from->sa_family == AF_INET6)
		memcpy(&address->in6, from, sizeof(address->in6));
	else
		return false;
	return true;
}

static bool
is_for_others(const struct net_address *address)
{
	return !net_is_loopback(address) &&
	    (address->any.sa_family != AF_INET6 ||
		!IN6_IS_ADDR_LINKLOCAL(&address->in6.sin6_addr));
}

static void
find_addresses(struct own_addresses *own)
{
	struct ifaddrs *list, *each;

	if (getifaddrs(&list) != 0)
		return;
	for (each = list; each != NULL && own->n < OWN_ADDRESSES_MAX;
	     each = each->ifa_next)
		if ((each->ifa_flags & IFF_UP) != 0 &&
		    copy_address(&own->all[own->n], each->ifa_addr) &&
		    is_for_others(&own->all[own->n]))
			own->n++;
	freeifaddrs(list);
}

/* Writes the addresses of the name to a pipe; runs in the child. */
static void __attribute__((noreturn)) write_named(const char *name, int fd)
{
	struct net_address address;
	struct addrinfo *list, *each;
	char error[NET_ERROR];

	if (resolve_host(name, 0, 0, &list, error, sizeof(error)) != 0)
		_exit(1);
	for (each = list; each != NULL; each = each->ai_next)
		if (copy_address(&address, each->ai_addr) &&
		    write(fd, &address, sizeof(address)) < 0)
			break;
	_exit(0);
}

/* Marks the addresses that come through the pipe until the deadline. */
static void
read_named(struct own_addresses *own, int fd)
{
	int64_t deadline = clock_now() + OWN_ADDRESSES_WAIT;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct net_address address;
	int i, n;

	for (;;) {
		n = poll(&ready, 1, clock_poll_timeout(deadline));
		if (n < 0 && errno == EINTR)
			continue;
		/* Each address is written as a whole. */
		if (n <= 0 || read(fd, &address, sizeof(address)) <= 0)
			return;
		for (i = 0; i < own->n; i++)
			if (net_compare_host(&own->all[i], &address) == 0)
				own->is_named[i] = true;
	}
}

static void
find_name(struct own_addresses *own)
{
	int fds[2];
	pid_t child;

	if (gethostname(own->name, sizeof(own->name)) != 0 ||
	    own->name[0] == '\0' || pipe2(fds, O_CLOEXEC) != 0)
		return;
	own->name[sizeof(own->name) - 1] = '\0';
	child = fork();
	if (child == 0)
		write_named(own->name, fds[1]);
	close(fds[1]);
	if (child > 0) {
		read_named(own, fds[0]);
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close(fds[0]);
}

void
own_addresses_find(struct own_addresses *own)
{
	memset(own, 0, sizeof(*own));
	find_addresses(own);
	if (own->n > 0)
		find_name(own);
}
