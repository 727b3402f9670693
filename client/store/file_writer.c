/*
 * What the stream has buffered is written from there; what is yet to come
 * goes through a buffer of the sink, where it is digested, or, when nobody
 * wants a digest, through a pipe without being copied (splice(2)). Buffer and
 * pipe are made when they are needed, which for a small file is never.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "client/ui/stdout_writer.h"
#include "client/store/file_writer.h"
#include "common/clock.h"

enum {
	SINK_BUFFER = 256 * 1024, /* bytes received, then written */
	SINK_PIPE = 1024 * 1024,  /* bytes spliced at once */
	/* Bodies below this are left to the stream to receive in bulk, with
	 * the replies behind them. */
	SINK_SMALL = STREAM_IN / 2,
};

void
sink_open(struct sink *sink, int fd, bool digests, bool wants_sha256)
{
	sink->fd = fd;
	sink->digests = digests;
	sink->pipe[0] = sink->pipe[1] = -1;
	sink->buffer = NULL;
	sink->size = 0;
	tally_reset(&sink->tally, wants_sha256);
}

void
sink_close(struct sink *sink)
{
	if (sink->pipe[0] >= 0) {
		close(sink->pipe[0]);
		close(sink->pipe[1]);
	}
	free(sink->buffer);
}

void
sink_reset(struct sink *sink)
{
	sink->size = 0;
	tally_reset(&sink->tally, sink->tally.wants_sha256);
}

void
sink_resume(struct sink *sink, uint64_t size)
{
	sink->size = size;
	tally_miss(&sink->tally);
}

void
sink_begin_body(struct sink *sink)
{
	tally_begin_range(&sink->tally, sink->size);
}

static uint8_t *
buffer(struct sink *sink)
{
	if (sink->buffer == NULL)
		sink->buffer = malloc(SINK_BUFFER);
	return sink->buffer;
}

/* Writes all n bytes: 0, or -1 with errno (ECANCELED: interrupted). */
static int
write_all(int fd, const uint8_t *bytes, size_t n)
{
	ssize_t written;

	if (fd == STDOUT_FILENO && outlet_is_open())
		return outlet_write(bytes, n);
	while (n > 0) {
		written = write(fd, bytes, n);
		if (written < 0 && errno == EINTR && interrupt_check() == 0)
			continue;
		if (written < 0)
			return -1;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

/* Writes, digests and counts n bytes that were taken from the stream. */
static enum sink_step
keep_bytes(struct sink *sink, const uint8_t *bytes, size_t n)
{
	if (write_all(sink->fd, bytes, n) != 0)
		return SINK_LOCAL;
	if (sink->digests)
		tally_add(&sink->tally, bytes, n);
	else
		tally_miss(&sink->tally);
	sink->size += n;
	return SINK_TAKEN;
}

/* What stream_receive and the like return when no bytes have come. */
static enum sink_step
not_taken(ssize_t got)
{
	return got == 0 ? SINK_ENDED : SINK_LOST;
}

/* Through a buffer of our own, for what is large. */
static enum sink_step
copy_bytes(struct sink *sink, struct stream *stream, uint64_t n, int64_t stall,
    uint64_t *taken)
{
	ssize_t got;

	if (buffer(sink) == NULL)
		return SINK_LOCAL;
	got = stream_receive(stream, sink->buffer,
	    n > SINK_BUFFER ? SINK_BUFFER : (size_t)n, stall);
	if (got <= 0)
		return not_taken(got);
	*taken = (uint64_t)got;
	return keep_bytes(sink, sink->buffer, (size_t)got);
}

static int
open_pipe(struct sink *sink)
{
	if (sink->pipe[0] >= 0)
		return 0;
	if (pipe2(sink->pipe, O_CLOEXEC) != 0)
		return -1;
	/* Where it may not be as large, it is as large as it is. */
	fcntl(sink->pipe[1], F_SETPIPE_SZ, SINK_PIPE);
	return 0;
}

/* What is in the pipe goes into a file that does not splice: 0 or -1. */
static int
copy_pipe(struct sink *sink, size_t n)
{
	ssize_t got;

	if (buffer(sink) == NULL)
		return -1;
	while (n > 0) {
		got = read(sink->pipe[0], sink->buffer,
		    n > SINK_BUFFER ? SINK_BUFFER : n);
		if (got <= 0 ||
		    write_all(sink->fd, sink->buffer, (size_t)got) != 0)
			return -1;
		sink->size += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* The same for any file, without a copy where that is to be had. */
static int
empty_pipe(struct sink *sink, size_t n)
{
	ssize_t moved;

	while (n > 0) {
		moved = splice(sink->pipe[0], NULL, sink->fd, NULL, n,
		    SPLICE_F_MOVE);
		if (moved < 0 && errno == EINTR && !interrupt_pending())
			continue;
		if (moved < 0 && errno == EINVAL)
			return copy_pipe(sink, n);
		if (moved <= 0)
			return -1;
		sink->size += (uint64_t)moved;
		n -= (size_t)moved;
	}
	return 0;
}

/* From the socket to the file through the pipe. */
static enum sink_step
splice_bytes(struct sink *sink, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (open_pipe(sink) != 0)
		return SINK_LOCAL;
	tally_miss(&sink->tally);
	got = stream_splice(stream, sink->pipe[1],
	    n > SINK_PIPE ? SINK_PIPE : (size_t)n, stall);
	if (got <= 0)
		return not_taken(got);
	*taken = (uint64_t)got;
	return empty_pipe(sink, (size_t)got) == 0 ? SINK_TAKEN : SINK_LOCAL;
}

enum sink_step
sink_receive(struct sink *sink, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	enum sink_step step;
	const uint8_t *bytes;
	size_t len;
	int got;

	*taken = 0;
	bytes = stream_peek(stream, &len);
	if (len == 0 && n < SINK_SMALL) {
		got = stream_fill(stream, clock_now() + stall);
		if (got <= 0)
			return not_taken(got);
		bytes = stream_peek(stream, &len);
	}
	if (len > 0) {
		if (len > n)
			len = (size_t)n;
		*taken = len;
		step = keep_bytes(sink, bytes, len);
		stream_consume(stream, len);
		return step;
	}
	if (sink->digests)
		return copy_bytes(sink, stream, n, stall, taken);
	return splice_bytes(sink, stream, n, stall, taken);
}

bool
sink_matches(const struct sink *sink, const uint8_t digest[PROTOCOL_DIGEST])
{
	uint8_t own[DIGEST_LENGTH];

	tally_range(&sink->tally, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

/* Sees to it that the digests are of all bytes there are, reading those that
 * were missed once more: 0, or -1 with errno. */
static int
complete_tally(struct sink *sink)
{
	if (sink->tally.is_whole)
		return 0;
	tally_reset(&sink->tally, sink->tally.wants_sha256);
	return tally_read(&sink->tally, sink->fd, 0, sink->size);
}

int
sink_digest(struct sink *sink, uint8_t digest[DIGEST_LENGTH])
{
	if (complete_tally(sink) != 0)
		return -1;
	tally_whole(&sink->tally, digest);
	return 0;
}

int
sink_sha256(struct sink *sink, uint8_t sha256[SUMS_LENGTH])
{
	if (complete_tally(sink) != 0)
		return -1;
	tally_sha256(&sink->tally, sha256);
	return 0;
}
