/*
 * The map stands behind the bytes of the file, so that there is no second
 * file to lose: a magic, the length of a piece, and a byte for each piece. A
 * piece is marked when its last byte is written, so that after a kill at any
 * moment what is marked is here; what a power failure has lost of it is found
 * when the pieces are proved. The map is cut off before the file gets its
 * name.
 */

#include <sys/endian.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/tree_folder.h"
#include "client/store/obstacle.h"
#include "client/store/publish.h"
#include "client/store/write_failure.h"
#include "client/transfer/pieces.h"
#include "common/range.h"

enum {
	SPLIT_PIECE = 8 * 1024 * 1024,	/* bytes of one */
	SPLIT_LEAST = 64 * 1024 * 1024, /* bytes of a file */
	SPLIT_HEAD = 16,		/* bytes before the map */
};

static const char magic[8] = "pieces1";

bool
split_suits(const struct options *options, const struct folder *folder,
    const struct job *job, uint64_t size)
{
	if (job->final == NULL || size == 0)
		return false;
	if (options->resume && part_is_there(folder, job->final, true))
		return true;
	/* What one connection has begun, it goes on with. */
	return options->jobs > 1 && size >= SPLIT_LEAST &&
	    !(options->resume && part_is_there(folder, job->final, false));
}

uint64_t
split_offset(size_t piece)
{
	return (uint64_t)piece * SPLIT_PIECE;
}

uint64_t
split_length(const struct split *split, size_t piece)
{
	uint64_t left = split->attributes.size - split_offset(piece);

	return left < SPLIT_PIECE ? left : SPLIT_PIECE;
}

uint64_t
split_here(const struct split *split)
{
	uint64_t here = 0;
	size_t i;

	for (i = 0; i < split->n; i++)
		if (split->map[i] != 0)
			here += split_length(split, i);
	return here;
}

/* An empty map behind an empty file of the full length. */
static int
write_map(const struct split *split)
{
	uint64_t size = split->attributes.size;
	uint8_t head[SPLIT_HEAD];

	memcpy(head, magic, sizeof(magic));
	be64enc(head + sizeof(magic), SPLIT_PIECE);
	if (ftruncate(split->fd, (off_t)(size + SPLIT_HEAD + split->n)) != 0)
		return -1;
	return range_write(split->fd, head, sizeof(head), size);
}

/*
 * A map in memory, of nothing. Only when the size is known to be one that a
 * file here can have: a server may say any, and a map of it be larger than all
 * memory. 0, or -1 without memory.
 */
static int
new_map(struct split *split)
{
	free(split->map);
	split->map = calloc(split->n, 1);
	return split->map == NULL ? -1 : 0;
}

/* An earlier run was ended after it had cut off the map: all is here. */
static int
restore_map(struct split *split)
{
	if (new_map(split) != 0)
		return -1;
	memset(split->map, 1, split->n);
	if (write_map(split) != 0)
		return -1;
	return range_write(split->fd, split->map, split->n,
	    split->attributes.size + SPLIT_HEAD);
}

/* Reads the map of a part file that is there: 0, or -1 if it is none of this
 * file. */
static int
read_map(struct split *split)
{
	uint64_t size = split->attributes.size;
	uint8_t head[SPLIT_HEAD];
	struct stat stat;

	if (fstat(split->fd, &stat) != 0)
		return -1;
	if ((uint64_t)stat.st_size == size)
		return restore_map(split);
	if ((uint64_t)stat.st_size != size + SPLIT_HEAD + split->n ||
	    range_read(split->fd, head, sizeof(head), size) != 0 ||
	    memcmp(head, magic, sizeof(magic)) != 0 ||
	    be64dec(head + sizeof(magic)) != SPLIT_PIECE || new_map(split) != 0)
		return -1;
	return range_read(split->fd, split->map, split->n, size + SPLIT_HEAD);
}

/*
 * Makes the map of another version of the file one of this version: pieces
 * that both have are proved before they are kept. 0, or -1 if there is no map.
 */
