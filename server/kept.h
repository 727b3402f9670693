#ifndef SERVER_KEPT_H
#define SERVER_KEPT_H

/*
 * The kept file of a session. A file that a client follows, or that was
 * modified while it was sent, stays open after its request. If its name is then
 * given to another file or removed, the client can still read the kept file to
 * its end or ask for its digest. A session keeps one file at most; the
 * session's thread alone uses it.
 *
 * A client gains no access by it: the file was opened by its name before, and
 * is closed when its mode or owner changes, or after the times below. All times
 * are those of clock_now().
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "server/root.h"

/* Time without a request for the kept file, after which it is closed. */
#define KEPT_IDLE (20 * CLOCK_SEC)
/* Time since its name was found to lead elsewhere, after which it is closed: a
 * removed file's disk space must become free. */
#define KEPT_AWAY (60 * CLOCK_SEC)

/* Shared by all sessions. */
struct kept_places {
	atomic_uint free; /* further files that may be kept; guards nothing */
};

struct kept {
	struct kept_places *places;
	struct root_file file; /* fd -1: no file is kept */
	uint64_t id;	       /* of the file's token */
	int64_t asked;	       /* time of the last request for it */
	int64_t away;	       /* time its name led elsewhere; 0: never */
};

/* Starts with no file kept; places outlives kept. */
void kept_init(struct kept *kept, struct kept_places *places);

/* Keeps a file just opened by its name, instead of any other. Takes over the
 * descriptor and sets file->fd to -1, unless the same file is kept already or
 * no place is free. */
void kept_keep(struct kept *kept, struct root_file *file, int64_t now);

/*
 * Returns the kept file, its state updated, for a request with this token whose
 * name leads elsewhere; kept still owns the file. Returns NULL if the token is
 * of another file or asks for one exact version; or, after closing the kept
 * file, if its time is over or its mode or owner has changed.
 */
struct root_file *kept_find(struct kept *kept, struct protocol_token token,
    int64_t now);

/* Returns when kept_expire closes the file; CLOCK_NEVER if none is kept. */
int64_t kept_until(const struct kept *kept);

/* Closes the file if its time is over at now. */
void kept_expire(struct kept *kept, int64_t now);

/* Closes the file, if one is kept, and frees its place. */
void kept_release(struct kept *kept);

#endif
