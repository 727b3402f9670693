#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

/*
 * A connected socket with a receive buffer and a send buffer; its bytes may go
 * inside TLS. No other code reads from or writes to a connection. One thread at
 * a time uses a stream; another thread may only call shutdown(2) on its
 * descriptor.
 *
 * Functions that return int return 0, or -1 with errno, unless their comment
 * says otherwise. They fail with ETIMEDOUT when a time limit passes and with
 * ECANCELED on a wake-up (see stream_open). Deadlines are on the clock of
 * common/clock.h; stall is a limit in nanoseconds for the time between two
 * bytes. The peer's end is an orderly shutdown of its sending side.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/transport.h"

struct fair_share;
struct rate;
struct tls;

#define STREAM_IN  ((size_t)68 * 1024) /* bytes: the largest request */
#define STREAM_OUT ((size_t)64 * 1024) /* bytes: a batch of small replies */

/* Only stream.c, stream_send.c and stream_end.c use the fields. */
struct stream {
	struct transport transport;
	int wake_fd;		  /* or -1 */
	struct rate *rate;	  /* limit of receiving, or NULL */
	struct fair_share *share; /* limit of sending, or NULL */
	uint8_t *in;		  /* STREAM_IN bytes, or NULL without buffers */
	uint8_t *out;	 /* STREAM_OUT bytes, or NULL without buffers */
	size_t in_start; /* in[in_start..in_end): received, not consumed */
	size_t in_end;
	size_t out_start; /* out[out_start..out_end): committed, not sent */
	size_t out_end;
	bool eof; /* the peer's end was received */
};

/*
 * Prepares a stream on a connected socket. The caller closes the socket after
 * stream_end or stream_abort. If wake_fd is not -1, a wait fails with ECANCELED
 * once wake_fd is readable.
 */
void stream_open(struct stream *stream, int fd, int wake_fd);

/* Waits until the deadline for the first byte that was not consumed, and
 * returns it in *first without consuming it: from the receive buffer, or else
 * from the socket, where it stays. Returns 1, 0 at the peer's end, or -1. */
int stream_look(struct stream *stream, uint8_t *first, int64_t deadline);

/*
 * Makes the handshake of tls, which was made on the stream's socket; bytes in
 * the receive buffer are its first ones, and nothing may be committed. All
 * later bytes are inside TLS. Returns 0, or -1, with EPROTO if tls_failure and
 * tls_problem say why, and with ENODATA at the peer's end. The caller frees tls
 * after stream_end or stream_abort, in any case.
 */
int stream_encrypt(struct stream *stream, struct tls *tls, int64_t deadline);

/* Returns whether the bytes go inside TLS. */
bool stream_is_encrypted(const struct stream *stream);

/*
 * Limits all later receiving, except by stream_await, to rate (NULL: no limit).
 * Streams may share a rate; it must exist for as long as they do. A call waits
 * for credit before it receives, and sends committed bytes during the wait.
 * That wait counts neither for the deadline nor for the stall.
 */
void stream_limit(struct stream *stream, struct rate *rate);

/*
 * Limits all later sending, except by stream_push and stream_refuse, to the
 * connection's share of a rate (NULL: no limit); it must exist for as long as
 * the stream. Calls that send wait for their turns, which count neither for the
 * time-out of the socket nor as a stall of the peer.
 */
void stream_share(struct stream *stream, struct fair_share *share);

/*
 * Receives the first bytes of the next message in one blocking recv(2), without
 * holding buffers during the wait. With wait false it does not block, and fails
 * with EAGAIN if no byte has arrived. Both buffers must be empty. Returns 1, 0
 * at the peer's end, or -1. Inside TLS, 1 may leave the receive buffer empty:
 * only a part of a record has arrived.
 */
int stream_await(struct stream *stream, bool wait);

/* Waits, without holding buffers, until bytes or the peer's end can be
 * received. Returns 1, 0 at the deadline, or -1. */
int stream_await_readable(struct stream *stream, int64_t deadline);

/* Receives at least one byte into the receive buffer, which must not be full.
 * Returns 1, 0 at the peer's end, or -1. */
int stream_fill(struct stream *stream, int64_t deadline);

