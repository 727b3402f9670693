/*
 * Sending: committed bytes from the buffer, then bytes of a file or of the
 * caller. stream_flush, stream_send_file and stream_send_bytes block until the
 * socket's time-out (SO_SNDTIMEO), which send(2) reports as EAGAIN. stream_push
 * does not block and keeps the bytes that the socket does not accept.
 */

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fair_rate.h"
#include "common/socket.h"
#include "common/stream.h"

#define STREAM_SENDFILE (1024 * 1024) /* bytes per call of sendfile(2) */

void
stream_share(struct stream *stream, struct fair_share *share)
{
	stream->share = share;
}

/* Waits for a turn to send up to n bytes. Returns how many, or 0 with errno. */
static size_t
await_share(struct stream *stream, size_t n)
{
	return stream->share == NULL ?
	    n :
	    fair_share_take(stream->share, n, stream->transport.fd);
}

uint8_t *
stream_reserve(struct stream *stream, size_t n)
{
	size_t unsent = stream_unsent(stream);

	if (stream_take_buffers(stream) != 0)
		return NULL;
	if (n > STREAM_OUT - unsent) {
		if (stream_flush(stream, true) != 0)
			return NULL;
	} else if (n > STREAM_OUT - stream->out_end) {
		memmove(stream->out, stream->out + stream->out_start, unsent);
		stream->out_start = 0;
		stream->out_end = unsent;
	}
	return stream->out + stream->out_end;
}

void
stream_commit(struct stream *stream, size_t n)
{
	stream->out_end += n;
}

size_t
stream_room(const struct stream *stream)
{
	return STREAM_OUT - stream_unsent(stream);
}

size_t
stream_unsent(const struct stream *stream)
{
	return stream->out_end - stream->out_start;
}

/* Sends n bytes in one call, or more if the last call has begun a record with
 * more. Returns 0 if some bytes were sent, or -1 with errno. */
static int
send_some(struct stream *stream, size_t n, int flags)
{
	size_t least = transport_unsent(&stream->transport);
	ssize_t sent = transport_send(&stream->transport,
	    stream->out + stream->out_start, n < least ? least : n, flags);

	if (sent < 0)
		return -1;
	stream->out_start += (size_t)sent;
	if (stream->out_start == stream->out_end)
		stream->out_start = stream->out_end = 0;
	return 0;
}

/*
 * Continues a flush, until left bytes are unsent, whose first send(2) sent only
 * part of the bytes: the connection failed, which the next call reports, or the
 * process was stopped and continued. The time-out of the socket starts again,
 * once for all the remaining bytes.
 */
static int
flush_rest(struct stream *stream, size_t left, int flags)
{
	struct timeval limit = {0, 0};
	socklen_t len = sizeof(limit);
	int64_t deadline = CLOCK_NEVER;

	getsockopt(stream->transport.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &len);
	if (limit.tv_sec > 0 || limit.tv_usec > 0)
		deadline = clock_now() + limit.tv_sec * CLOCK_SEC +
		    limit.tv_usec * (CLOCK_MS / 1000);
	while (stream_unsent(stream) > left) {
		if (clock_now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (send_some(stream, stream_unsent(stream) - left, flags) != 0)
			return -1;
	}
	return 0;
}

int
stream_flush(struct stream *stream, bool more)
{
	int flags = more ? MSG_MORE : 0, result = 0;
	size_t some, left;

	while (result == 0 && stream_unsent(stream) > 0) {
		left = stream_unsent(stream);
		some = await_share(stream, left);
		if (some == 0)
			return -1;
		left -= some;
		result = send_some(stream, some, flags);
		if (result == 0 && stream_unsent(stream) > left)
			result = flush_rest(stream, left, flags);
	}
	if (result != 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return result;
}

int
stream_push(struct stream *stream)
{
	while (stream_unsent(stream) > 0) {
		if (send_some(stream, stream_unsent(stream), MSG_DONTWAIT) == 0)
			continue;
		return errno == EAGAIN ? 0 : -1;
	}
	return 0;
}

/* Sends n bytes of a file through the send buffer, which is empty, inside TLS
 * and for a file system from which sendfile(2) does not read. */
static int
copy_file(struct stream *stream, int file_fd, off_t offset, uint64_t n,
    uint64_t *sent)
{
	uint8_t *room;
	ssize_t some;

	while (n > 0) {
		room = stream_reserve(stream, STREAM_OUT);
		if (room == NULL)
			return -1;
		some = pread(file_fd, room,
		    n > STREAM_OUT ? STREAM_OUT : (size_t)n, offset);
		if (some < 0 && errno == EINTR)
			continue;
		if (some == 0)
			errno = ENODATA;
		if (some <= 0)
			return -1;
		stream_commit(stream, (size_t)some);
		offset += some;
		n -= (uint64_t)some;
		if (stream_flush(stream, n > 0) != 0)
			return -1;
		*sent += (uint64_t)some;
	}
	return 0;
}

int
stream_send_file(struct stream *stream, int file_fd, off_t offset, uint64_t n,
    uint64_t *sent)
{
	ssize_t some;
	size_t most;

	if (stream_flush(stream, n > 0) != 0)
		return -1;
	if (stream_is_encrypted(stream))
		return copy_file(stream, file_fd, offset, n, sent);
	while (n > 0) {
		most = await_share(stream,
		    n > STREAM_SENDFILE ? STREAM_SENDFILE : (size_t)n);
		if (most == 0)
			return -1;
		some = sendfile(stream->transport.fd, file_fd, &offset, most);
		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0 && (errno == EINVAL || errno == ENOSYS))
			return copy_file(stream, file_fd, offset, n, sent);
		if (some < 0 && errno == EAGAIN)
			errno = ETIMEDOUT;
		if (some == 0)
			errno = ENODATA;
		if (some <= 0)
			return -1;
		*sent += (uint64_t)some;
		n -= (uint64_t)some;
		(void)socket_follow_window(stream->transport.fd);
	}
	return 0;
}

int
stream_send_bytes(struct stream *stream, const uint8_t *bytes, size_t n,
    uint64_t *sent)
{
	ssize_t some;
	size_t most;

	if (stream_flush(stream, n > 0) != 0)
		return -1;
	while (n > 0) {
		most = await_share(stream, n);
		if (most == 0)
			return -1;
		some = transport_send(&stream->transport, bytes, most, 0);
		if (some < 0 && errno == EAGAIN)
			errno = ETIMEDOUT;
		if (some < 0)
			return -1;
		bytes += some;
		n -= (size_t)some;
		*sent += (uint64_t)some;
		(void)socket_follow_window(stream->transport.fd);
	}
	return 0;
}

bool
stream_broken(const struct stream *stream)
{
	struct pollfd fd = {.fd = stream->transport.fd};

	return poll(&fd, 1, 0) == 1 && (fd.revents & (POLLERR | POLLHUP)) != 0;
}
