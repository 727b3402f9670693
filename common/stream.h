#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

/*
 * A connected socket with a buffer on either side. This is the only code
 * that reads from or writes to a connection. A stream belongs to one
 * thread at a time; only shutdown(2) on its descriptor may come from another.
 *
 * Unless said otherwise functions return 0, or -1 with errno; ETIMEDOUT is a
 * limit that has passed, ECANCELED a wake-up (see stream_open). Record reads
 * return 1 for data, 0 for the peer's orderly end, -1 for an error. Deadlines
 * are on the clock of common/clock.h; a stall is nanoseconds without a byte.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate;

/* Room for the largest request, and for a batch of small replies. */
#define STREAM_IN  ((size_t)68 * 1024) /* bytes */
#define STREAM_OUT ((size_t)64 * 1024) /* bytes */

/* The fields are for stream.c, stream_send.c and stream_end.c alone. */
struct stream {
	int fd;
	int wake_fd;
	struct rate *rate; /* or NULL */
	uint8_t *in;	   /* STREAM_IN bytes, or NULL while resting */
	uint8_t *out;	   /* STREAM_OUT bytes, or NULL */
	size_t in_start;   /* in[in_start..in_end) was received, */
	size_t in_end;	   /* and not consumed */
	size_t out_start;  /* out[out_start..out_end) is to be sent */
	size_t out_end;
	bool eof; /* the peer has ended its side */
};

/*
 * Prepares a stream on a connected socket, which stays the caller's to close
 * after stream_end or stream_abort. wake_fd, or -1: waiting ends with
 * ECANCELED once it is readable.
 */
void stream_open(struct stream *stream, int fd, int wake_fd);

/* ---- receiving ---------------------------------------------------------- */

/*
 * What is received from now on, by all calls but stream_await, keeps to this
 * rate, which may be shared with other streams and outlives this one; NULL:
 * no limit. A call waits for the rate before it receives, sending meanwhile,
 * and ends with ECANCELED on a wake-up; what it waits so is added to deadline
 * or stall.
 */
void stream_limit(struct stream *stream, struct rate *rate);

/*
 * Waits in one blocking call, holding no buffers, for the first bytes of what
 * comes next: 1, 0 or -1. Without wait it takes only what is there, or fails
 * with EAGAIN. Nothing is buffered in either direction when it is called.
 */
int stream_await(struct stream *stream, bool wait);

/* Waits, holding no buffers, until stream_await has something to receive, an
 * end included: 1; 0 at the deadline; -1. */
int stream_await_readable(struct stream *stream, int64_t deadline);

/* Receives at least one more byte into the buffer, which is not full: 1, 0 or
 * -1. */
int stream_fill(struct stream *stream, int64_t deadline);

/* What is buffered; valid until the next call that receives. */
const uint8_t *stream_peek(const struct stream *stream, size_t *len);

/* Drops the first n bytes of what is buffered. */
void stream_consume(struct stream *stream, size_t n);

/* Exactly n bytes: 1, 0 at an end before the first, -1; ENODATA for an end in
 * the middle. */
int stream_read(struct stream *stream, void *bytes, size_t n, int64_t stall);

/* Reads n bytes and drops them; as stream_read. */
int stream_skip(struct stream *stream, uint64_t n, int64_t stall);

/* 1 to n bytes, those buffered first; 0 at the end; -1. */
ssize_t stream_receive(struct stream *stream, void *bytes, size_t n,
    int64_t stall);

/* The same into an empty pipe, without copying; nothing may be buffered. */
ssize_t stream_splice(struct stream *stream, int pipe_fd, size_t n,
    int64_t stall);

/* ---- sending ------------------------------------------------------------ */

/*
 * Room for n bytes (at most STREAM_OUT) of output, sending what is there
 * first where it must; NULL with errno. The bytes count once committed.
 */
uint8_t *stream_reserve(struct stream *stream, size_t n);
void stream_commit(struct stream *stream, size_t n);

/* Room for output that needs no sending first, in bytes. */
size_t stream_room(const struct stream *stream);

/* Sends all that was committed, blocking; more says that a body follows. */
int stream_flush(struct stream *stream, bool more);

/* Sends what the socket takes now, without blocking. */
int stream_push(struct stream *stream);

/* Committed bytes that were not sent. */
size_t stream_unsent(const struct stream *stream);

/*
 * Sends n bytes of a file from offset, after what was committed, by
 * sendfile(2). ENODATA: the file ended before. *sent counts the bytes of the
 * file that the socket took, also on failure.
 */
int stream_send_file(struct stream *stream, int file_fd, off_t offset,
    uint64_t n, uint64_t *sent);

/* Whether the connection is broken in both directions; never blocks. */
bool stream_broken(const struct stream *stream);

/* ---- ending ------------------------------------------------------------- */

/* Gives the buffers back; nothing may be in them. */
void stream_rest(struct stream *stream);

/*
 * Ends by our choice without cutting what the peer has yet to receive: stops
 * sending, reads (at most 5 s and 64 KiB) until the peer has ended too. Where
 * everything has arrived and nothing is unread there is no need to wait, and
 * it is the caller's close that ends.
 * read_shut: another thread may have shut reading down, so that the end that
 * is read there says nothing of the peer; then everything arrives first, in
 * the same bounds, and sending stops afterwards.
 */
void stream_end(struct stream *stream, bool read_shut);

/*
 * The same for a peer that is expected to send more, which nobody will read:
 * waits for its end in any case, in the same bounds, since what arrives after
 * a close is answered by a reset. Ends early if another thread shuts reading
 * down.
 */
void stream_end_unread(struct stream *stream);

/* Arranges that closing the descriptor sends a reset, so that the peer sees
 * an error: for a broken reply. */
void stream_abort(struct stream *stream);

/* Sends one short refusal without blocking, reads at most 64 KiB of what is
 * there, and closes the descriptor. */
void stream_refuse(int fd, const uint8_t *bytes, size_t len);

#endif
