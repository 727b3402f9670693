#ifndef CLIENT_TRANSFER_PIECES_H
#define CLIENT_TRANSFER_PIECES_H

/* A large file that is fetched in pieces, over all connections that there are.
 * Each piece is verified and written in its place into one part file; a map
 * behind the bytes says which pieces are there. A later run proves those and
 * fetches the others. The queue's lock is held. */

#include <stdbool.h>
#include <stdint.h>

#include "client/store/part.h"
#include "client/transfer/job.h"
#include "client/transfer/pieces_map.h"
#include "client/transfer/reuse.h"
#include "client/transfer/settings.h"
#include "client/ui/failure.h"
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
	int fd; /* of the part file, locked */
	struct pieces_map map;
	struct reuse reuse;	  /* an older copy that is here */
	size_t at;		  /* the first that no job was made for */
	size_t left;		  /* those not verified in this run */
	size_t out;		  /* jobs for pieces, wherever they are */
	struct job_list returned; /* of these, those to be asked for again */
	/* JOB_FORM_ANY: the version moved on. Pieces are asked for by id alone,
	 * and at the end proved once more to have stood in the file together.
	 */
	enum job_form form;
	struct origin origin; /* of the pieces that were verified in this run */
	uint64_t refused;     /* set of servers that take no part in it */
	bool is_proved;	 /* by a JOB_PIECE_WHOLE: the origin is no matter */
	bool disagrees;	 /* servers have different bytes of one version */
	bool is_proving; /* pieces are being proved once more */
	bool is_dirty;	 /* a piece failed that proof */
	bool has_looked; /* a JOB_PIECE_LOOK has been made */
	bool is_over;	 /* no more pieces are fetched: failure says why */
	struct failure failure;
	char part[PART_NAME];
};

/* Returns whether a file of this size is to be fetched in pieces, by the
 * settings and by the part that an earlier run has left. folder is open. */
bool pieces_suits(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job, uint64_t size);

/* Makes the part file, or opens that of an earlier run. Returns 1 with *made,
 * which then owns whole; 0 if one connection is to fetch the file, because
 * another process has the part or the file system takes no pieces; -1 with the
 * failure set. folder is the target folder. */
int pieces_begin(const struct transfer_settings *settings,
    struct folder *folder, struct job *whole,
    const struct protocol_attributes *attributes, struct pieces **made,
    struct failure *failure);

/* Returns a job for the next piece, in no list; NULL if there is none, or if
 * memory is short: the file is given up then. */
struct job *pieces_take_next(struct pieces *pieces);

/* Decides what follows when all pieces are here and none has a job. Returns 0
 * if the file is whole; 1 if there are jobs again: to prove all pieces once
 * more (JOB_FORM_ANY), to prove all bytes at once where they have several
 * origins, or to ask for the file's state where no digest was sent; -1 if the
 * file is given up. */
int pieces_go_on(struct pieces *pieces);

/* Ends the fetching of pieces. The first failure is kept. */
void pieces_give_up(struct pieces *pieces, const struct failure *failure);

/* Return where a piece begins, and its length, in bytes. */
uint64_t pieces_offset(const struct pieces *pieces, size_t piece);
uint64_t pieces_length(const struct pieces *pieces, size_t piece);

/* Returns the bytes of the pieces that are marked in the map. */
uint64_t pieces_here(const struct pieces *pieces);

/* Marks a piece that is here and verified. Returns 0, or -1 with errno. */
int pieces_mark(struct pieces *pieces, size_t piece);

/* Removes the mark of a piece. */
void pieces_unmark(struct pieces *pieces, size_t piece);

/* Publishes the part file, which has all pieces. Returns 0, or -1 with the
 * failure set; the part file is then kept only if a later run may succeed
 * (store/write_failure.h) and resume. */
int pieces_finish(struct pieces *pieces, struct failure *failure);

/* Removes the part file. */
void pieces_discard(struct pieces *pieces);

/* Frees the pieces, which have no jobs; keeps the part file. Returns the file's
 * job. */
struct job *pieces_free(struct pieces *pieces);

#endif
