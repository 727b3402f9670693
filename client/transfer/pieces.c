/* Finds or makes the part file, hands out jobs for its pieces, and publishes
 * it. transfer/pieces_map.c keeps the map, transfer/recv_piece.c receives
 * pieces, transfer/pieces_end.c decides when the file is over. */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/store/disk_space.h"
#include "client/store/publish.h"
#include "client/store/stamp.h"
#include "client/store/tree_folder.h"
#include "client/store/write_failure.h"
#include "client/transfer/pieces.h"

enum {
	PIECES_LEAST = 64 * 1024 * 1024, /* bytes of a file */
	PIECES_MARKS = 16 * 1024 * 1024, /* most small pieces of a file */
};

bool
pieces_suits(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job, uint64_t size)
{
	if (job->final == NULL || size == 0)
		return false;
	if (settings->store.resume && part_is_there(folder, job->final, true))
		return true;
	if (reuse_suits(&settings->store, folder, job->final, size))
		return true;
	/* A part that one connection has begun is continued by one. */
	return settings->jobs > 1 && size >= PIECES_LEAST &&
	    !(settings->store.resume &&
		part_is_there(folder, job->final, false));
}

uint64_t
pieces_offset(const struct pieces *pieces, size_t piece)
{
	return pieces_map_offset(&pieces->map, piece);
}

uint64_t
pieces_length(const struct pieces *pieces, size_t piece)
{
	return pieces_map_length(&pieces->map, piece);
}

uint64_t
pieces_here(const struct pieces *pieces)
{
	uint64_t here = 0;
	size_t i;

	for (i = 0; i < pieces->map.n; i++)
		if (pieces->map.marks[i] != 0)
			here += pieces_length(pieces, i);
	return here;
}

/* Takes the part file of an earlier run or try, if it is of this file. */
static bool
take_part(struct pieces *pieces)
{
	struct protocol_token token,
	    wanted = protocol_content_token(&pieces->attributes);
	bool is_same, is_other; /* content; file of the earlier naming */

	while (pieces->settings->store.resume) {
		pieces->fd = part_take(pieces->folder, pieces->whole->final,
		    true, pieces->part, &token);
		if (pieces->fd < 0)
			return false;
		is_same = protocol_token_equal(token, wanted) ||
		    protocol_token_equal(token, pieces->attributes.token);
		is_other =
		    token.id != 0 && token.id != pieces->attributes.token.id;
		if (!is_other &&
		    pieces_map_take(&pieces->map, pieces->fd, is_same) == 0)
			return true;
		pieces_discard(pieces);
	}
	return false;
}

/* Makes a part file. Returns as pieces_begin does. */
static int
make_part(struct pieces *pieces, struct failure *failure)
{
	bool is_refused;

	pieces->fd = part_create_mapped(pieces->folder, pieces->whole->final,
	    protocol_content_token(&pieces->attributes),
	    stamp_mode(pieces->folder, &pieces->attributes), pieces->part);
	if (pieces->fd < 0) {
		pieces->part[0] = '\0';
		return errno == EEXIST ?
		    0 :
		    write_failure_set_create(pieces->folder,
			&pieces->settings->store, failure);
	}
	if (pieces_map_make(&pieces->map, pieces->fd) == 0)
		return 1;
	/* Some file systems only write a file from its first byte to its last:
	 * a single connection can do that. */
	is_refused = errno == EPERM || errno == EINVAL || errno == ENOSYS ||
	    errno == EOPNOTSUPP || errno == ESPIPE;
	write_failure_set(pieces->folder, -1, false, failure);
	pieces_discard(pieces);
	return is_refused ? 0 : -1;
}

/* Returns the bytes that need no more room: those on the disk, also of pieces
 * that have not come whole. */
static uint64_t
room_taken(const struct pieces *pieces)
{
	uint64_t here = pieces_here(pieces), size = pieces->attributes.size,
		 taken;
	struct stat stat;

	if (fstat(pieces->fd, &stat) != 0)
		return here;
	taken = (uint64_t)stat.st_blocks * 512;
	if (taken < here)
		return here;
	return taken < size ? taken : size;
}

static int
open_part(struct pieces *pieces, struct failure *failure)
{
	const struct store_settings *store = &pieces->settings->store;
	uint64_t size = pieces->attributes.size, here;
	bool is_taken;

	if (failure_check_size(failure, size, store->max_size) != 0 ||
	    folder_check_name(pieces->folder, pieces->whole->final, store,
		failure) < 0)
		return -1;
	is_taken = take_part(pieces);
	here = is_taken ? room_taken(pieces) : 0;
	if (disk_space_check(pieces->folder, size,
		store->any_room ? 0 : size - here, failure) != 0)
		return -1;
	return is_taken ? 1 : make_part(pieces, failure);
}

struct job *
pieces_free(struct pieces *pieces)
{
	struct job *whole = pieces->whole;

	if (pieces->part[0] != '\0')
		part_remember(pieces->folder, pieces->part);
	if (pieces->fd >= 0)
		close(pieces->fd);
	if (whole->tree != NULL)
		tree_folder_close(whole->tree);
	reuse_close(&pieces->reuse);
	pieces_map_close(&pieces->map);
	free(pieces);
	return whole;
}

/* Returns the bytes of a piece. The map of a very large file stays small. */
static uint64_t
choose_piece(const struct pieces *pieces)
{
	uint64_t most = (uint64_t)PIECES_MARKS * PIECES_MAP_SMALL;

	return pieces->reuse.fd >= 0 && pieces->attributes.size <= most ?
	    PIECES_MAP_SMALL :
	    PIECES_MAP_LARGE;
}

