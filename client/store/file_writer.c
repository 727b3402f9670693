/*
 * Bytes that the stream has buffered are written from its buffer. The rest of
 * a large body goes through a buffer of the writer, which digests it, or, where
 * no digest is wanted, through a pipe without being copied (splice(2)). Buffer
 * and pipe are made on first use: small files never need them. store/holes.c
 * finds the zero blocks of sparse files, which are never spliced.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/file_writer.h"
#include "client/store/holes.h"
#include "client/ui/interrupt.h"
#include "client/ui/stdout_writer.h"
#include "common/clock.h"

enum {
	FILE_WRITER_BUFFER = 256 * 1024, /* bytes received, then written */
	FILE_WRITER_PIPE = 1024 * 1024,	 /* bytes spliced at once */
	/* Bytes. Shorter bodies are received into the stream's buffer, in
	 * bulk with the replies behind them. */
	FILE_WRITER_SMALL = STREAM_IN / 2,
};

static void
set_position(struct file_writer *writer, uint64_t start, uint64_t size,
    bool is_piece)
{
	writer->start = start;
	writer->size = size;
	writer->is_piece = is_piece;
	writer->ends_in_hole = false;
}

void
file_writer_open(struct file_writer *writer, bool digests_body,
    bool wants_sha256)
{
	writer->fd = -1;
	writer->digests_body = digests_body;
	writer->is_sparse = false;
	writer->pipe[0] = writer->pipe[1] = -1;
	writer->buffer = NULL;
	set_position(writer, 0, 0, false);
	file_digests_reset(&writer->digests, wants_sha256);
}

void
file_writer_make_holes(struct file_writer *writer)
{
	writer->is_sparse = true;
}

static void
close_file(struct file_writer *writer)
{
	if (writer->fd < 0 || writer->fd == STDOUT_FILENO)
		return;
	close(writer->fd);
	writer->fd = -1;
}

void
file_writer_close(struct file_writer *writer)
{
	close_file(writer);
	if (writer->pipe[0] >= 0) {
		close(writer->pipe[0]);
		close(writer->pipe[1]);
	}
	free(writer->buffer);
}

void
file_writer_set_file(struct file_writer *writer, int fd, uint64_t size)
{
	writer->fd = fd;
	set_position(writer, 0, size, false);
	if (size > 0)
		writer->digests.is_complete = false;
}

void
file_writer_set_piece(struct file_writer *writer, int fd, uint64_t start)
{
	writer->fd = fd;
	set_position(writer, start, 0, true);
}

void
file_writer_reset(struct file_writer *writer)
{
	close_file(writer);
	set_position(writer, 0, 0, false);
	file_digests_reset(&writer->digests, writer->digests.wants_sha256);
}

int
file_writer_release_file(struct file_writer *writer)
{
	int fd = writer->fd;

	writer->fd = -1;
	file_writer_reset(writer);
	return fd;
}

void
file_writer_begin_body(struct file_writer *writer)
{
	file_digests_begin_range(&writer->digests, writer->size);
}

/* Returns the buffer, or NULL if memory is short. */
static uint8_t *
get_buffer(struct file_writer *writer)
{
	if (writer->buffer == NULL)
		writer->buffer = malloc(FILE_WRITER_BUFFER);
	return writer->buffer;
}

