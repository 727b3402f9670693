/*
 * The list of addresses is written before the first thread starts and only
 * read afterwards, so it needs no lock.
 */

#include <netdb.h>

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "client/wire/host.h"

static struct addrinfo *known; /* NULL: none was found */
static char why[NET_ERROR];    /* why none was found */
static atomic_bool is_fresh;   /* nobody has connected since host_find */

void
host_find(const struct connection_settings *settings)
{
	if (net_look_up(settings->host, settings->port, &known, why) != 0)
		known = NULL;
	atomic_store(&is_fresh, true);
}

void
host_forget(void)
{
	if (known != NULL)
		freeaddrinfo(known);
	known = NULL;
	atomic_store(&is_fresh, false);
}

int
host_connect(const struct connection_settings *settings, int wake_fd,
    char error[NET_ERROR])
{
	bool first = atomic_exchange(&is_fresh, false);
	int fd;

	if (first && known == NULL) {
		strlcpy(error, why, NET_ERROR);
		errno = EHOSTUNREACH;
		return -1;
	}
	if (!first) {
		fd = net_connect(settings->host, settings->port,
		    settings->connect_timeout, wake_fd, error);
		/* The name has no address now: those of before may still do. */
		if (fd >= 0 || errno != EHOSTUNREACH || known == NULL)
			return fd;
	}
	return net_connect_found(known, settings->connect_timeout, wake_fd,
	    error);
}
