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
	FILE_WRITER_BUFFER = 256 * 1024, /* bytes received, then written */
	FILE_WRITER_PIPE = 1024 * 1024,	 /* bytes spliced at once */
	/* Bodies below this are left to the stream to receive in bulk, with
	 * the replies behind them. */
	FILE_WRITER_SMALL = STREAM_IN / 2,
};

void
file_writer_open(struct file_writer *writer, int fd, bool digests,
    bool wants_sha256)
{
	writer->fd = fd;
	writer->digests = digests;
	writer->pipe[0] = writer->pipe[1] = -1;
	writer->buffer = NULL;
	writer->size = 0;
	tally_reset(&writer->tally, wants_sha256);
}

void
file_writer_close(struct file_writer *writer)
{
	if (writer->pipe[0] >= 0) {
		close(writer->pipe[0]);
		close(writer->pipe[1]);
	}
	free(writer->buffer);
}

void
file_writer_reset(struct file_writer *writer)
{
	writer->size = 0;
	tally_reset(&writer->tally, writer->tally.wants_sha256);
}

void
file_writer_resume(struct file_writer *writer, uint64_t size)
{
	writer->size = size;
	tally_miss(&writer->tally);
}

void
file_writer_begin_body(struct file_writer *writer)
{
	tally_begin_range(&writer->tally, writer->size);
}

static uint8_t *
buffer(struct file_writer *writer)
{
	if (writer->buffer == NULL)
		writer->buffer = malloc(FILE_WRITER_BUFFER);
	return writer->buffer;
}

/* Writes all n bytes: 0, or -1 with errno (ECANCELED: interrupted). */
static int
write_all(int fd, const uint8_t *bytes, size_t n)
{
	ssize_t written;

	if (fd == STDOUT_FILENO && stdout_writer_is_open())
		return stdout_writer_write(bytes, n);
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
static enum file_writer_step
keep_bytes(struct file_writer *writer, const uint8_t *bytes, size_t n)
{
	if (write_all(writer->fd, bytes, n) != 0)
		return FILE_WRITER_LOCAL;
	if (writer->digests)
		tally_add(&writer->tally, bytes, n);
	else
		tally_miss(&writer->tally);
	writer->size += n;
	return FILE_WRITER_TAKEN;
}

/* What stream_receive and the like return when no bytes have come. */
static enum file_writer_step
not_taken(ssize_t got)
{
	return got == 0 ? FILE_WRITER_ENDED : FILE_WRITER_LOST;
}

/* Through a buffer of our own, for what is large. */
static enum file_writer_step
copy_bytes(struct file_writer *writer, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (buffer(writer) == NULL)
		return FILE_WRITER_LOCAL;
	got = stream_receive(stream, writer->buffer,
	    n > FILE_WRITER_BUFFER ? FILE_WRITER_BUFFER : (size_t)n, stall);
	if (got <= 0)
		return not_taken(got);
	*taken = (uint64_t)got;
	return keep_bytes(writer, writer->buffer, (size_t)got);
}

static int
open_pipe(struct file_writer *writer)
{
	if (writer->pipe[0] >= 0)
		return 0;
	if (pipe2(writer->pipe, O_CLOEXEC) != 0)
		return -1;
	/* Where it may not be as large, it is as large as it is. */
	fcntl(writer->pipe[1], F_SETPIPE_SZ, FILE_WRITER_PIPE);
	return 0;
}

/* What is in the pipe goes into a file that does not splice: 0 or -1. */
static int
copy_pipe(struct file_writer *writer, size_t n)
{
	ssize_t got;

	if (buffer(writer) == NULL)
		return -1;
	while (n > 0) {
		got = read(writer->pipe[0], writer->buffer,
		    n > FILE_WRITER_BUFFER ? FILE_WRITER_BUFFER : n);
		if (got <= 0 ||
		    write_all(writer->fd, writer->buffer, (size_t)got) != 0)
			return -1;
		writer->size += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* The same for any file, without a copy where that is to be had. */
static int
empty_pipe(struct file_writer *writer, size_t n)
{
	ssize_t moved;

	while (n > 0) {
		moved = splice(writer->pipe[0], NULL, writer->fd, NULL, n,
		    SPLICE_F_MOVE);
		if (moved < 0 && errno == EINTR && !interrupt_pending())
			continue;
		if (moved < 0 && errno == EINVAL)
			return copy_pipe(writer, n);
		if (moved <= 0)
			return -1;
		writer->size += (uint64_t)moved;
		n -= (size_t)moved;
	}
	return 0;
}

/* From the socket to the file through the pipe. */
static enum file_writer_step
splice_bytes(struct file_writer *writer, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (open_pipe(writer) != 0)
		return FILE_WRITER_LOCAL;
	tally_miss(&writer->tally);
	got = stream_splice(stream, writer->pipe[1],
	    n > FILE_WRITER_PIPE ? FILE_WRITER_PIPE : (size_t)n, stall);
	if (got <= 0)
		return not_taken(got);
	*taken = (uint64_t)got;
	return empty_pipe(writer, (size_t)got) == 0 ? FILE_WRITER_TAKEN :
						      FILE_WRITER_LOCAL;
}

enum file_writer_step
file_writer_receive(struct file_writer *writer, struct stream *stream,
    uint64_t n, int64_t stall, uint64_t *taken)
{
	enum file_writer_step step;
	const uint8_t *bytes;
	size_t len;
	int got;

	*taken = 0;
	bytes = stream_peek(stream, &len);
	if (len == 0 && n < FILE_WRITER_SMALL) {
		got = stream_fill(stream, clock_now() + stall);
		if (got <= 0)
			return not_taken(got);
		bytes = stream_peek(stream, &len);
	}
	if (len > 0) {
		if (len > n)
			len = (size_t)n;
		*taken = len;
		step = keep_bytes(writer, bytes, len);
		stream_consume(stream, len);
		return step;
	}
	if (writer->digests)
		return copy_bytes(writer, stream, n, stall, taken);
	return splice_bytes(writer, stream, n, stall, taken);
}

bool
file_writer_matches(const struct file_writer *writer,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE])
{
	uint8_t own[DIGEST_LENGTH];

	tally_range(&writer->tally, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

/* Sees to it that the digests are of all bytes there are, reading those that
 * were missed once more: 0, or -1 with errno. */
static int
complete_tally(struct file_writer *writer)
{
	if (writer->tally.is_whole)
		return 0;
	tally_reset(&writer->tally, writer->tally.wants_sha256);
	return tally_read(&writer->tally, writer->fd, 0, writer->size);
}

int
file_writer_digest(struct file_writer *writer, uint8_t digest[DIGEST_LENGTH])
{
	if (complete_tally(writer) != 0)
		return -1;
	tally_whole(&writer->tally, digest);
	return 0;
}

int
file_writer_sha256(struct file_writer *writer, uint8_t sha256[SHA256SUM_LENGTH])
{
	if (complete_tally(writer) != 0)
		return -1;
	tally_sha256(&writer->tally, sha256);
	return 0;
}