/* Returns 0, or -1 with errno; ECANCELED after an interrupt. */
static int
write_all(int fd, const uint8_t *bytes, size_t n)
{
	ssize_t written;

	if (fd == STDOUT_FILENO)
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

/* Turns n zero bytes into a hole, or writes them if the file system makes no
 * holes. Returns 0, or -1 with errno. */
static int
write_hole(struct file_writer *writer, const uint8_t *bytes, size_t n,
    uint64_t offset)
{
	/* Beyond the end of a file there are no bytes to remove. */
	if ((writer->is_piece && holes_punch(writer->fd, offset, n) != 0) ||
	    lseek(writer->fd, (off_t)n, SEEK_CUR) < 0)
		return write_all(writer->fd, bytes, n);
	writer->ends_in_hole = !writer->is_piece;
	return 0;
}

/* Writes bytes that may have zero blocks. Returns 0, or -1 with errno. */
static int
write_sparse(struct file_writer *writer, const uint8_t *bytes, size_t n)
{
	uint64_t offset = writer->start + writer->size;
	bool is_zero;
	size_t run;

	for (; n > 0; bytes += run, offset += run, n -= run) {
		run = holes_find_run(offset, bytes, n, &is_zero);
		writer->ends_in_hole = false;
		if ((is_zero ? write_hole(writer, bytes, run, offset) :
			       write_all(writer->fd, bytes, run)) != 0)
			return -1;
	}
	return 0;
}

/* Writes, digests and counts n bytes of the stream. */
static enum outcome
keep_bytes(struct file_writer *writer, const uint8_t *bytes, size_t n)
{
	if ((writer->is_sparse ? write_sparse(writer, bytes, n) :
				 write_all(writer->fd, bytes, n)) != 0)
		return OUTCOME_FAILED;
	if (writer->digests_body)
		file_digests_add(&writer->digests, bytes, n);
	else
		writer->digests.is_complete = false;
	writer->size += n;
	return OUTCOME_OK;
}

/* Moves bytes of a large body through the writer's buffer. */
static enum outcome
copy_bytes(struct file_writer *writer, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (get_buffer(writer) == NULL)
		return OUTCOME_FAILED;
	got = stream_receive(stream, writer->buffer,
	    n > FILE_WRITER_BUFFER ? FILE_WRITER_BUFFER : (size_t)n, stall);
	if (got <= 0)
		return got == 0 ? OUTCOME_CLOSED : OUTCOME_LOST;
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
	/* A smaller pipe works too. */
	(void)fcntl(writer->pipe[1], F_SETPIPE_SZ, FILE_WRITER_PIPE);
	return 0;
}

/* Copies n bytes where splice(2) fails. Returns 0, or -1 with errno. */
static int
copy_pipe(struct file_writer *writer, size_t n)
{
	ssize_t got;

	if (get_buffer(writer) == NULL)
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

/* Moves n bytes from the pipe into the file. Returns 0, or -1 with errno. */
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

/* Moves bytes of a large body through the pipe, undigested. */
static enum outcome
splice_bytes(struct file_writer *writer, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (open_pipe(writer) != 0)
		return OUTCOME_FAILED;
	writer->digests.is_complete = false;
	got = stream_splice(stream, writer->pipe[1],
	    n > FILE_WRITER_PIPE ? FILE_WRITER_PIPE : (size_t)n, stall);
	/* An emulator or a container may have no splice(2) for sockets. */
	if (got < 0 && (errno == EINVAL || errno == ENOSYS || errno == EPERM))
		return copy_bytes(writer, stream, n, stall, taken);
	if (got <= 0)
		return got == 0 ? OUTCOME_CLOSED : OUTCOME_LOST;
	*taken = (uint64_t)got;
	return empty_pipe(writer, (size_t)got) == 0 ? OUTCOME_OK :
						      OUTCOME_FAILED;
}

/* Moves 1 to n bytes from the stream to the file. */
static enum outcome
move_bytes(struct file_writer *writer, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	enum outcome outcome;
	const uint8_t *bytes;
	size_t len;
	int got;

	*taken = 0;
	bytes = stream_peek(stream, &len);
	if (len == 0 && n < FILE_WRITER_SMALL) {
		got = stream_fill(stream, clock_now() + stall);
		if (got <= 0)
			return got == 0 ? OUTCOME_CLOSED : OUTCOME_LOST;
		bytes = stream_peek(stream, &len);
	}
	if (len > 0) {
		if (len > n)
			len = (size_t)n;
		*taken = len;
		outcome = keep_bytes(writer, bytes, len);
		stream_consume(stream, len);
		return outcome;
	}
	if (writer->digests_body || writer->is_sparse)
		return copy_bytes(writer, stream, n, stall, taken);
	return splice_bytes(writer, stream, n, stall, taken);
}

enum outcome
file_writer_receive(struct file_writer *writer, struct stream *stream,
    uint64_t n, int64_t stall, uint64_t *taken)
{
	enum outcome outcome = move_bytes(writer, stream, n, stall, taken);

	if (!writer->ends_in_hole || (outcome == OUTCOME_OK && *taken < n))
		return outcome;
	writer->ends_in_hole = false;
	return holes_end_file(writer->fd, writer->size) == 0 ? outcome :
							       OUTCOME_FAILED;
}

bool
file_writer_matches(const struct file_writer *writer,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE])
{
	uint8_t own[DIGEST_LENGTH];

	file_digests_range(&writer->digests, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

/* Reads the file again if not all is digested. Returns 0, or -1 with errno. */
static int
complete_digests(struct file_writer *writer)
{
	if (writer->digests.is_complete)
		return 0;
	file_digests_reset(&writer->digests, writer->digests.wants_sha256);
	return file_digests_read(&writer->digests, writer->fd, 0, writer->size);
}

int
file_writer_digest(struct file_writer *writer, uint8_t digest[DIGEST_LENGTH])
{
	if (complete_digests(writer) != 0)
		return -1;
	file_digests_whole(&writer->digests, digest);
	return 0;
}

int
file_writer_sha256(struct file_writer *writer, uint8_t sha256[SHA256SUM_LENGTH])
{
	if (complete_digests(writer) != 0)
		return -1;
	file_digests_sha256(&writer->digests, sha256);
	return 0;
}
