/*
 * Where bytes land. What the stream has buffered is written from there; what
 * is yet to come goes through a buffer, where it is digested, or, when nobody
 * wants a digest, through a pipe without being copied (splice(2)).
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/interrupt.h"
#include "client/output.h"
#include "client/part.h"
#include "client/tally.h"
#include "common/clock.h"
#include "common/range.h"

enum {
	OUTPUT_BUFFER = 256 * 1024, /* bytes received, then written */
	OUTPUT_PIPE = 1024 * 1024,  /* bytes spliced at once */
	/* Bodies below this are left to the stream to receive in bulk, with
	 * the replies behind them. */
	OUTPUT_SMALL = STREAM_IN / 2,
};

struct output {
	struct tally tally;
	struct output_list *spares; /* NULL: it is not to be one of them */
	SLIST_ENTRY(output) next;   /* among these */
	const struct options *options;
	struct folder *folder;
	const char *final; /* NULL: standard output */
	bool wants_sha256;
	bool is_nameless; /* its file, until it gets its final name */
	struct protocol_token token;
	uint64_t size; /* bytes it has */
	int fd;
	int pipe[2];
	uint8_t *buffer;      /* OUTPUT_BUFFER bytes, or NULL */
	char part[PART_NAME]; /* "": none */
};

static void
forget_bytes(struct output *output)
{
	output->size = 0;
	output->token = (struct protocol_token){0, 0};
	tally_reset(&output->tally, output->wants_sha256);
}

static void
close_file(struct output *output)
{
	if (output->fd >= 0 && output->final != NULL)
		close(output->fd);
	output->fd = output->final == NULL ? STDOUT_FILENO : -1;
}

/* Goes on from what an earlier run has left, where there is something. */
static void
take_part(struct output *output)
{
	struct stat stat;

	output->fd = part_take(output->folder, output->final, output->part,
	    &output->token);
	if (output->fd < 0 || fstat(output->fd, &stat) != 0) {
		close_file(output);
		output->part[0] = '\0';
		return;
	}
	output->size = (uint64_t)stat.st_size;
	tally_miss(&output->tally);
}

/* Memory for one. */
static struct output *
get_memory(struct output_list *spares)
{
	struct output *output = spares == NULL ? NULL : SLIST_FIRST(spares);

	/* A digest's state wants more alignment than malloc gives. */
	if (output == NULL)
		return aligned_alloc(_Alignof(struct output), sizeof(*output));
	SLIST_REMOVE_HEAD(spares, next);
	return output;
}

/* One without a file yet. All fields are set, here or by forget_bytes: a spare
 * has what the last one left, and clearing the digests would be the most. */
static struct output *
new_empty(struct output_list *spares, const struct options *options,
    struct folder *folder, const char *final, bool wants_sha256)
{
	struct output *output = get_memory(spares);

	if (output == NULL)
		return NULL;
	output->spares = spares;
	output->options = options;
	output->folder = folder;
	output->final = final;
	output->wants_sha256 = wants_sha256;
	output->is_nameless = false;
	output->fd = final == NULL ? STDOUT_FILENO : -1;
	output->pipe[0] = output->pipe[1] = -1;
	output->buffer = NULL;
	output->part[0] = '\0';
	forget_bytes(output);
	return output;
}

struct output *
output_new_from(struct output_list *spares, const struct options *options,
    struct folder *folder, const char *final, bool wants_sha256)
{
	struct output *output =
	    new_empty(spares, options, folder, final, wants_sha256);

	if (output != NULL && final != NULL && options->resume)
		take_part(output);
	return output;
}

struct output *
output_new(const struct options *options, struct folder *folder,
    const char *final, bool wants_sha256)
{
	return output_new_from(NULL, options, folder, final, wants_sha256);
}

/* Whether both are the same file. */
static bool
are_one(int a, int b)
{
	struct stat stat_a, stat_b;

	if (fstat(a, &stat_a) != 0 || fstat(b, &stat_b) != 0)
		return false;
	errno = ESTALE;
	return stat_a.st_dev == stat_b.st_dev && stat_a.st_ino == stat_b.st_ino;
}