/* Returns the received bytes that were not consumed, and their number in *len.
 * The pointer is valid until the next call that receives. */
const uint8_t *stream_peek(const struct stream *stream, size_t *len);

/* Removes the first n bytes from the receive buffer. */
void stream_consume(struct stream *stream, size_t n);

/* Receives exactly n bytes; drops them if bytes is NULL. Returns 1, 0 if the
 * peer's end comes before the first byte, or -1; ENODATA if it comes later. */
int stream_read(struct stream *stream, void *bytes, uint64_t n, int64_t stall);

/* Receives 1 to n bytes; bytes in the buffer come first. Returns their number,
 * 0 at the peer's end, or -1. */
ssize_t stream_receive(struct stream *stream, void *bytes, size_t n,
    int64_t stall);

/* Moves 1 to n bytes from the socket to an empty pipe by splice(2); the receive
 * buffer must be empty. Returns their number, 0 at the peer's end, or -1, with
 * EINVAL inside TLS. */
ssize_t stream_splice(struct stream *stream, int pipe_fd, size_t n,
    int64_t stall);

/*
 * Returns room for n bytes (at most STREAM_OUT) at the end of the send buffer,
 * or NULL with errno. Sends the bytes in the buffer first if there is no room.
 */
uint8_t *stream_reserve(struct stream *stream, size_t n);

/* Adds the first n bytes of the reserved room to the bytes to be sent. */
void stream_commit(struct stream *stream, size_t n);

/* Returns how many bytes stream_reserve can provide without sending. */
size_t stream_room(const struct stream *stream);

/* Sends all committed bytes; blocks. more: a file's bytes follow at once. */
int stream_flush(struct stream *stream, bool more);

/* Sends as many committed bytes as the socket accepts without blocking. */
int stream_push(struct stream *stream);

/* Returns the number of committed bytes that were not sent. */
size_t stream_unsent(const struct stream *stream);

/*
 * Sends all committed bytes, then n bytes of a file from offset by sendfile(2),
 * or by read(2) inside TLS and where the file system does not support that.
 * Fails with ENODATA if the file ends earlier. Adds the number of bytes of the
 * file that the socket accepted to *sent, also on failure.
 */
int stream_send_file(struct stream *stream, int file_fd, off_t offset,
    uint64_t n, uint64_t *sent);

/* Sends all committed bytes, then n bytes of the caller's. Adds the number of
 * the caller's bytes that the socket accepted to *sent, also on failure. */
int stream_send_bytes(struct stream *stream, const uint8_t *bytes, size_t n,
    uint64_t *sent);

/* Returns whether the connection failed or ended both ways; does not block. */
bool stream_broken(const struct stream *stream);

/* Borrows both buffers from common/buffers.h unless the stream has them; only
 * stream.c and stream_send.c call it. Returns 0, or -1 with errno. */
int stream_take_buffers(struct stream *stream);

/* Returns the buffers to common/buffers.h and drops the bytes in them. */
void stream_rest(struct stream *stream);

/*
 * Ends the connection so that the caller's close(2) sends no reset, which would
 * destroy sent bytes that the peer has not received. Shuts down sending, then
 * reads until the peer's end, for at most 5 s and 64 KiB. Does nothing if the
 * peer has ended, or has acknowledged all bytes while none of its own is
 * unread. read_shut: another thread has perhaps called shutdown(SHUT_RD), after
 * which the peer's end cannot be seen. Then the function waits, within the same
 * limits, until all sent bytes were acknowledged.
 */
void stream_end(struct stream *stream, bool read_shut);

/*
 * Ends the connection to a peer that is still sending bytes that will not be
 * read. Shuts down sending, then always reads until the peer's end, for at most
 * 5 s and 64 KiB: bytes that arrive after close(2) are answered by a reset.
 * Returns early if another thread calls shutdown(SHUT_RD).
 */
void stream_end_unread(struct stream *stream);

/* Makes the caller's close(2) send a reset, so that the peer sees an error. */
void stream_abort(struct stream *stream);

/* Sends len bytes, a short refusal, without blocking, and reads at most 64 KiB
 * of the bytes that have arrived, so that the caller's close(2) of fd at once
 * sends no reset. */
void stream_refuse(int fd, const uint8_t *bytes, size_t len);

#endif
