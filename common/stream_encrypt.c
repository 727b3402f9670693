/* Puts the bytes of a stream inside TLS, before any other byte goes over it. */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>

#include "common/clock.h"
#include "common/stream.h"
#include "common/tls.h"

/* Waits for events of poll(2) on the socket. Returns 0, or -1 with errno. */
static int
wait_for(const struct stream *stream, short events, int64_t deadline)
{
	struct pollfd fds[2] = {{.fd = stream->transport.fd, .events = events},
	    {.fd = stream->wake_fd, .events = POLLIN}};
	int ready;

	/* Checked even if bytes have arrived: a peer may send one at a time. */
	while (clock_now() < deadline) {
		ready = poll(fds, 2, clock_poll_timeout(deadline));
		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready > 0 && stream->wake_fd >= 0 && fds[1].revents != 0) {
			errno = ECANCELED;
			return -1;
		}
		if (ready > 0)
			return 0;
	}
	errno = ETIMEDOUT;
	return -1;
}

int
stream_look(struct stream *stream, uint8_t *first, int64_t deadline)
{
	size_t len;
	const uint8_t *buffered = stream_peek(stream, &len);
	ssize_t got;

	if (len > 0) {
		*first = buffered[0];
		return 1;
	}
	for (;;) {
		got = transport_look(&stream->transport, first, MSG_DONTWAIT);
		if (got >= 0) {
			stream->eof = got == 0;
			return (int)got;
		}
		if (errno != EAGAIN)
			return -1;
		if (wait_for(stream, POLLIN, deadline) != 0)
			return -1;
	}
}

int
stream_encrypt(struct stream *stream, struct tls *tls, int64_t deadline)
{
	const uint8_t *buffered;
	size_t len;
	bool sends;
	int done;

	buffered = stream_peek(stream, &len);
	tls_receive_early(tls, buffered, len);
	while ((done = tls_handshake(tls, &sends)) == 0)
		if (wait_for(stream, sends ? POLLOUT : POLLIN, deadline) != 0)
			return -1;
	if (done < 0)
		return -1;
	/* The buffered bytes went into the handshake. */
	stream_rest(stream);
	stream->transport.tls = tls;
	return 0;
}

bool
stream_is_encrypted(const struct stream *stream)
{
	return stream->transport.tls != NULL;
}
