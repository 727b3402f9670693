#ifndef CLIENT_FOLLOW_ROTATION_H
#define CLIENT_FOLLOW_ROTATION_H

/*
 * Log rotation: the followed name leads to one file after another. Decides
 * which file is read, when the old one has been read to its end, and which
 * file comes next; notes about that go to the report. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/follow/printed.h"
#include "client/follow/rotated_files.h"
#include "client/follow/rotation_notes.h"
#include "client/follow/same_log.h"
#include "client/follow/tail_stage.h"
#include "client/ui/report.h"

enum {
	ROTATION_KNOWN = 8, /* ids kept: the last files that were read */
};

struct rotation {
	/* ---- borrowed ---- */
	struct report *report;
	const char *name; /* the followed name */
	const struct printed *printed;
	struct failure *failure;

	/* ---- the file that is read, for others to look at ---- */
	char *elsewhere; /* its name if that is not the followed one; or NULL */
	uint64_t id;	 /* its id; 0: any file of that name */
	bool is_new;	 /* no reply has brought bytes of it */
	bool begun;	 /* some file has been read */
	struct same_log same; /* the file that the followed name leads to, by
				  the last STAT */

	/* ---- private ---- */
	int64_t mtime_ns; /* of the file, in the last reply with bytes */
	enum rotation_reason reason;
	bool told;	     /* the replacement was reported */
	bool gone;	     /* the missing name was reported */
	bool ready;	     /* the new file is to be read next */
	bool given_up;	     /* the old file was not found */
	bool missing;	     /* bytes may be missing: to be reported */
	int64_t other_since; /* time from which the name leads to another
				file; 0: it does not */
	uint64_t other_id;   /* id of that file */
	uint64_t passed;     /* id of a file that had the name in between and
				was not read; 0: none */
	int64_t fresh_since; /* time of the last new bytes */
	int64_t read_since;  /* time of the last successful read */
	enum rotated_files_wanted wanted;
	int64_t search_due;   /* time of the next search */
	int64_t search_pause; /* pause after that search, if in vain */
	uint64_t known[ROTATION_KNOWN]; /* ids; [0]: the file that is read, the
					   last one: of the followed name */
	struct rotated_files between;	/* files to read before the new one */
};

/* The replies to a step of TAIL_READ. */
struct rotation_look {
	enum protocol_status read;  /* of FETCH */
	uint64_t fresh;		    /* bytes printed */
	bool is_first;		    /* these are the first of the file */
	bool has_more;		    /* the file has more of them */
	bool is_damaged;	    /* the trailer has another digest */
	bool is_truncated;	    /* the file is shorter than was printed */
	bool is_other;		    /* the last printed bytes have changed */
	enum protocol_status named; /* of STAT: the followed name */
	uint64_t named_id;
	uint64_t named_size; /* bytes */
};

/* The pointers are borrowed. rotation_close frees what the struct owns. */
void rotation_open(struct rotation *rotation, struct report *report,
    const char *name, const struct printed *printed, struct failure *failure);
void rotation_close(struct rotation *rotation);

/* Sets the first file to read, by its id; 0: any file of the name. To be called
 * before a reply brings bytes. */
void rotation_begin_with(struct rotation *rotation, uint64_t id);

/* Returns the name to read the file by. */
const char *rotation_file_name(const struct rotation *rotation);

/* Notes the attributes of a reply whose bytes follow those printed. Returns
 * true if they are the first of the file. */
bool rotation_note_bytes(struct rotation *rotation,
    const struct protocol_attributes *attributes);

/* These return the event that ends a step; TAIL_FAILED with the failure set. */

/* Decides what follows from the replies to TAIL_READ. */
enum tail_event rotation_decide(struct rotation *rotation,
    const struct rotation_look *look);

/* The file was truncated or rewritten: looks for a copy of its old content. */
enum tail_event rotation_restart(struct rotation *rotation,
    enum rotation_reason reason);

/* Decide after TAIL_OTHER_ID. rotation_go_on: the file of the followed name,
 * with these attributes, begins with the printed bytes; it is read from behind
 * them. rotation_leave_other: it does not; the search for the old file goes on,
 * or is given up. */
enum tail_event rotation_go_on(struct rotation *rotation,
    const struct protocol_attributes *attributes);
enum tail_event rotation_leave_other(struct rotation *rotation);

/* The server has no file of this id and name: looks for its new name. */
enum tail_event rotation_find_old(struct rotation *rotation);

/* Searches the folder, over a connection that is there (TAIL_SEARCH). */
enum tail_event rotation_search(struct rotation *rotation,
    struct connection *connection);

#endif
