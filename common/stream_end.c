/*
 * Ends connections. close(2) on a socket with unread bytes sends a reset, and
 * the peer then loses sent bytes that it has not read yet. So an orderly end
 * reads and drops bytes, within limits, until the peer has received everything
 * or has ended too. A reply that was cut ends with a reset on purpose.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>

#include <errno.h>
#include <poll.h>

#include "common/clock.h"
#include "common/stream.h"
#include "common/tls.h"

#define STREAM_LINGER (5 * CLOCK_SEC)	  /* longest wait of stream_end */
#define STREAM_LOOK   (20 * CLOCK_MS)	  /* interval of polling is_quiet */
#define STREAM_DRAIN  ((size_t)64 * 1024) /* bytes read and dropped */

/* Returns whether the peer has acknowledged all bytes and no byte is unread. */
static bool
is_quiet(int fd)
{
	int unacknowledged, unread;

	return ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 &&
	    ioctl(fd, FIONREAD, &unread) == 0 && unacknowledged == 0 &&
	    unread == 0;
}

/* Reads and drops the bytes that have arrived. Returns 0, 1 at the peer's end,
 * or -1 on an error or after STREAM_DRAIN bytes. */
static int
drop_arrived(int fd, size_t *dropped)
{
	uint8_t sink[1024];
	ssize_t got;

	while (*dropped < STREAM_DRAIN) {
		got = recv(fd, sink, sizeof(sink), MSG_DONTWAIT);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			return 1;
		if (got < 0)
			return errno == EAGAIN ? 0 : -1;
		*dropped += (size_t)got;
	}
	return -1;
}

/*
 * Waits until the peer has acknowledged all bytes. After shutdown(SHUT_RD)
 * poll(2) returns at once and the peer's end cannot be seen, so it checks at
 * intervals. Sending stays open: with both directions shut down the kernel
 * answers further bytes with a reset (RFC 1122, 4.2.2.13), which would destroy
 * bytes on their way to the peer.
 */
static void
await_arrival(struct stream *stream, int64_t deadline)
{
	int fd = stream->transport.fd;
	size_t dropped = 0;

	while (drop_arrived(fd, &dropped) >= 0 && !is_quiet(fd) &&
	    !stream_broken(stream) && clock_now() < deadline)
		clock_sleep(STREAM_LOOK);
}

/* Waits until the peer's end, and drops the bytes before it. */
static void
await_end(struct stream *stream, int64_t deadline)
{
	struct pollfd fd = {.fd = stream->transport.fd, .events = POLLIN};
	size_t dropped = 0;

	while (drop_arrived(fd.fd, &dropped) == 0 && clock_now() < deadline)
		if (poll(&fd, 1, clock_poll_timeout(deadline)) < 0)
			clock_sleep(STREAM_LOOK);
}

/* Drops the buffers, and tells the end inside TLS. */
static void
end_sending(struct stream *stream)
{
	stream_rest(stream);
	if (stream->transport.tls != NULL)
		tls_end(stream->transport.tls);
}

void
stream_end(struct stream *stream, bool read_shut)
{
	int64_t deadline = clock_now() + STREAM_LINGER;

	end_sending(stream);
	if (read_shut)
		await_arrival(stream, deadline);
	/* In these cases close(2) sends no reset. */
	if (read_shut || stream->eof || is_quiet(stream->transport.fd))
		return;
	shutdown(stream->transport.fd, SHUT_WR);
	await_end(stream, deadline);
}

void
stream_end_unread(struct stream *stream)
{
	end_sending(stream);
	shutdown(stream->transport.fd, SHUT_WR);
	await_end(stream, clock_now() + STREAM_LINGER);
}

void
stream_abort(struct stream *stream)
{
	/* Closing with a linger time of 0 sends a reset (socket(7)). */
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	stream_rest(stream);
	setsockopt(stream->transport.fd, SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
}

void
stream_refuse(int fd, const uint8_t *bytes, size_t len)
{
	size_t dropped = 0;

	if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		shutdown(fd, SHUT_WR);
	/* Unread bytes would turn the close into a reset. A peer that sends
	 * more than STREAM_DRAIN gets one. */
	(void)drop_arrived(fd, &dropped);
}
