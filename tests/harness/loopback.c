/* Packages are often built in a network namespace of their own, in which the
 * interface "lo" is down, and without /etc/hosts. */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netdb.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/loopback.h"

bool
loopback_ready(const char *tests)
{
	struct ifreq lo = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ready = true;

	if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &lo) == 0 &&
	    (lo.ifr_flags & IFF_UP) == 0) {
		lo.ifr_flags |= IFF_UP;
		ready = ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	}
	if (!ready)
		fprintf(stderr,
		    "%s: skipped: the loopback interface is down: %s\n", tests,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return ready;
}

bool
loopback_has_name(const char *test)
{
	struct addrinfo *list;
	int code = getaddrinfo("localhost", NULL, NULL, &list);

	if (code == 0) {
		freeaddrinfo(list);
		return true;
	}
	fprintf(stderr, "%s: skipped: localhost: %s\n", test,
	    gai_strerror(code));
	return false;
}
