#ifndef SERVER_KEPT_H
#define SERVER_KEPT_H

/*
 * The kept file of a session. A file that a client follows, or that was
 * modified while it was sent, stays open after the request: when its name
 * leads to another file by now, or to none, that client can still read it to
 * its end, or have it digested. One a session; its thread alone uses it.
 *
 * A kept file is no way around what is allowed: it was opened by its name
 * before, it is given up once its mode or owner changes, and it is never held
 * for long. Times are those of common/clock.h.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "server/root.h"

/* A file that was not asked for so long is closed, ... */
#define KEPT_IDLE (20 * CLOCK_SEC)
/* ... and so is one whose name was found to lead elsewhere so long ago: the
 * disk space of a file that was removed is then given back. */
#define KEPT_AWAY (60 * CLOCK_SEC)

/* How many more files all sessions together may keep. */
struct kept_places {
	atomic_uint free;
};

struct kept {
	struct kept_places *places;
	struct root_file file; /* fd -1: none is kept */
	uint64_t id;	       /* its token's */
	int64_t asked;	       /* when it was last asked for */
	int64_t away;	       /* since when its name leads elsewhere; 0: it
				  does not */
};

/* Begins with no file; places outlives it. */
void kept_init(struct kept *kept, struct kept_places *places);

/*
 * Keeps a file that was just opened by its name, in place of the one before.
 * Takes its descriptor over (file->fd is -1 then), unless this very file is
 * kept already or no place is free: then file stays the caller's to close.
 */
void kept_keep(struct kept *kept, struct root_file *file, int64_t now);

/*
 * The kept file, with its state now, for a request with this token whose name
 * leads to another file or to none. NULL if the token names another file or a
 * certain version, or if the file may be had no longer; it is closed then.
 */
struct root_file *kept_find(struct kept *kept, struct protocol_token token,
    int64_t now);

/* When it must be closed if nothing is asked; CLOCK_NEVER: none is kept. */
int64_t kept_until(const struct kept *kept);

/* Closes the file if it was kept for long enough. */
void kept_expire(struct kept *kept, int64_t now);

/* Closes the file, if one is kept, and gives its place back. */
void kept_release(struct kept *kept);

#endif
