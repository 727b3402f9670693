/*
 * A connection's end. Closing a socket while something lies unread in it sends
 * a reset, which takes with it what the peer has yet to receive. So an end by
 * our choice reads what still comes, within bounds, until the peer has it all
 * or has ended too; a reply that is broken ends with a reset on purpose.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"

#define STREAM_LINGER (5 * CLOCK_SEC)	  /* what stream_end waits */
#define STREAM_LOOK   (20 * CLOCK_MS)	  /* between looks at what arrived */
#define STREAM_DRAIN  ((size_t)64 * 1024) /* bytes read and dropped */

/* Whether nothing is left to arrive at the peer, nor to be read from it. */
static bool
is_quiet(int fd)
{
	int unacknowledged, unread;

	return ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 &&
	    ioctl(fd, FIONREAD, &unread) == 0 && unacknowledged == 0 &&
	    unread == 0;
}

/* Reads what is there and drops it: 0 when there is nothing more now, 1 at the
 * peer's end, -1 on an error or when it was too much. */
static int
drop(int fd, size_t *dropped)
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
 * After a shutdown for reading nothing tells of the peer's end, and poll
 * returns at once: we look, now and then, whether all has arrived. Sending is
 * not shut down before: with both directions shut the kernel answers bytes
 * that still come with a reset (RFC 1122, 4.2.2.13), which would cut what is
 * on its way.
 */
static void
await_arrival(struct stream *stream, int64_t deadline)
{
	size_t dropped = 0;

	while (drop(stream->fd, &dropped) >= 0 && !is_quiet(stream->fd) &&
	    !stream_broken(stream) && clock_now() < deadline)
		clock_sleep(STREAM_LOOK);
}

static void
await_end(struct stream *stream, int64_t deadline)
{
	struct pollfd fd = {.fd = stream->fd, .events = POLLIN};
	size_t dropped = 0;

	while (drop(stream->fd, &dropped) == 0 && clock_now() < deadline)
		if (poll(&fd, 1, clock_poll_timeout(deadline)) < 0)
			clock_sleep(STREAM_LOOK);
}

void
stream_end(struct stream *stream, bool read_shut)
{
	int64_t deadline = clock_now() + STREAM_LINGER;

	stream_rest(stream);
	if (read_shut)
		await_arrival(stream, deadline);
	/* Then to close it is orderly. */
	if (read_shut || stream->eof || is_quiet(stream->fd))
		return;
	shutdown(stream->fd, SHUT_WR);
	await_end(stream, deadline);
}

void
stream_end_unread(struct stream *stream)
{
	stream_rest(stream);
	shutdown(stream->fd, SHUT_WR);
	await_end(stream, clock_now() + STREAM_LINGER);
}

void
stream_abort(struct stream *stream)
{
	/* Closing with a linger time of 0 sends a reset (socket(7)). */
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	stream_rest(stream);
	setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

void
stream_refuse(int fd, const uint8_t *bytes, size_t len)
{
	size_t dropped = 0;

	if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		shutdown(fd, SHUT_WR);
	/* Unread bytes would turn the close into a reset; whoever sends as fast
	 * as they are read has earned it. */
	(void)drop(fd, &dropped);
	close(fd);
}
