/*
 * Options only: what they are for stands at each. Bytes are stream.h's.
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/socket.h"

/* What lies unsent in the kernel for one peer, at most: keeps a peer that
 * never reads cheap, and leaves the window free to grow. */
#define SOCKET_NOTSENT (256 * 1024) /* bytes */

/* Below so many bytes a second segments are no larger than on Ethernet. */
#define SOCKET_PACE_SMALL   (64 * 1024 * 1024)
#define SOCKET_PACE_SEGMENT 1460 /* bytes */

static int
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* A dead peer is noticed within a minute and a half of silence. */
static int
set_common_options(int fd)
{
	if (set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) != 0 ||
	    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) != 0 ||
	    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30) != 0 ||
	    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10) != 0 ||
	    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 6) != 0)
		return -1;
	return 0;
}

int
socket_tune_server(int fd, int timeout_s)
{
	struct timeval timeout = {.tv_sec = timeout_s};

	if (set_common_options(fd) != 0 ||
	    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, timeout_s * 1000) !=
		0 ||
	    set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, SOCKET_NOTSENT) !=
		0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		sizeof(timeout)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
		sizeof(timeout)) != 0)
		return -1;
	return 0;
}

int
socket_pace(int fd, uint64_t rate)
{
	/* TCP begins with ten segments at once; those of the loopback
	 * interface are so large that it would show. */
	if (rate < SOCKET_PACE_SMALL &&
	    set_option(fd, IPPROTO_TCP, TCP_MAXSEG, SOCKET_PACE_SEGMENT) != 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate,
	    sizeof(rate));
}

int
socket_choose_reno(int fd)
{
	/* The one that every kernel has and lets everybody take (tcp(7)). */
	static const char reno[] = "reno";

	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, reno,
	    sizeof(reno) - 1);
}

int
socket_tune_client(int fd)
{
	return set_common_options(fd);
}