struct output *
output_new_piece(const struct options *options, struct folder *folder,
    const char *part, int part_fd, uint64_t offset)
{
	struct output *output = new_empty(NULL, options, folder, part, false);
	int saved;

	if (output == NULL)
		return NULL;
	output->fd = openat(folder->fd, part, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (output->fd >= 0 && are_one(output->fd, part_fd) &&
	    lseek(output->fd, (off_t)offset, SEEK_SET) >= 0)
		return output;
	saved = errno;
	output_free(output);
	errno = saved;
	return NULL;
}

void
output_free(struct output *output)
{
	if (output == NULL)
		return;
	if (output->part[0] != '\0' && output->size == 0)
		output_discard(output);
	if (output->part[0] != '\0')
		part_remember(output->folder, output->part);
	close_file(output);
	if (output->pipe[0] >= 0) {
		close(output->pipe[0]);
		close(output->pipe[1]);
	}
	free(output->buffer);
	if (output->spares != NULL)
		SLIST_INSERT_HEAD(output->spares, output, next);
	else
		free(output);
}

void
output_free_spares(struct output_list *spares)
{
	struct output *output;

	while ((output = SLIST_FIRST(spares)) != NULL) {
		SLIST_REMOVE_HEAD(spares, next);
		free(output);
	}
}

uint64_t
output_size(const struct output *output)
{
	return output->size;
}

struct protocol_token
output_token(const struct output *output)
{
	return output->token;
}

int
output_discard(struct output *output)
{
	bool written = output->final == NULL && output->size > 0;

	if (output->part[0] != '\0')
		unlinkat(output->folder->fd, output->part, 0);
	output->part[0] = '\0';
	close_file(output);
	forget_bytes(output);
	return written ? -1 : 0;
}

static uint8_t *
buffer(struct output *output)
{
	if (output->buffer == NULL)
		output->buffer = malloc(OUTPUT_BUFFER);
	return output->buffer;
}

static bool
is_digesting(const struct output *output)
{
	/* Standard output cannot be read again, and what was written there
	 * must still be proved after a break. */
	return output->options->verify || output->wants_sha256 ||
	    output->final == NULL;
}

/* Reads what is there into the digest of the whole. */
static int
digest_again(struct output *output)
{
	uint8_t *bytes = buffer(output);
	uint64_t offset = 0, size = output->size;
	size_t n;

	if (bytes == NULL || output->final == NULL)
		return -1;
	tally_reset(&output->tally, output->wants_sha256);
	for (; offset < size; offset += n) {
		n = size - offset < OUTPUT_BUFFER ? (size_t)(size - offset) :
						    OUTPUT_BUFFER;
		if (interrupt_check() != 0 ||
		    range_read(output->fd, bytes, n, offset) != 0) {
			tally_miss(&output->tally);
			return -1;
		}
		tally_add(&output->tally, bytes, n);
	}
	return 0;
}

int
output_digest(struct output *output, uint8_t digest[DIGEST_LENGTH])
{
	if (!output->tally.is_whole && digest_again(output) != 0)
		return -1;
	tally_whole(&output->tally, digest);
	return 0;
}

int
output_sha256(struct output *output, uint8_t sha256[SUMS_LENGTH])
{
	if (!output->tally.is_whole && digest_again(output) != 0)
		return -1;
	tally_sha256(&output->tally, sha256);
	return 0;
}

/* Makes the file that the bytes go into: 0, or -1 with errno. */
static int
make_file(struct output *output, const struct protocol_attributes *attributes,
    bool is_nameless)
{
	if (is_nameless)
		output->fd = folder_create_nameless(output->folder, attributes);
	output->is_nameless = output->fd >= 0;
	if (output->fd >= 0)
		return 0;
	output->fd = part_create(output->folder, output->final,
	    attributes->token, output->part);
	if (output->fd >= 0)
		return 0;
	output->part[0] = '\0';
	return -1;
}

/* Whether, and how, the file may be written here. */
static int
begin_file(struct output *output, const struct protocol_attributes *attributes,
    bool is_here, struct failure *failure)
{
	int is_there;

	if (folder_check_space(output->folder, attributes->size - output->size,
		failure) != 0)
		return -1;
	/* Where nothing was before, giving it its name shows soon enough. */
	is_there = is_here && output->folder->is_new ?
	    0 :
	    folder_check_name(output->folder, output->final, output->options,
		failure);
	if (is_there < 0)
		return -1;
	if (output->fd < 0 &&
	    make_file(output, attributes, is_here && !is_there) != 0)
		return failure_set(failure, EXITS_LOCAL,
		    "cannot create a file here: %s", strerror(errno));
	if (output->size > 0 &&
	    lseek(output->fd, (off_t)output->size, SEEK_SET) < 0)
		return failure_set(failure, EXITS_LOCAL, "%s: %s", output->part,
		    strerror(errno));
	return 0;
}

int
output_begin(struct output *output,
    const struct protocol_attributes *attributes, bool is_here,
    struct failure *failure)
{
	if (folder_check_size(output->options, attributes->size, failure) != 0)
		return -1;
	/* A part without a byte may bear the token of an older version. */
	if (output->size == 0 && output->part[0] != '\0')
		output_discard(output);
	output->token = attributes->token;
	tally_begin_range(&output->tally, output->size);
	if (output->final == NULL)
		return 0;
	return begin_file(output, attributes, is_here, failure);
}

/* Writes all n bytes: 0, or -1 with errno (ECANCELED: interrupted). */
static int
write_all(int fd, const uint8_t *bytes, size_t n)
{
	ssize_t written;

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

/* Digests, writes and counts n bytes that were taken from the stream. */
static enum output_step
keep_bytes(struct output *output, const uint8_t *bytes, size_t n)
{
	if (write_all(output->fd, bytes, n) != 0)
		return OUTPUT_LOCAL;
	if (is_digesting(output))
		tally_add(&output->tally, bytes, n);
	else
		tally_miss(&output->tally);
	output->size += n;
	return OUTPUT_TAKEN;
}

static int
open_pipe(struct output *output)
{
	if (output->pipe[0] >= 0)
		return 0;
	if (pipe2(output->pipe, O_CLOEXEC) != 0)
		return -1;
	/* Where it may not be as large, it is as large as it is. */
	fcntl(output->pipe[1], F_SETPIPE_SZ, OUTPUT_PIPE);
	return 0;
}

/* The same for a file system that does not splice. */
static int
copy_pipe(struct output *output, size_t n)
{
	ssize_t got;

	if (buffer(output) == NULL)
		return -1;
	while (n > 0) {
		got = read(output->pipe[0], output->buffer,
		    n > OUTPUT_BUFFER ? OUTPUT_BUFFER : n);
		if (got <= 0 ||
		    write_all(output->fd, output->buffer, (size_t)got) != 0)
			return -1;
		output->size += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* What is in the pipe goes into the file. */
static int
empty_pipe(struct output *output, size_t n)
{
	ssize_t moved;

	while (n > 0) {
		moved = splice(output->pipe[0], NULL, output->fd, NULL, n,
		    SPLICE_F_MOVE);
		if (moved < 0 && errno == EINTR && !interrupt_pending())
			continue;
		if (moved < 0 && errno == EINVAL)
			return copy_pipe(output, n);
		if (moved <= 0)
			return -1;
		output->size += (uint64_t)moved;
		n -= (size_t)moved;
	}
	return 0;
}

/* What stream_receive and the like return when no bytes have come. */
static enum output_step
not_taken(ssize_t got)
{
	return got == 0 ? OUTPUT_ENDED : OUTPUT_LOST;
}

/* From the socket to the file through the pipe. */
static enum output_step
splice_bytes(struct output *output, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (open_pipe(output) != 0)
		return OUTPUT_LOCAL;
	tally_miss(&output->tally);
	got = stream_splice(stream, output->pipe[1],
	    n > OUTPUT_PIPE ? OUTPUT_PIPE : (size_t)n, stall);
	if (got <= 0)
		return not_taken(got);
	*taken = (uint64_t)got;
	return empty_pipe(output, (size_t)got) == 0 ? OUTPUT_TAKEN :
						      OUTPUT_LOCAL;
}

/* Through a buffer of our own, for what is large. */
static enum output_step
copy_bytes(struct output *output, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	ssize_t got;

	if (buffer(output) == NULL)
		return OUTPUT_LOCAL;
	got = stream_receive(stream, output->buffer,
	    n > OUTPUT_BUFFER ? OUTPUT_BUFFER : (size_t)n, stall);
	if (got <= 0)
		return not_taken(got);
	*taken = (uint64_t)got;
	return keep_bytes(output, output->buffer, (size_t)got);
}

enum output_step
output_receive(struct output *output, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	enum output_step step;
	const uint8_t *bytes;
	size_t len;
	int got;

	*taken = 0;
	bytes = stream_peek(stream, &len);
	if (len == 0 && n < OUTPUT_SMALL) {
		got = stream_fill(stream, clock_now() + stall);
		if (got <= 0)
			return not_taken(got);
		bytes = stream_peek(stream, &len);
	}
	if (len > 0) {
		if (len > n)
			len = (size_t)n;
		*taken = len;
		step = keep_bytes(output, bytes, len);
		stream_consume(stream, len);
		return step;
	}
	if (is_digesting(output))
		return copy_bytes(output, stream, n, stall, taken);
	return splice_bytes(output, stream, n, stall, taken);
}

bool
output_matches(const struct output *output,
    const uint8_t digest[PROTOCOL_DIGEST])
{
	uint8_t own[DIGEST_LENGTH];

	tally_range(&output->tally, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

static int
publish(const struct output *output,
    const struct protocol_attributes *attributes)
{
	if (output->is_nameless)
		return folder_publish_nameless(output->folder, output->fd,
		    output->final, attributes, output->options);
	return folder_publish(output->folder, output->fd, output->part,
	    output->final, attributes, output->options);
}

int
output_sync(struct output *output)
{
	return output->final == NULL || !output->options->fsync ?
	    0 :
	    fsync(output->fd);
}

int
output_finish(struct output *output,
    const struct protocol_attributes *attributes, struct failure *failure)
{
	if (output->final == NULL)
		return 0;
	if (publish(output, attributes) != 0) {
		failure_set(failure, EXITS_LOCAL, "%s: %s", output->final,
		    errno == EEXIST && output->folder->is_new ?
			FOLDER_TWICE :
			strerror(errno));
		output_discard(output);
		return -1;
	}
	output->part[0] = '\0';
	part_remove_stale(output->folder, output->final);
	return 0;
}
