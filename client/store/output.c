/*
 * Chooses the file that the bytes go into (a part file of an earlier run, a new
 * one, or a file without a name), lets store/file_writer.c write them, and has
 * store/publish.c give the whole file its final name. The memory of outputs is
 * used again, since allocating it is much of the work for a small file.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/disk_space.h"
#include "client/store/output.h"
#include "client/store/part.h"
#include "client/store/publish.h"
#include "client/store/stamp.h"
#include "client/store/write_failure.h"
#include "client/ui/stdout_writer.h"
#include "common/poison.h"

struct output {
	struct file_writer writer;
	struct output_list *spares; /* where it goes when freed; or NULL */
	const struct store_settings *settings;
	struct folder *folder;
	const char *final; /* NULL: standard output */
	bool is_nameless;  /* the file has no name until it is published */
	struct protocol_attributes attributes; /* as the server announced */
	struct protocol_token wanted;	       /* of the bytes, or of none */
	char part[PART_NAME];		       /* "": no part file */
	SLIST_ENTRY(output) next;	       /* among the spares */
};

/* Bytes that are poisoned while an output is a spare. The link to the next one
 * is not: the leak sanitizer follows it. */
#define OUTPUT_USED offsetof(struct output, next)

/* Continues the part file of an earlier run, if there is one. */
static void
resume_part(struct output *output)
{
	struct stat stat;
	uint8_t byte;
	int fd;

	fd = part_take(output->folder, output->final, false, output->part,
	    &output->wanted);
	if (fd < 0 || fstat(fd, &stat) != 0 ||
	    lseek(fd, stat.st_size, SEEK_SET) < 0) {
		if (fd >= 0)
			close(fd);
		output->part[0] = '\0';
		return;
	}
	file_writer_set_file(&output->writer, fd, (uint64_t)stat.st_size);
	/* Some file systems (rclone without a cache) cannot read a file that
	 * is open for writing: its bytes could not be proved. */
	if (stat.st_size > 0 && pread(fd, &byte, 1, 0) < 0)
		output_discard(output);
}

/* Takes an output out of the list. Returns NULL if the list is empty. */
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

/* Returns an output without a file, or NULL if memory is short. Sets each field
 * by itself: clearing the digests would cost more than all else. */
static struct output *
new_empty(struct output_list *spares, const struct store_settings *settings,
    struct folder *folder, const char *final, bool wants_sha256)
{
	struct output *output = spares == NULL ? NULL : take_spare(spares);
	/* Bytes written to standard output cannot be read again, but must be
	 * proved after a break. */
	bool digests = settings->verify || wants_sha256 || final == NULL;

	/* A digest's state wants more alignment than malloc gives. */
	if (output == NULL)
		output =
		    aligned_alloc(_Alignof(struct output), sizeof(*output));
	if (output == NULL)
		return NULL;
	output->spares = spares;
	output->settings = settings;
	output->folder = folder;
	output->final = final;
	output->is_nameless = false;
	output->attributes = (struct protocol_attributes){.size = 0};
	output->wanted = (struct protocol_token){.id = 0};
	output->part[0] = '\0';
	file_writer_open(&output->writer, digests, wants_sha256);
	/* A program behind a file system (FUSE) may refuse to skip bytes. */
	if (settings->sparse && final != NULL && !folder->volume->is_remote)
		file_writer_make_holes(&output->writer);
	if (final == NULL)
		file_writer_set_file(&output->writer, STDOUT_FILENO, 0);
	return output;
}

struct output *
output_new(struct output_list *spares, const struct store_settings *settings,
    struct folder *folder, const char *final, bool wants_sha256)
{
	struct output *output =
	    new_empty(spares, settings, folder, final, wants_sha256);

	if (output != NULL && final != NULL && settings->resume)
		resume_part(output);
	return output;
}

/* Returns whether both descriptors are of one file; if not, errno is set. On a
 * remote file system inode numbers may differ at each look, and writes move the
 * times: there it is enough that nobody else can put files into the folder. */
static bool
are_one_file(const struct folder *folder, int a, int b)
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
output_new_piece(const struct store_settings *settings, struct folder *folder,
    const char *part, int part_fd, uint64_t offset)
{
	struct output *output = new_empty(NULL, settings, folder, part, false);
	int fd, saved;

	if (output == NULL)
		return NULL;
	fd = openat(folder->fd, part, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && are_one_file(folder, fd, part_fd) &&
	    lseek(fd, (off_t)offset, SEEK_SET) >= 0) {
		file_writer_set_piece(&output->writer, fd, offset);
		return output;
	}
	saved = errno;
	if (fd >= 0)
		close(fd);
	output_free(output);
	errno = saved;
	return NULL;
}

