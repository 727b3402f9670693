/*
 * The life of a file on its way: what an earlier run has left, the part file
 * or the file without a name, the final one. How its bytes get there is
 * store/file_writer.c's. Outputs may be used again, since making one is much of
 * the work for a small file.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "client/store/obstacle.h"
#include "client/store/part.h"
#include "client/store/publish.h"
#include "client/store/write_failure.h"
#include "client/store/file_writer.h"
#include "common/poison.h"

struct output {
	struct file_writer writer;
	struct output_list *spares; /* NULL: it is not to be one of them */
	const struct client_options *options;
	struct folder *folder;
	const char *final; /* NULL: standard output */
	bool is_nameless;  /* its file, until it gets its final name */
	struct protocol_attributes attributes; /* as announced */
	char part[PART_NAME];		       /* "": none */
	SLIST_ENTRY(output) next;	       /* among the spares */
};

/* Bytes of one that nobody touches while it is a spare; the leak sanitizer has
 * to get from there to the next. */
#define OUTPUT_USED offsetof(struct output, next)

/* Standard output is not closed, and stays what it writes to. */
static void
close_file(struct output *output)
{
	if (output->writer.fd >= 0 && output->final != NULL)
		close(output->writer.fd);
	output->writer.fd = output->final == NULL ? STDOUT_FILENO : -1;
}

/* Goes on from what an earlier run has left, where there is something. */
static void
take_part(struct output *output)
{
	struct stat stat;
	uint8_t byte;

	output->writer.fd = part_take(output->folder, output->final,
	    output->part, &output->attributes.token);
	if (output->writer.fd < 0 || fstat(output->writer.fd, &stat) != 0) {
		close_file(output);
		output->part[0] = '\0';
		return;
	}
	/* Some file systems give nothing back that was written and can be
	 * written on (rclone without a cache): nothing could be proved. */
	if (stat.st_size > 0 && pread(output->writer.fd, &byte, 1, 0) < 0) {
		output_discard(output);
		return;
	}
	file_writer_resume(&output->writer, (uint64_t)stat.st_size);
}

/* One that was freed, out of its list; NULL: there is none. */
static struct output *
take_spare(struct output_list *spares)
{
	struct output *output = SLIST_FIRST(spares);

	if (output == NULL)
		return NULL;
	SLIST_REMOVE_HEAD(spares, next);
	unpoison_region(output, OUTPUT_USED);
	return output;
}

/* Memory for one. */
static struct output *
get_memory(struct output_list *spares)
{
	struct output *output = spares == NULL ? NULL : take_spare(spares);

	/* A digest's state wants more alignment than malloc gives. */
	return output != NULL ?
	    output :
	    aligned_alloc(_Alignof(struct output), sizeof(*output));
}

/* One without a file yet. All fields are set, here or by file_writer_open: a
 * spare has what the last one left, and clearing the digests would be the most.
 */
static struct output *
new_empty(struct output_list *spares, const struct client_options *options,
    struct folder *folder, const char *final, bool wants_sha256)
{
	struct output *output = get_memory(spares);
	/* Standard output cannot be read again, and what was written there
	 * must still be proved after a break. */
	bool digests = options->verify || wants_sha256 || final == NULL;

	if (output == NULL)
		return NULL;
	output->spares = spares;
	output->options = options;
	output->folder = folder;
	output->final = final;
	output->is_nameless = false;
	output->attributes = (struct protocol_attributes){.size = 0};
	output->part[0] = '\0';
	file_writer_open(&output->writer, final == NULL ? STDOUT_FILENO : -1,
	    digests, wants_sha256);
	return output;
}

struct output *
output_new_from(struct output_list *spares,
    const struct client_options *options, struct folder *folder,
    const char *final, bool wants_sha256)
{
	struct output *output =
	    new_empty(spares, options, folder, final, wants_sha256);

	if (output != NULL && final != NULL && options->resume)
		take_part(output);
	return output;
}

struct output *
output_new(const struct client_options *options, struct folder *folder,
    const char *final, bool wants_sha256)
{
	return output_new_from(NULL, options, folder, final, wants_sha256);
}

/* Returns whether both are the same file; else errno says why. The number of a
 * remote one may differ at each look, and others write to it, which moves its
 * times: it is not asked for where nobody else can have put it there. */
static bool
are_one(const struct folder *folder, int a, int b)
{
	struct stat stat_a, stat_b;

	if (fstat(a, &stat_a) != 0 || fstat(b, &stat_b) != 0)
		return false;
	errno = ESTALE;
	return stat_a.st_dev == stat_b.st_dev &&
	    (stat_a.st_ino == stat_b.st_ino ||
		(folder->volume->is_remote && !folder->is_shared));
}

