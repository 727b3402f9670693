/*
 * The buffers, and receiving. Sockets are blocking; a call that must not block
 * says so with MSG_DONTWAIT. Only EINTR is tried again: on these sockets EAGAIN
 * from a blocking call is its time-out. Waiting with a deadline is poll(2), and
 * while a client waits to receive, what it has yet to send goes out (see
 * wait_readable), so that two full directions cannot lock each other. Sending
 * is in stream_send.c, how a connection is ended in stream_end.c. Encryption
 * would plug in here: nothing outside of these three knows how bytes get onto
 * the wire.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "common/buffers.h"
#include "common/clock.h"
#include "common/protocol.h"
#include "common/rate.h"
#include "common/stream.h"
#include "common/stream_private.h"

/* The first read of a request goes here, so that waiting needs no buffer;
 * most requests are far shorter. */
#define STREAM_FIRST 256 /* bytes */

_Static_assert(STREAM_IN + STREAM_OUT <= BUFFERS_SIZE, "one block holds both");
_Static_assert(PROTOCOL_REQUEST_MAX <= STREAM_IN, "a request fits");

void
stream_open(struct stream *stream, int fd, int wake_fd)
{
	memset(stream, 0, sizeof(*stream));
	stream->fd = fd;
	stream->wake_fd = wake_fd;
}

void
stream_limit(struct stream *stream, struct rate *rate)
{
	stream->rate = rate;
}

void
stream_rest(struct stream *stream)
{
	buffers_return(stream->in);
	stream->in = stream->out = NULL;
	stream->in_start = stream->in_end = 0;
	stream->out_start = stream->out_end = 0;
}

/* recv(2) with what every caller of it here wants. */
static ssize_t
receive(struct stream *stream, void *bytes, size_t n, int flags)
{
	ssize_t got;

	do
		got = recv(stream->fd, bytes, n, flags);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		stream->eof = true;
	return got;
}

int
stream_await(struct stream *stream, bool wait)
{
	uint8_t first[STREAM_FIRST];
	ssize_t got;

	stream_rest(stream);
	got = receive(stream, first, sizeof(first), wait ? 0 : MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN && wait)
		errno = ETIMEDOUT;
	if (got <= 0)
		return (int)got;
	if (stream_take_buffers(stream) != 0)
		return -1;
	memcpy(stream->in, first, (size_t)got);
	stream->in_end = (size_t)got;
	/* A first read that was filled is a batch: the rest is there too. */
	if (stream->in_end == sizeof(first)) {
		got = receive(stream, stream->in + sizeof(first),
		    STREAM_IN - sizeof(first), MSG_DONTWAIT);
		if (got > 0)
			stream->in_end += (size_t)got;
	}
	return 1;
}

int
stream_await_readable(struct stream *stream, int64_t deadline)
{
	struct pollfd fd = {.fd = stream->fd, .events = POLLIN};
	int ready;

	stream_rest(stream);
	for (;;) {
		ready = poll(&fd, 1, clock_poll_timeout(deadline));
		if (ready > 0)
			return 1;
		if (ready < 0 && errno != EINTR)
			return -1;
		if (clock_now() >= deadline)
			return 0;
	}
}

