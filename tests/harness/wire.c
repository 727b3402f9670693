/*
 * Blocking sockets; each call waits with poll(2) and a deadline first.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	WIRE_BLOCK = 256 * 1024
}; /* bytes per read */

/* ---- connecting --------------------------------------------------------- */

static socklen_t
fill_address(struct sockaddr_storage *address, const char *host, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	memset(address, 0, sizeof(*address));
	ck_assert_int_eq(inet_pton(AF_INET, host, &in->sin_addr), 1);
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	return sizeof(*in);
}

static void
set_option(int fd, int level, int option, int value)
{
	ck_assert_int_eq(setsockopt(fd, level, option, &value, sizeof(value)),
	    0);
}

static int
new_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_msg(fd >= 0, "socket: %s", strerror(errno));
	return fd;
}

int
wire_try_connect(uint16_t port, const struct wire_options *options)
{
	struct sockaddr_storage address;
	socklen_t len;
	int fd, saved;

	len = fill_address(&address,
	    options->to == NULL ? "127.0.0.1" : options->to, port);
	fd = new_socket(address.ss_family);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/* Set before connecting, which negotiates the window scale. */
	if (options->receive_buffer > 0)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, options->receive_buffer);
	if (options->send_buffer > 0)
		set_option(fd, SOL_SOCKET, SO_SNDBUF, options->send_buffer);
	if (options->from != NULL) {
		struct sockaddr_storage source;
		socklen_t n = fill_address(&source, options->from, 0);

		ck_assert_msg(bind(fd, (struct sockaddr *)&source, n) == 0,
		    "bind to %s: %s", options->from, strerror(errno));
	}
	if (connect(fd, (struct sockaddr *)&address, len) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
wire_connect_with(uint16_t port, const struct wire_options *options)
{
	int fd = wire_try_connect(port, options);

	ck_assert_msg(fd >= 0, "connect to %u: %s", port, strerror(errno));
	return fd;
}

int
wire_connect(uint16_t port)
{
	return wire_connect_with(port, &(struct wire_options){.to = NULL});
}

int
wire_listen(uint16_t *port)
{
	struct sockaddr_storage address;
	socklen_t len = fill_address(&address, "127.0.0.1", 0);
	int fd = new_socket(AF_INET);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
	return fd;
}

/* ---- sending ------------------------------------------------------------ */

void
wire_send(int fd, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	ssize_t n;

	while (len > 0) {
		ck_assert_msg(wait_ready(fd, POLLOUT, WAIT_LIMIT),
		    "time-out with %zu bytes to send", len);
		n = send(fd, from, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		ck_assert_msg(n >= 0, "send: %s", strerror(errno));
		from += n;
		len -= (size_t)n;
	}
}

void
wire_half_close(int fd)
{
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
}

void
wire_reset(int fd)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger,
			     sizeof(linger)),
	    0);
	close(fd);
}

/* ---- receiving ---------------------------------------------------------- */

/* Receives 1 to len bytes. Returns their number, 0 at the end, or -1 with
 * errno.
 */
static ssize_t
receive(int fd, void *bytes, size_t len)
{
	ssize_t n;

	do {
		ck_assert_msg(wait_ready(fd, POLLIN, WAIT_LIMIT),
		    "time-out with %zu bytes to come", len);
		n = recv(fd, bytes, len, MSG_DONTWAIT);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	return n;
}

static size_t
receive_some(int fd, void *bytes, size_t len)
{
	ssize_t n = receive(fd, bytes, len);

	ck_assert_msg(n > 0, "%s with %zu bytes to come",
	    n == 0 ? "the end" : strerror(errno), len);
	return (size_t)n;
}

void
wire_read(int fd, void *bytes, size_t len)
{
	uint8_t *to = bytes;
	size_t n;

	for (; len > 0; len -= n, to += n)
		n = receive_some(fd, to, len);
}

void
wire_read_sum(int fd, uint64_t n, struct sum *sum, struct digest *digest)
{
	uint8_t *block = malloc(n < WIRE_BLOCK ? (size_t)n + 1 : WIRE_BLOCK);
	SHA2_CTX context;
	size_t some;

	ck_assert_ptr_nonnull(block);
	SHA256Init(&context);
	for (; n > 0; n -= some) {
		some = receive_some(fd, block,
		    n < WIRE_BLOCK ? (size_t)n : WIRE_BLOCK);
		SHA256Update(&context, block, some);
		if (digest != NULL)
			digest_update(digest, block, some);
	}
	SHA256Final(sum->bytes, &context);
	free(block);
}

enum wire_end
wire_drain(int fd, uint64_t *got)
{
	uint8_t *block = malloc(WIRE_BLOCK);
	uint64_t total = 0;
	ssize_t n;

	ck_assert_ptr_nonnull(block);
	while ((n = receive(fd, block, WIRE_BLOCK)) > 0)
		total += (uint64_t)n;
	free(block);
	if (got != NULL)
		*got = total;
	ck_assert_msg(n == 0 || errno == ECONNRESET || errno == EPIPE,
	    "receive: %s", strerror(errno));
	return n == 0 ? WIRE_ORDERLY : WIRE_RESET;
}

void
wire_expect_end(int fd, enum wire_end end)
{
	uint64_t got;
	enum wire_end ended = wire_drain(fd, &got);

	ck_assert_msg(got == 0, "%llu bytes instead of the end",
	    (unsigned long long)got);
	ck_assert_int_eq(ended, end);
}