struct output *
output_new_piece(const struct client_options *options, struct folder *folder,
    const char *part, int part_fd, uint64_t offset)
{
	struct output *output = new_empty(NULL, options, folder, part, false);
	int saved;

	if (output == NULL)
		return NULL;
	output->writer.fd =
	    openat(folder->fd, part, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (output->writer.fd >= 0 &&
	    are_one(folder, output->writer.fd, part_fd) &&
	    lseek(output->writer.fd, (off_t)offset, SEEK_SET) >= 0)
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
	if (output->part[0] != '\0' && output->writer.size == 0)
		output_discard(output);
	if (output->part[0] != '\0')
		part_remember(output->folder, output->part);
	close_file(output);
	file_writer_close(&output->writer);
	if (output->spares == NULL) {
		free(output);
		return;
	}
	SLIST_INSERT_HEAD(output->spares, output, next);
	poison_region(output, OUTPUT_USED);
}

void
output_free_spares(struct output_list *spares)
{
	struct output *output;

	while ((output = take_spare(spares)) != NULL)
		free(output);
}

uint64_t
output_size(const struct output *output)
{
	return output->writer.size;
}

struct protocol_token
output_token(const struct output *output)
{
	return output->attributes.token;
}

void
output_set_token(struct output *output, struct protocol_token token)
{
	output->attributes.token = token;
}

const struct protocol_attributes *
output_attributes(const struct output *output)
{
	return &output->attributes;
}

int
output_discard(struct output *output)
{
	bool written = output->final == NULL && output->writer.size > 0;

	if (output->part[0] != '\0') {
		part_remove(output->folder, output->part, output->writer.fd);
		output->writer.fd = -1;
	}
	output->part[0] = '\0';
	close_file(output);
	output->attributes = (struct protocol_attributes){.size = 0};
	file_writer_reset(&output->writer);
	return written ? -1 : 0;
}

int
output_digest(struct output *output, uint8_t digest[DIGEST_LENGTH])
{
	return file_writer_digest(&output->writer, digest);
}

int
output_sha256(struct output *output, uint8_t sha256[SHA256SUM_LENGTH])
{
	return file_writer_sha256(&output->writer, sha256);
}

/* Makes the file that the bytes go into: 0, or -1 with errno. */
static int
make_file(struct output *output, const struct protocol_attributes *attributes,
    bool is_nameless)
{
	if (is_nameless)
		output->writer.fd =
		    folder_create_nameless(output->folder, attributes);
	output->is_nameless = output->writer.fd >= 0;
	if (output->writer.fd >= 0)
		return 0;
	output->writer.fd =
	    part_create(output->folder, output->final, attributes->token,
		stamp_mode(output->folder, attributes), output->part);
	if (output->writer.fd >= 0)
		return 0;
	output->part[0] = '\0';
	return -1;
}

/* Makes or takes up the file, if it may be written here. 0, or -1 with the
 * failure set. */
static int
begin_file(struct output *output, const struct protocol_attributes *attributes,
    bool is_here, struct failure *failure)
{
	int is_there;

	if (folder_check_space(output->folder, attributes->size,
		attributes->size - output->writer.size, failure) != 0)
		return -1;
	/* In a folder of this run no name exists yet; store/publish.c catches
	 * two that are one. */
	is_there = is_here && output->folder->is_new ?
	    0 :
	    folder_check_name(output->folder, output->final, output->options,
		failure);
	if (is_there < 0)
		return -1;
	if (output->writer.fd < 0 &&
	    make_file(output, attributes, is_here && !is_there) != 0)
		return obstacle_tell_create(output->folder, output->options,
		    failure);
	if (output->writer.size > 0 &&
	    lseek(output->writer.fd, (off_t)output->writer.size, SEEK_SET) < 0)
		return failure_set(failure, EXIT_LOCAL, "%s: %s", output->part,
		    strerror(errno));
	return 0;
}

int
output_begin(struct output *output,
    const struct protocol_attributes *attributes, bool is_here,
    struct failure *failure)
{
	if (failure_check_size(failure, attributes->size,
		output->options->max_size) != 0)
		return -1;
	/* A part without a byte may bear the token of an older version. */
	if (output->writer.size == 0 && output->part[0] != '\0')
		output_discard(output);
	output->attributes = *attributes;
	file_writer_begin_body(&output->writer);
	if (output->final == NULL)
		return 0;
	return begin_file(output, attributes, is_here, failure);
}

enum file_writer_step
output_receive(struct output *output, struct stream *stream, uint64_t n,
    int64_t stall, uint64_t *taken)
{
	return file_writer_receive(&output->writer, stream, n, stall, taken);
}

bool
output_matches(const struct output *output,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE])
{
	return file_writer_matches(&output->writer, digest);
}

static int
publish(const struct output *output,
    const struct protocol_attributes *attributes, struct failure *failure)
{
	if (output->is_nameless)
		return publish_nameless(output->folder, output->writer.fd,
		    output->final, attributes, output->options, failure);
	return publish_part(output->folder, output->writer.fd, output->part,
	    output->final, attributes, output->options, failure);
}

int
output_flush(const struct output *output)
{
	return output->final == NULL ?
	    0 :
	    volume_flush(output->folder->volume, output->writer.fd);
}

int
output_sync(struct output *output)
{
	return output->final == NULL || !output->options->fsync ?
	    0 :
	    fsync(output->writer.fd);
}

/* Returns whether a later run can go on from the bytes that have come. */
static bool
is_kept(const struct output *output, int error)
{
	return output->part[0] != '\0' && output->writer.size > 0 &&
	    output->options->resume && write_failure_keeps_part(error);
}

void
output_fail(struct output *output, struct failure *failure)
{
	bool kept = is_kept(output, errno);

	if (output->final == NULL) {
		failure_set(failure, EXIT_LOCAL,
		    "cannot write to standard output: %s", strerror(errno));
		return;
	}
	write_failure_set(output->folder, output->writer.fd,
	    "cannot write here", kept, failure);
	if (!kept)
		output_discard(output);
}

int
output_finish(struct output *output,
    const struct protocol_attributes *attributes, struct failure *failure)
{
	if (output->final == NULL)
		return 0;
	if (publish(output, attributes, failure) != 0) {
		if (is_kept(output, errno))
			strlcat(failure->text,
			    "; its part file is kept, and the same command "
			    "goes on from there",
			    sizeof(failure->text));
		else
			output_discard(output);
		return -1;
	}
	output->part[0] = '\0';
	part_remove_stale(output->folder, output->final);
	return 0;
}