/* Waits until there is something to receive, sending meanwhile. */
static int
wait_readable(struct stream *stream, int64_t deadline)
{
	struct pollfd fds[2];
	int ready;

	for (;;) {
		fds[0].fd = stream->fd;
		fds[0].events = POLLIN;
		if (stream_unsent(stream) > 0)
			fds[0].events |= POLLOUT;
		fds[1].fd = stream->wake_fd;
		fds[1].events = POLLIN;
		ready = poll(fds, 2, clock_poll_timeout(deadline));
		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready > 0 && stream->wake_fd >= 0 && fds[1].revents != 0) {
			errno = ECANCELED;
			return -1;
		}
		if (ready > 0 && (fds[0].revents & ~POLLOUT) != 0)
			return 0;
		if (ready > 0 && (fds[0].revents & POLLOUT) != 0 &&
		    stream_push(stream) != 0)
			return -1;
		if (ready == 0 && clock_now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

/*
 * Waits until a time, sending meanwhile. A socket that is broken in both
 * directions is left alone: what it has received is still to be read.
 */
static int
wait_until(struct stream *stream, int64_t until)
{
	struct pollfd fds[2] = {{.fd = stream->fd, .events = POLLOUT},
	    {.fd = stream->wake_fd, .events = POLLIN}};
	int ready;

	while (clock_now() < until) {
		if (stream_unsent(stream) == 0)
			fds[0].fd = -1;
		ready = poll(fds, 2, clock_poll_timeout(until));
		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready <= 0)
			continue;
		if (stream->wake_fd >= 0 && fds[1].revents != 0) {
			errno = ECANCELED;
			return -1;
		}
		if (fds[0].revents != POLLOUT || stream_push(stream) != 0)
			fds[0].fd = -1;
	}
	return 0;
}

/*
 * How many of n bytes may be received now, waiting until it is at least one;
 * they are taken from the rate. 0: the wait has failed, with errno. The
 * deadline is moved by what was waited.
 */
static size_t
await_rate(struct stream *stream, size_t n, int64_t *deadline)
{
	int64_t now = clock_now(), began = now, until;
	size_t taken;

	while ((taken = rate_take(stream->rate, n, now, &until)) == 0) {
		if (wait_until(stream, until) != 0)
			return 0;
		now = clock_now();
	}
	if (*deadline != CLOCK_NEVER)
		*deadline += now - began;
	return taken;
}

/* What was taken from the rate, and has not come, is given back. */
static void
settle_rate(struct stream *stream, size_t taken, ssize_t got)
{
	size_t received = got > 0 ? (size_t)got : 0;

	if (taken > received)
		rate_return(stream->rate, taken - received);
}

/* recv(2) that waits, until the deadline, only when nothing is there. */
static ssize_t
receive_until(struct stream *stream, void *bytes, size_t n, int64_t deadline)
{
	size_t some = n;
	ssize_t got;

	for (;;) {
		if (stream->rate != NULL) {
			some = await_rate(stream, n, &deadline);
			if (some == 0)
				return -1;
		}
		got = receive(stream, bytes, some, MSG_DONTWAIT);
		if (stream->rate != NULL)
			settle_rate(stream, some, got);
		if (got >= 0 || errno != EAGAIN)
			return got;
		if (wait_readable(stream, deadline) != 0)
			return -1;
	}
}

int
stream_fill(struct stream *stream, int64_t deadline)
{
	size_t len = stream->in_end - stream->in_start;
	ssize_t got;

	if (stream_take_buffers(stream) != 0)
		return -1;
	if (stream->in_start > 0) {
		memmove(stream->in, stream->in + stream->in_start, len);
		stream->in_start = 0;
		stream->in_end = len;
	}
	got =
	    receive_until(stream, stream->in + len, STREAM_IN - len, deadline);
	if (got <= 0)
		return (int)got;
	stream->in_end += (size_t)got;
	return 1;
}

const uint8_t *
stream_peek(const struct stream *stream, size_t *len)
{
	*len = stream->in_end - stream->in_start;
	return stream->in == NULL ? NULL : stream->in + stream->in_start;
}

void
stream_consume(struct stream *stream, size_t n)
{
	stream->in_start += n;
	if (stream->in_start == stream->in_end)
		stream->in_start = stream->in_end = 0;
}

/* Moves up to n buffered bytes to bytes (or nowhere) and returns how many. */
static size_t
take_buffered(struct stream *stream, void *bytes, size_t n)
{
	size_t len;
	const uint8_t *buffered = stream_peek(stream, &len);

	if (n > len)
		n = len;
	if (n > 0 && bytes != NULL)
		memcpy(bytes, buffered, n);
	if (n > 0)
		stream_consume(stream, n);
	return n;
}

static int
read_or_skip(struct stream *stream, uint8_t *bytes, uint64_t n, int64_t stall)
{
	uint64_t done = 0;
	size_t some;
	int filled;

	for (;;) {
		some = take_buffered(stream, bytes,
		    n - done > STREAM_IN ? STREAM_IN : (size_t)(n - done));
		done += some;
		if (bytes != NULL)
			bytes += some;
		if (done == n)
			return 1;
		if (some > 0)
			continue;
		filled = stream_fill(stream, clock_now() + stall);
		if (filled == 0 && done > 0) {
			errno = ENODATA;
			return -1;
		}
		if (filled <= 0)
			return filled;
	}
}

int
stream_read(struct stream *stream, void *bytes, size_t n, int64_t stall)
{
	return read_or_skip(stream, bytes, n, stall);
}

int
stream_skip(struct stream *stream, uint64_t n, int64_t stall)
{
	return read_or_skip(stream, NULL, n, stall);
}

ssize_t
stream_receive(struct stream *stream, void *bytes, size_t n, int64_t stall)
{
	size_t some = take_buffered(stream, bytes, n);

	if (some > 0)
		return (ssize_t)some;
	return receive_until(stream, bytes, n, clock_now() + stall);
}

ssize_t
stream_splice(struct stream *stream, int pipe_fd, size_t n, int64_t stall)
{
	int64_t deadline = clock_now() + stall;
	size_t some = n;
	ssize_t got;

	do {
		/* SPLICE_F_NONBLOCK is about the pipe alone. */
		if (wait_readable(stream, deadline) != 0)
			return -1;
		if (stream->rate != NULL) {
			some = await_rate(stream, n, &deadline);
			if (some == 0)
				return -1;
		}
		got = splice(stream->fd, NULL, pipe_fd, NULL, some,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (stream->rate != NULL)
			settle_rate(stream, some, got);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
	return got;
}
