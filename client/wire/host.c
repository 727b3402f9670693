/*
 * Keeps the addresses found before the process was confined, for common/net to
 * connect to. They are written before the first thread starts and only read
 * afterwards, so they need no lock.
 */

#include <netdb.h>

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "client/wire/host.h"
#include "common/resolve.h"

static struct addrinfo *known; /* NULL: none was found */
static char why[NET_ERROR];    /* why none was found */
static atomic_bool is_fresh;   /* no host_connect since host_find */

void
host_find(const struct connection_settings *settings)
{
	if (resolve_host(settings->host, settings->port, 0, &known, why,
		sizeof(why)) != 0)
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
host_connect(const struct connection_settings *settings, int64_t timeout,
    int wake_fd, char error[NET_ERROR])
{
	bool first = atomic_exchange(&is_fresh, false);
	struct addrinfo *found;
	int fd, saved;

	if (first && known == NULL) {
		strlcpy(error, why, NET_ERROR);
		errno = EHOSTUNREACH;
		return -1;
	}
	/* If the look-up fails now, the earlier addresses may still work. */
	if (first ||
	    resolve_host(settings->host, settings->port, 0, &found, error,
		NET_ERROR) != 0)
		return known == NULL ?
		    -1 :
		    net_connect(known, timeout, wake_fd, error);
	fd = net_connect(found, timeout, wake_fd, error);
	saved = errno;
	freeaddrinfo(found);
	errno = saved;
	return fd;
}
