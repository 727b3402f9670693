/* The source port is chosen only at connect(2) (IP_BIND_ADDRESS_NO_PORT), so
 * that connections to different addresses may share ports. */

#include <sys/socket.h>
#include <sys/time.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <unistd.h>

#include "tests/attack/dial.h"

static int
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int
prepare_socket(int fd, const struct dial *dial)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(dial->from)};
	struct timeval patience = {.tv_sec = dial->patience};

	(void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (dial->receive_buffer > 0 &&
	    set_option(fd, SOL_SOCKET, SO_RCVBUF, dial->receive_buffer) != 0)
		return -1;
	/* SO_SNDTIMEO limits connect(2) too. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		sizeof(patience)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) != 0)
		return -1;
	if (dial->from == 0)
		return 0;
	(void)set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	return bind(fd, (struct sockaddr *)&from, sizeof(from));
}

int
dial(const struct dial *dial)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(dial->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int flags = dial->patience == 0 ? SOCK_NONBLOCK : 0, fd, saved;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		return -1;
	if (prepare_socket(fd, dial) == 0 &&
	    (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		(flags != 0 && errno == EINPROGRESS)))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