void
output_free(struct output *output)
{
	if (output == NULL)
		return;
	if (output->part[0] != '\0' && output_size(output) == 0)
		output_discard(output);
	if (output->part[0] != '\0')
		part_remember(output->folder, output->part);
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

struct file_writer *
output_writer(struct output *output)
{
	return &output->writer;
}

uint64_t
output_size(const struct output *output)
{
	return output->writer.size;
}

void
output_set_proved(struct output *output,
    const struct protocol_attributes *attributes)
{
	bool is_content = protocol_is_content_token(output->wanted);

	output->attributes = *attributes;
	output->wanted =
	    is_content ? protocol_content_token(attributes) : attributes->token;
}

struct protocol_token
output_wanted(const struct output *output)
{
	return output->wanted;
}

const struct protocol_attributes *
output_attributes(const struct output *output)
{
	return &output->attributes;
}

int
output_discard(struct output *output)
{
	bool written = output->final == NULL && output_size(output) > 0;

	if (output->part[0] != '\0')
		part_remove(output->folder, output->part,
		    file_writer_release_file(&output->writer));
	output->part[0] = '\0';
	file_writer_reset(&output->writer);
	output->attributes = (struct protocol_attributes){.size = 0};
	output->wanted = (struct protocol_token){.id = 0};
	return written ? -1 : 0;
}

/* Makes the file that the bytes go into. Returns 0, or -1 with errno. */
static int
make_file(struct output *output, const struct protocol_attributes *attributes,
    bool is_nameless)
{
	mode_t mode = stamp_mode(output->folder, attributes);
	int fd =
	    is_nameless ? folder_create_nameless(output->folder, mode) : -1;

	output->is_nameless = fd >= 0;
	if (fd < 0)
		fd = part_create(output->folder, output->final,
		    protocol_content_token(attributes), mode, output->part);
	if (fd < 0) {
		output->part[0] = '\0';
		return -1;
	}
	file_writer_set_file(&output->writer, fd, 0);
	return 0;
}

/* Checks that the file may be written here, and makes it unless it is there.
 * Returns 0, or -1 with the failure set. */
static int
begin_file(struct output *output, const struct protocol_attributes *attributes,
    bool is_here, struct failure *failure)
{
	uint64_t left = attributes->size - output_size(output);
	int is_there;

	if (disk_space_check(output->folder, attributes->size,
		output->settings->any_room ? 0 : left, failure) != 0)
		return -1;
	/* A folder of this run has no such name yet; store/publish.c finds two
	 * names of the run that are one to the file system. */
	is_there = is_here && output->folder->is_new ?
	    0 :
	    folder_check_name(output->folder, output->final, output->settings,
		failure);
	if (is_there < 0)
		return -1;
	if (output->writer.fd < 0 &&
	    make_file(output, attributes, is_here && !is_there) != 0)
		return write_failure_set_create(output->folder,
		    output->settings, failure);
	return 0;
}

int
output_begin(struct output *output,
    const struct protocol_attributes *attributes, bool is_here,
    struct failure *failure)
{
	if (failure_check_size(failure, attributes->size,
		output->settings->max_size) != 0)
		return -1;
	/* An empty part file may bear the token of an older version. */
	if (output_size(output) == 0 && output->part[0] != '\0')
		output_discard(output);
	output->attributes = *attributes;
	output->wanted = protocol_content_token(attributes);
	file_writer_begin_body(&output->writer);
	if (output->final == NULL)
		return 0;
	return begin_file(output, attributes, is_here, failure);
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
	return output->final == NULL || !output->settings->fsync ?
	    0 :
	    fsync(output->writer.fd);
}

/* Returns whether the part file stays for a later run after this errno. */
static bool
keeps_part(const struct output *output, int error)
{
	return output->part[0] != '\0' && output_size(output) > 0 &&
	    output->settings->resume && write_failure_keeps_part(error);
}

void
output_fail(struct output *output, struct failure *failure)
{
	bool kept = keeps_part(output, errno);

	if (output->final == NULL) {
		stdout_writer_fail(failure);
		return;
	}
	write_failure_set(output->folder, output->writer.fd, kept, failure);
	if (!kept)
		output_discard(output);
}

int
output_finish(struct output *output,
    const struct protocol_attributes *attributes, struct failure *failure)
{
	int result;

	if (output->final == NULL)
		return 0;
	result = output->is_nameless ?
	    publish_nameless(output->folder, output->writer.fd, output->final,
		attributes, output->settings, failure) :
	    publish_part(output->folder, output->writer.fd, output->part,
		output->final, attributes, output->settings, failure);
	if (result != 0) {
		if (keeps_part(output, errno))
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
