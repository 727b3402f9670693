#ifndef CLIENT_FOLLOW_TAIL_H
#define CLIENT_FOLLOW_TAIL_H

/*
 * A file that is followed as it grows: what is to be asked next, and what
 * becomes of the reply. The connection, the waiting and the end are those of
 * follow/follow.c; what is done when the name comes to stand for another file
 * is in follow/rotation.c. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/follow/printed.h"
#include "client/wire/connection.h"
#include "client/follow/rotated_files.h"
#include "client/follow/settings.h"
#include "client/ui/report.h"

/* What is asked next. */
enum tail_stage {
	TAIL_READ,   /* the last bytes that are here, what stands behind them,
			and what the name leads to */
	TAIL_PROVE,  /* the digest of the bytes that were not proved */
	TAIL_REREAD, /* these themselves, where a digest cannot be had */
	TAIL_HEAD,   /* the first bytes, since later ones are others now */
	TAIL_SEARCH, /* the folder, for files beside it */
};

/* The outcome of a step. */
enum tail_outcome {
	TAIL_DONE,   /* there is no more for now */
	TAIL_MORE,   /* bytes have come, and there are more */
	TAIL_AGAIN,  /* something else is to be asked first */
	TAIL_ABSENT, /* there is no such name, failure says so */
	TAIL_CLOSED, /* the connection ended before a byte of the reply, */
	TAIL_LOST,   /* or is of no use; failure says why */
	TAIL_FAILED, /* for good; failure says why */
};

/* Why the next bytes to be written are the first of a file. */
enum tail_anew {
	TAIL_FIRST,    /* it is the first file */
	TAIL_REPLACED, /* the name leads to another one */
	TAIL_SHORTER,  /* it has become shorter */
	TAIL_REWRITTEN,
};

enum {
	TAIL_KNOWN = 8, /* ids of files that were read last */
};

/* The fields are follow/tail.c's and follow/rotation.c's own, but for failure
 * and begun. */
struct tail {
	const struct follow_settings *settings;
	struct report *report;
	const char *name;
	char *elsewhere; /* the name by which the file is read, if it is
			    another one; or NULL */
	enum tail_stage stage;
	struct printed printed;
	uint64_t id;	  /* of the file; 0: whichever it is */
	bool begins;	  /* no reply has brought bytes of it yet */
	uint64_t version; /* in the last reply with bytes */
	int64_t mtime_ns; /* the same */
	bool begun;	  /* the name has been there */
	struct failure failure;

	/* ---- follow/rotation.c's ---- */
	enum tail_anew anew;
	bool told;	     /* that it was replaced */
	bool gone;	     /* the name is not there, as was said */
	bool ready;	     /* another file has the name, and bytes */
	bool given_up;	     /* the old file was not found */
	bool missing;	     /* bytes of it may be, as is to be said */
	int64_t other_since; /* another file has the name; 0: none */
	uint64_t other_id;   /* of that one */
	uint64_t passed;     /* of one that had the name, and was not read */
	int64_t fresh_since; /* the last new bytes came, */
	int64_t read_since;  /* or there were none */
	enum rotated_files_wanted wanted;
	int64_t search_due;	    /* not before, unless something was found */
	int64_t search_pause;	    /* after the next search in vain */
	uint64_t known[TAIL_KNOWN]; /* [0]: the file that is read; the last one:
				       what the name leads to */
	struct rotated_files between; /* yet to be read */
	uint8_t last[PRINTED_LAST];   /* what stands there now instead of
					  printed.last */
};

/* The findings from the replies of TAIL_READ. */
struct tail_look {
	enum protocol_status read;  /* of the file */
	uint64_t fresh;		    /* bytes written */
	bool first;		    /* the first ones of this file */
	bool more;		    /* there are more */
	bool damaged;		    /* they are not what the digest says */
	bool shorter;		    /* than what was written of it */
	bool other;		    /* its last bytes are others now */
	enum protocol_status named; /* of what the name leads to */
	uint64_t named_id;
	uint64_t named_size; /* bytes */
};

/* name is borrowed. */
void tail_open(struct tail *tail, const struct follow_settings *settings,
    struct report *report, const char *name);
void tail_close(struct tail *tail);

/* Asks one thing over the link, which is connected, receives the reply and
 * acts on it. */
enum tail_outcome tail_step(struct tail *tail, struct connection *connection);

/* ---- for follow/rotation.c
 * ------------------------------------------------------ */

/* Sets the failure; returns TAIL_FAILED. */
enum tail_outcome tail_fail(struct tail *tail, enum exit_code code,
    const char *why);

/* Goes on with the file that is read: by proving what was not proved first. */
enum tail_outcome tail_go_on(struct tail *tail);

#endif
