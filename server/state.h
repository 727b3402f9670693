#ifndef SERVER_STATE_H
#define SERVER_STATE_H

/*
 * The state of a file, as its file system knows it now. A network file system
 * or FUSE answers stat(2) from attributes that may be seconds old; here it is
 * made to ask its server (AT_STATX_FORCE_SYNC, statx(2), Linux 4.11). On other
 * file systems that costs nothing. A kernel without statx(2) gets fstat(2).
 * Any thread may call these.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

/* The state of an open descriptor, O_PATH included. 0, or -1 with errno. */
int state_of(int fd, struct stat *stat);

/*
 * The kind (S_IFMT of st_mode) of an entry of an open folder, of a link its
 * own; of the descriptor itself for entry "". Nothing changes a kind, so no
 * server is asked. 0, or -1 with errno.
 */
int state_kind(int folder, const char *entry, mode_t *kind);

/*
 * The state of an entry of an open folder; of a link, its own. Mounts nothing.
 * 0, or -1 with errno.
 */
int state_of_entry(int folder, const char *entry, struct stat *stat);

/*
 * Asks for the state of an open descriptor again. Returns whether its size,
 * times and number of names are still those of before; if it cannot be had,
 * they are not. *size: bytes now, or 0.
 */
bool state_is_same(int fd, const struct stat *before, uint64_t *size);

/*
 * The time of last modification, in nanoseconds since 1970. INT64_MAX stands
 * for all that is later (from April 2262), INT64_MIN for all that is earlier
 * (before September 1677).
 */
int64_t state_mtime(const struct stat *stat);

/*
 * Works out the attributes of a state as they stand on the wire. Different
 * times make different tokens, also where the mtime does not fit.
 */
void state_attributes(const struct stat *stat,
    struct protocol_attributes *attributes);

#endif
