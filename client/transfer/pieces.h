#ifndef CLIENT_TRANSFER_PIECES_H
#define CLIENT_TRANSFER_PIECES_H

/*
 * A large file that is fetched in pieces, over all connections that there are.
 * Each piece is verified and written in its place into one part file; a map
 * behind the bytes says which pieces are there. A later run proves those and
 * fetches the others. The queue's lock is held.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/transfer/job.h"
#include "client/transfer/settings.h"
#include "client/store/part.h"
#include "common/protocol.h"

enum {
	PIECES_MOST = 16, /* files in pieces at a time */
};

struct pieces {
	STAILQ_ENTRY(pieces) next;
	const struct transfer_settings *settings;
	struct job *whole;     /* the file, in JOB_SPLIT and in no list */
	struct folder *folder; /* of the part file */
	struct protocol_attributes attributes;
	int fd;			  /* of the part file, locked */
	uint8_t *map;		  /* a byte for each piece: 1 if it is here */
	size_t n;		  /* pieces */
	size_t at;		  /* the first that no job was made for */
	size_t left;		  /* those not verified in this run */
	size_t out;		  /* jobs for pieces, wherever they are */
	struct job_list returned; /* of these, those to be asked for again */
	/* The file's version has moved on: pieces are asked for by its id
	 * alone. When all are here they are proved once more, so that they are
	 * known to have stood in the file together. */
	bool by_id;
	bool is_proving; /* for this they are asked for now */
	bool is_dirty;	 /* one of them was not what it should be */
	bool has_looked; /* a JOB_PIECE_LOOK has been made */
	bool is_over;	 /* no more pieces are fetched: failure says why */
	struct failure failure;
	char part[PART_NAME];
};

/* Returns whether a file of this size is to be fetched in pieces, by the
 * settings and by the part that an earlier run has left. folder is open. */
bool pieces_suits(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job, uint64_t size);

/*
 * Makes the part file, or takes the one that is there. Returns 1 with *made,
 * which has the job whole from then on; 0 if another process works at the part,
 * or the file system takes no pieces, and one connection is to fetch the file;
 * -1 with the failure set. folder is the target folder.
 */
int pieces_begin(const struct transfer_settings *settings,
    struct folder *folder, struct job *whole,
    const struct protocol_attributes *attributes, struct pieces **made,
    struct failure *failure);

/* Returns a job for a piece that is to be asked for, in no list; NULL if there
 * is none, or no memory for it: then no more pieces are fetched. */
struct job *pieces_take_next(struct pieces *pieces);

/* Frees a job for a piece that is in no list. */
void pieces_remove_job(struct job *job);

/*
 * All pieces are here, and no job for one is left. Returns 0 if the file is
 * whole; 1 if others have been made ready: to prove all pieces again (by_id),
 * or to ask for the file's state where no digest was sent; -1 without memory,
 * and no more pieces are fetched.
 */
int pieces_go_on(struct pieces *pieces);

/* Ends the fetching of pieces because of a failure, of which the first stays.
 */
void pieces_give_up(struct pieces *pieces, const struct failure *failure);

/* Returns where a piece begins, and how many bytes it has. */
uint64_t pieces_offset(size_t piece);
uint64_t pieces_length(const struct pieces *pieces, size_t piece);

/* Returns how many bytes are here, by the map. */
uint64_t pieces_here(const struct pieces *pieces);

/* Notes in the map that a piece is here and verified. 0, or -1 with errno. */
int pieces_mark(struct pieces *pieces, size_t piece);

/* Notes in the map that a piece is not here. */
void pieces_unmark(struct pieces *pieces, size_t piece);

/*
 * Publishes the part file, all of whose pieces are here. Returns 0, or -1 with
 * the failure set; then the part file is gone, unless what was in the way may
 * go away (store/write_failure.h) and --no-resume was not given.
 */
int pieces_finish(struct pieces *pieces, struct failure *failure);

/* Removes the part file. */
void pieces_discard(struct pieces *pieces);

/* Frees the pieces, of which there are no jobs; leaves the part file where it
 * is, if it is there. Returns the file's job. */
struct job *pieces_free(struct pieces *pieces);

#endif