static int
convert_map(struct split *split)
{
	uint8_t head[SPLIT_HEAD], *old = NULL;
	struct stat stat;
	uint64_t size;
	size_t n, i;
	int result = -1;

	if (fstat(split->fd, &stat) != 0 || stat.st_size <= SPLIT_HEAD)
		return -1;
	/* Each piece has SPLIT_PIECE bytes, the last one fewer, and a mark. */
	size = (uint64_t)stat.st_size - SPLIT_HEAD;
	n = (size_t)((size + SPLIT_PIECE) / (SPLIT_PIECE + 1));
	size -= n;
	old = calloc(n, 1);
	if (old == NULL || new_map(split) != 0 ||
	    range_read(split->fd, head, sizeof(head), size) != 0 ||
	    memcmp(head, magic, sizeof(magic)) != 0 ||
	    be64dec(head + sizeof(magic)) != SPLIT_PIECE ||
	    range_read(split->fd, old, n, size + SPLIT_HEAD) != 0)
		goto out;
	for (i = 0; i < n && i < split->n; i++)
		split->map[i] = old[i] != 0 &&
		    split_offset(i) + split_length(split, i) <= size;
	if (write_map(split) == 0)
		result = range_write(split->fd, split->map, split->n,
		    split->attributes.size + SPLIT_HEAD);
out:
	free(old);
	return result;
}

/* Takes the part file of an earlier run or try, if it is of this file. */
static bool
take_part(struct split *split)
{
	struct protocol_token token;

	while (split->options->resume) {
		split->fd = part_take_mapped(split->folder, split->whole->final,
		    split->part, &token);
		if (split->fd < 0)
			return false;
		if (token.id == split->attributes.token.id &&
		    (token.version == split->attributes.token.version ?
			    read_map(split) :
			    convert_map(split)) == 0)
			return true;
		split_discard(split);
	}
	return false;
}

/* Returns whether a file system refuses to write a file in any order, as one
 * that stores it in one go does. */
static bool
is_refused(int error)
{
	return error == EPERM || error == EINVAL || error == ENOSYS ||
	    error == EOPNOTSUPP || error == ESPIPE;
}

/* Makes a part file: as split_begin. */
static int
make_part(struct split *split, struct failure *failure)
{
	const struct job *whole = split->whole;
	bool refused;

	if (new_map(split) != 0)
		return failure_set(failure, EXITS_LOCAL, "out of memory");
	split->fd = part_create_mapped(split->folder, whole->final,
	    split->attributes.token,
	    stamp_mode(split->folder, &split->attributes), split->part);
	if (split->fd < 0)
		split->part[0] = '\0';
	if (split->fd < 0 && errno == EEXIST)
		return 0;
	if (split->fd < 0)
		return obstacle_tell_create(split->folder, split->options,
		    failure);
	if (write_map(split) == 0)
		return 1;
	refused = is_refused(errno);
	room_fail(split->folder, -1, "cannot write here", false, failure);
	split_discard(split);
	return refused ? 0 : -1;
}

static int
open_part(struct split *split, struct failure *failure)
{
	uint64_t size = split->attributes.size, here;
	bool is_taken;

	if (failure_check_size(failure, split->attributes.size,
		split->options->max_size) != 0)
		return -1;
	if (folder_check_name(split->folder, split->whole->final,
		split->options, failure) < 0)
		return -1;
	is_taken = take_part(split);
	here = is_taken ? split_here(split) : 0;
	if (folder_check_space(split->folder, size, size - here, failure) != 0)
		return -1;
	return is_taken ? 1 : make_part(split, failure);
}

static struct split *
new_split(struct jobs *jobs, struct job *job,
    const struct protocol_attributes *attributes)
{
	struct split *split = calloc(1, sizeof(*split));

	if (split == NULL)
		return NULL;
	split->options = jobs->options;
	split->whole = job;
	split->folder =
	    job->branch == NULL ? jobs->folder : &job->branch->folder;
	split->attributes = *attributes;
	split->fd = -1;
	split->n = (size_t)((attributes->size + SPLIT_PIECE - 1) / SPLIT_PIECE);
	split->left = split->n;
	STAILQ_INIT(&split->returned);
	return split;
}

/* The part file stays, if there is one. */
static void
leave_part(const struct split *split)
{
	if (split->part[0] != '\0')
		part_remember(split->folder, split->part);
	if (split->fd >= 0)
		close(split->fd);
}

