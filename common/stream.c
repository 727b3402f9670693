/*
 * Receiving, and the buffers. stream_send.c sends and stream_end.c ends a
 * connection; transport.c knows whether the bytes go inside TLS.
 *
 * Sockets are blocking; a call that must not block uses MSG_DONTWAIT. Only
 * EINTR is retried: EAGAIN from a blocking call is the socket's time-out. A
 * wait with a deadline uses poll(2). While it waits to receive it sends
 * committed bytes, so that two peers with full buffers cannot block each other.
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
#include "common/tls.h"

/* Bytes that stream_await receives on the stack, since it holds no buffer while
 * it waits. Most requests are far shorter. */
#define STREAM_FIRST 256

_Static_assert(STREAM_IN + STREAM_OUT <= BUFFERS_SIZE,
    "a block holds both buffers");
_Static_assert(PROTOCOL_REQUEST_MAX <= STREAM_IN,
    "the receive buffer holds a request");

void
stream_open(struct stream *stream, int fd, int wake_fd)
{
	memset(stream, 0, sizeof(*stream));
	stream->transport.fd = fd;
	stream->wake_fd = wake_fd;
}

void
stream_limit(struct stream *stream, struct rate *rate)
{
	stream->rate = rate;
}

int
stream_take_buffers(struct stream *stream)
{
	if (stream->in != NULL)
		return 0;
	stream->in = buffers_lend();
	if (stream->in == NULL)
		return -1;
	stream->out = stream->in + STREAM_IN;
	stream->in_start = stream->in_end = 0;
	stream->out_start = stream->out_end = 0;
	return 0;
}

void
stream_rest(struct stream *stream)
{
	buffers_return(stream->in);
	stream->in = stream->out = NULL;
	stream->in_start = stream->in_end = 0;
	stream->out_start = stream->out_end = 0;
}

/* Receives what has arrived, and notes the peer's end. */
static ssize_t
receive_bytes(struct stream *stream, void *bytes, size_t n, int flags)
{
	ssize_t got = transport_receive(&stream->transport, bytes, n, flags);

	if (got == 0)
		stream->eof = true;
	return got;
}

/* Receives up to n bytes from inside TLS; waits until something has arrived.
 * *has_begun is set if that gives no whole record. */
static ssize_t
await_record(struct stream *stream, uint8_t *bytes, size_t n, bool *has_begun)
{
	const struct transport *transport = &stream->transport;
	ssize_t got = receive_bytes(stream, bytes, n, MSG_DONTWAIT);
	uint8_t first;

	if (got >= 0 || errno != EAGAIN)
		return got;
	if (!transport_pending(transport)) {
		if (transport_look(transport, &first, 0) < 0)
			return -1;
		got = receive_bytes(stream, bytes, n, MSG_DONTWAIT);
	}
	*has_begun = got < 0 && errno == EAGAIN;
	return got;
}

int
stream_await(struct stream *stream, bool wait)
{
	uint8_t first[STREAM_FIRST];
	bool has_begun = false;
	ssize_t got;

	stream_rest(stream);
	if (wait && stream->transport.tls != NULL)
		got = await_record(stream, first, sizeof(first), &has_begun);
	else
		got = receive_bytes(stream, first, sizeof(first),
		    wait ? 0 : MSG_DONTWAIT);
	if (has_begun)
		return 1;
	if (got < 0 && errno == EAGAIN && wait)
		errno = ETIMEDOUT;
	if (got <= 0)
		return (int)got;
	if (stream_take_buffers(stream) != 0)
		return -1;
	memcpy(stream->in, first, (size_t)got);
	stream->in_end = (size_t)got;
	/* A full first read is part of a batch: receive the rest of it. */
	if (stream->in_end == sizeof(first)) {
		got = receive_bytes(stream, stream->in + sizeof(first),
		    STREAM_IN - sizeof(first), MSG_DONTWAIT);
		if (got > 0)
			stream->in_end += (size_t)got;
	}
	return 1;
}

int
stream_await_readable(struct stream *stream, int64_t deadline)
{
	struct pollfd fd = {.fd = stream->transport.fd, .events = POLLIN};
	int ready;

	stream_rest(stream);
	if (transport_pending(&stream->transport))
		return 1;
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

/* Waits for bytes or the peer's end; sends committed bytes during the wait. */
static int
wait_readable(struct stream *stream, int64_t deadline)
{
	struct pollfd fds[2];
	int ready;

	for (;;) {
		fds[0].fd = stream->transport.fd;
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

/* Waits until a time and sends committed bytes during the wait. A send error
 * only stops the sending: received bytes can still be read afterwards. */
static int
wait_until(struct stream *stream, int64_t until)
{
	struct pollfd fds[2] = {{.fd = stream->transport.fd, .events = POLLOUT},
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

/* Takes credit for up to n bytes from the rate, if any; moves *deadline by the
 * time that it waits. Returns the number of bytes, or 0 with errno. */
static size_t
await_rate(struct stream *stream, size_t n, int64_t *deadline)
{
	int64_t now, began, until;
	size_t taken;

	if (stream->rate == NULL)
		return n;
	now = began = clock_now();
	while ((taken = rate_take(stream->rate, n, now, &until)) == 0) {
		if (wait_until(stream, until) != 0)
			return 0;
		now = clock_now();
	}
	if (*deadline != CLOCK_NEVER)
		*deadline += now - began;
	return taken;
}

/* Returns unused credit to the rate; got is the receiving call's result. */
static void
settle_rate(struct stream *stream, size_t taken, ssize_t got)
{
	size_t received = got > 0 ? (size_t)got : 0;

	if (stream->rate != NULL && taken > received)
		rate_return(stream->rate, taken - received);
}

/* Receives 1 to n bytes into bytes; waits until the deadline if none has
 * arrived. Returns their number, 0 at the peer's end, or -1. */
static ssize_t
receive_until(struct stream *stream, void *bytes, size_t n, int64_t deadline)
{
	size_t some;
	ssize_t got;

	for (;;) {
		some = await_rate(stream, n, &deadline);
		if (some == 0)
			return -1;
		got = receive_bytes(stream, bytes, some, MSG_DONTWAIT);
		settle_rate(stream, some, got);
		if (got >= 0 || errno != EAGAIN)
			return got;
		/* Inside TLS bytes may arrive that are none of the message. */
		if (stream->transport.tls != NULL && clock_now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
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

/* Moves up to n bytes from the receive buffer to bytes; drops them if bytes is
 * NULL. Returns their number. */
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

int
stream_read(struct stream *stream, void *bytes, uint64_t n, int64_t stall)
{
	uint8_t *to = bytes;
	uint64_t done = 0;
	size_t some;
	int filled;

	for (;;) {
		some = take_buffered(stream, to,
		    n - done > STREAM_IN ? STREAM_IN : (size_t)(n - done));
		done += some;
		if (to != NULL)
			to += some;
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
	size_t some;
	ssize_t got;

	if (stream->transport.tls != NULL) {
		errno = EINVAL;
		return -1;
	}
	do {
		/* SPLICE_F_NONBLOCK applies only to the pipe. */
		if (wait_readable(stream, deadline) != 0)
			return -1;
		some = await_rate(stream, n, &deadline);
		if (some == 0)
			return -1;
		got = splice(stream->transport.fd, NULL, pipe_fd, NULL, some,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		settle_rate(stream, some, got);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
	return got;
}
