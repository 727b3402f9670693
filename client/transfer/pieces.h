#ifndef CLIENT_TRANSFER_PIECES_H
#define CLIENT_TRANSFER_PIECES_H

/*
 * A large file that is fetched in pieces, over whatever connections there
 * are: each piece is verified and written in its place into one part file,
 * behind whose bytes a map says which ones are there. A later run proves
 * those, and fetches the others. Under the lock of transfer/job_queue.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"
#include "client/store/part.h"
#include "common/protocol.h"

enum {
	PIECES_MOST = 16, /* files in pieces at a time */
};

struct pieces {
	STAILQ_ENTRY(pieces) next;
	const struct transfer_settings *settings;
	struct job *whole;     /* the file; in no list meanwhile */
	struct folder *folder; /* where the part file is */
	struct protocol_attributes attributes;
	int fd;			  /* of the part file, locked */
	uint8_t *map;		  /* of each piece, as it stands in the file */
	size_t n;		  /* pieces */
	size_t at;		  /* the first that no job was made for */
	size_t left;		  /* those not verified in this run */
	size_t out;		  /* jobs for pieces, wherever they are */
	struct job_list returned; /* of these, those to be asked for again */
	/* The file's state has moved on: pieces are asked for by its id alone,
	 * and when all are here they are proved once more, so that they are
	 * known to have stood in it together. */
	bool by_id;
	bool is_proving; /* for this they are asked for now */
	bool is_dirty;	 /* one was not what it should be */
	bool has_looked; /* JOB_PIECE_LOOK has been made */
	bool is_over;	 /* no more pieces: failure says why */
	struct failure failure;
	char part[PART_NAME];
};

/* Whether a file of this size is to be split, by the settings and by what an
 * earlier run has left. folder is the one it goes into, open. */
bool pieces_suits(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job, uint64_t size);

/*
 * Makes the part file or takes the one that is there: 1 with *made, which has
 * the job from then on; 0 if another process works on it, or the file system
 * takes no pieces, and one connection is to fetch it; -1 with the failure set.
 */
int pieces_begin(struct jobs *jobs, struct job *job,
    const struct protocol_attributes *attributes, struct pieces **made,
    struct failure *failure);

/* A job for a piece that is to be asked for, in no list; NULL if there is none
 * at the time, or no memory for it: then the split is over. */
struct job *pieces_next(struct jobs *jobs, struct pieces *pieces);

/*
 * All pieces are here, and no job for one is left: 1 if that is not enough and
 * others have been made ready (see by_id; without a digest the file's state is
 * asked for once more), 0 if the file is whole; -1 without memory, and the
 * split is over.
 */
int pieces_go_on(struct jobs *jobs, struct pieces *pieces);

/* No more pieces are of use: pieces_next makes none. The first failure stays.
 */
void pieces_give_up(struct pieces *pieces, const struct failure *failure);

/* Where a piece is, and how many bytes it has. */
uint64_t pieces_offset(size_t piece);
uint64_t pieces_length(const struct pieces *pieces, size_t piece);

/* Bytes that the map says are here. */
uint64_t pieces_here(const struct pieces *pieces);

/* Notes that a piece is here and verified. 0, or -1 with errno. */
int pieces_mark(struct pieces *pieces, size_t piece);

/* A piece that the map says is here is not what it should be. */
void pieces_unmark(struct pieces *pieces, size_t piece);

/*
 * All pieces are here: the part file gets time, mode and its final name. 0,
 * or -1 with the failure set; then the part file is gone, unless what was in
 * the way may go away (store/write_failure.h) and settings->store.resume is
 * set.
 */
int pieces_finish(struct pieces *pieces, struct failure *failure);

/* Removes the part file. */
void pieces_discard(struct pieces *pieces);

/* Drops jobs for pieces that are to be asked for again. */
void pieces_drop(struct jobs *jobs, struct pieces *pieces);

/* Leaves the part file where it is, if it is there, and gives the job back. */
struct job *pieces_free(struct jobs *jobs, struct pieces *pieces);

#endif