int
split_begin(struct jobs *jobs, struct job *job,
    const struct protocol_attributes *attributes, struct split **made,
    struct failure *failure)
{
	struct split *split;
	int result;

	if (job->branch != NULL && branch_open(job->branch, failure) != 0)
		return -1;
	split = new_split(jobs, job, attributes);
	result = split == NULL ?
	    failure_set(failure, EXITS_LOCAL, "out of memory") :
	    open_part(split, failure);
	if (result == 1) {
		STAILQ_INSERT_TAIL(&jobs->splits, split, next);
		jobs->n_splits++;
		*made = split;
		return 1;
	}
	if (split != NULL) {
		leave_part(split);
		free(split->map);
	}
	free(split);
	if (job->branch != NULL)
		branch_close(job->branch);
	return result;
}

struct job *
split_next(struct jobs *jobs, struct split *split)
{
	struct failure failure;
	struct job *job;

	if (split->is_over)
		return NULL;
	job = jobs_take(jobs, &split->returned);
	if (job != NULL || split->at == split->n)
		return job;
	job = jobs_new_piece(split, split->whole, split->at,
	    split->map[split->at] != 0 ? JOB_PIECE_PROOF : JOB_PIECE);
	if (job != NULL) {
		split->at++;
	} else {
		/* Nothing would ever ask for it again. */
		failure_set(&failure, EXITS_LOCAL, "out of memory");
		split_give_up(split, &failure);
	}
	return job;
}

/* A job that asks for the state of the file. */
static int
look_again(struct jobs *jobs, struct split *split)
{
	struct job *job =
	    jobs_new_piece(split, split->whole, 0, JOB_PIECE_LOOK);
	struct failure failure;

	if (job == NULL) {
		failure_set(&failure, EXITS_LOCAL, "out of memory");
		split_give_up(split, &failure);
		return -1;
	}
	split->has_looked = true;
	jobs_put_last(jobs, job);
	return 1;
}

int
split_go_on(struct jobs *jobs, struct split *split)
{
	if (!split->by_id && !split->options->verify && !split->has_looked)
		return look_again(jobs, split);
	if (!split->by_id || (split->is_proving && !split->is_dirty))
		return 0;
	split->is_proving = true;
	split->is_dirty = false;
	split->at = 0;
	split->left = split->n;
	return 1;
}

void
split_give_up(struct split *split, const struct failure *failure)
{
	if (!split->is_over)
		split->failure = *failure;
	split->is_over = true;
}

static int
set_mark(struct split *split, size_t piece, uint8_t mark)
{
	split->map[piece] = mark;
	return range_write(split->fd, &mark, 1,
	    split->attributes.size + SPLIT_HEAD + piece);
}

int
split_mark(struct split *split, size_t piece)
{
	split->left--;
	return set_mark(split, piece, 1);
}

void
split_unmark(struct split *split, size_t piece)
{
	(void)set_mark(split, piece, 0);
}

int
split_finish(struct split *split, struct failure *failure)
{
	const char *final = split->whole->final;
	int result;

	result = ftruncate(split->fd, (off_t)split->attributes.size) == 0 ?
	    publish_part(split->folder, split->fd, split->part, final,
		&split->attributes, split->options, failure) :
	    room_fail(split->folder, -1, "cannot write here", false, failure);
	if (result != 0) {
		if (!split->options->resume || !room_keeps(errno))
			split_discard(split);
		return -1;
	}
	split->part[0] = '\0';
	part_remove_stale(split->folder, final);
	return 0;
}

void
split_discard(struct split *split)
{
	if (split->part[0] != '\0')
		part_remove(split->folder, split->part, split->fd);
	split->part[0] = '\0';
	split->fd = -1;
}

void
split_drop(struct jobs *jobs, struct split *split)
{
	struct job *job;

	while ((job = jobs_take(jobs, &split->returned)) != NULL)
		jobs_remove(jobs, job);
}

struct job *
split_free(struct jobs *jobs, struct split *split)
{
	struct job *whole = split->whole;

	STAILQ_REMOVE(&jobs->splits, split, split, next);
	jobs->n_splits--;
	leave_part(split);
	if (whole->branch != NULL)
		branch_close(whole->branch);
	free(split->map);
	free(split);
	return whole;
}