int
pieces_begin(const struct transfer_settings *settings, struct folder *folder,
    struct job *whole, const struct protocol_attributes *attributes,
    struct pieces **made, struct failure *failure)
{
	struct pieces *pieces = calloc(1, sizeof(*pieces));
	int result;

	if (pieces == NULL)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	if (whole->tree != NULL &&
	    tree_folder_open(whole->tree, failure) != 0) {
		free(pieces);
		return -1;
	}
	pieces->settings = settings;
	pieces->whole = whole;
	pieces->folder = whole->tree == NULL ? folder : &whole->tree->folder;
	pieces->attributes = *attributes;
	pieces->fd = -1;
	reuse_open(&pieces->reuse, &settings->store, pieces->folder,
	    whole->final);
	pieces_map_open(&pieces->map, attributes->size, choose_piece(pieces));
	STAILQ_INIT(&pieces->returned);
	result = open_part(pieces, failure);
	pieces->left = pieces->map.n;
	if (result == 1)
		*made = pieces;
	else
		(void)pieces_free(pieces);
	return result;
}

/* Returns a job for a piece. If memory is short, gives the file up, since
 * nothing would ask for this piece again, and returns NULL. */
static struct job *
new_job(struct pieces *pieces, size_t number, enum job_stage stage)
{
	struct job *job = job_new_piece(pieces, number, stage,
	    pieces->whole->name, pieces->whole->name_len);
	struct failure failure;

	if (job == NULL) {
		failure_set(&failure, EXIT_LOCAL, "out of memory");
		pieces_give_up(pieces, &failure);
		return NULL;
	}
	pieces->out++;
	return job;
}

/* Chooses the first stage of the next piece. Returns false if it has to wait
 * until others have been compared with the older copy. */
static bool
choose_stage(struct pieces *pieces, enum job_stage *stage)
{
	enum reuse_choice choice;

	*stage = JOB_PIECE_PROOF;
	if (pieces->map.marks[pieces->at] != 0)
		return true;
	choice = reuse_choose(&pieces->reuse, pieces_offset(pieces, pieces->at),
	    pieces_length(pieces, pieces->at));
	*stage = choice == REUSE_COMPARE ? JOB_PIECE_REUSE : JOB_PIECE;
	return choice != REUSE_WAIT;
}

struct job *
pieces_take_next(struct pieces *pieces)
{
	struct job *job = STAILQ_FIRST(&pieces->returned);
	enum job_stage stage;

	if (pieces->is_over)
		return NULL;
	if (job != NULL) {
		STAILQ_REMOVE_HEAD(&pieces->returned, next);
		return job;
	}
	if (pieces->at == pieces->map.n || !choose_stage(pieces, &stage))
		return NULL;
	job = new_job(pieces, pieces->at, stage);
	pieces->at += job != NULL;
	return job;
}

/* Adds a job that concerns all pieces. Returns 1, or -1 if memory is short. */
static int
ask_about_all(struct pieces *pieces, enum job_stage stage)
{
	struct job *job = new_job(pieces, 0, stage);

	if (job == NULL)
		return -1;
	STAILQ_INSERT_TAIL(&pieces->returned, job, next);
	return 1;
}

/* Ends a proof of all pieces by the file's id, which means one file on one
 * server alone. Returns 0, or -1 with the file given up. */
static int
end_proving(struct pieces *pieces)
{
	struct failure failure;

	if (!origin_has_several(&pieces->origin))
		return 0;
	failure_set(&failure, EXIT_CHANGED, "it changed while it was fetched");
	pieces_give_up(pieces, &failure);
	return -1;
}

int
pieces_go_on(struct pieces *pieces)
{
	bool is_one = origin_is_one(&pieces->origin) || pieces->is_proved;

	if (pieces->form != JOB_FORM_ANY) {
		if (!is_one)
			return ask_about_all(pieces, JOB_PIECE_WHOLE);
		if (pieces->settings->store.verify || pieces->has_looked ||
		    pieces->is_proved)
			return 0;
		pieces->has_looked = true;
		return ask_about_all(pieces, JOB_PIECE_LOOK);
	}
	if (pieces->is_proving && !pieces->is_dirty)
		return end_proving(pieces);
	pieces->is_proving = true;
	pieces->is_dirty = false;
	origin_clear(&pieces->origin);
	pieces->at = 0;
	pieces->left = pieces->map.n;
	return 1;
}

void
pieces_give_up(struct pieces *pieces, const struct failure *failure)
{
	if (!pieces->is_over)
		pieces->failure = *failure;
	pieces->is_over = true;
}

int
pieces_mark(struct pieces *pieces, size_t piece)
{
	pieces->left--;
	return pieces_map_set(&pieces->map, pieces->fd, piece, 1);
}

void
pieces_unmark(struct pieces *pieces, size_t piece)
{
	(void)pieces_map_set(&pieces->map, pieces->fd, piece, 0);
}

int
pieces_finish(struct pieces *pieces, struct failure *failure)
{
	const char *final = pieces->whole->final;
	int result;

	reuse_close(&pieces->reuse);
	result = ftruncate(pieces->fd, (off_t)pieces->attributes.size) == 0 ?
	    publish_part(pieces->folder, pieces->fd, pieces->part, final,
		&pieces->attributes, &pieces->settings->store, failure) :
	    write_failure_set(pieces->folder, -1, false, failure);
	if (result != 0) {
		if (!pieces->settings->store.resume ||
		    !write_failure_keeps_part(errno))
			pieces_discard(pieces);
		return -1;
	}
	pieces->part[0] = '\0';
	part_remove_stale(pieces->folder, final);
	return 0;
}

void
pieces_discard(struct pieces *pieces)
{
	if (pieces->part[0] != '\0')
		part_remove(pieces->folder, pieces->part, pieces->fd);
	pieces->part[0] = '\0';
	pieces->fd = -1;
}
