#ifndef SERVER_STATE_H
#define SERVER_STATE_H

/*
 * The state of a file, read by statx(2) with AT_STATX_FORCE_SYNC: a network
 * file system or FUSE must ask its server and may not answer from attributes
 * that are seconds old. Other file systems answer as fast as without the flag.
 * Any thread may call these functions.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

/*
 * Reads the state of an entry of an open folder, without following a link or
 * mounting anything; entry "" is the descriptor itself, which may be O_PATH and
 * need not be a folder. Sets only the fields that the server uses. Returns 0,
 * or -1 with errno.
 */
int state_read(int folder, const char *entry, struct stat *stat);

/* Finds the kind (S_IFMT of st_mode) of an entry of an open folder, without
 * following a link; entry "" is the descriptor itself. A file's kind never
 * changes, so cached attributes are used. Returns 0, or -1 with errno. */
int state_kind(int folder, const char *entry, mode_t *kind);

/*
 * Reads the state of an open descriptor again. Returns true if size, mtime,
 * ctime or number of names differs from before, or the state cannot be read.
 * Sets *size to the size now, or to 0. Returns false if contents, mode and
 * owner are the same. A new ctime alone counts as a change, because a writer
 * can set the mtime back.
 */
bool state_has_changed(int fd, const struct stat *before, uint64_t *size);

/* Returns the mtime in nanoseconds since 1970; INT64_MAX for later times (from
 * April 2262), INT64_MIN for earlier ones (before September 1677). */
int64_t state_mtime(const struct stat *stat);

/* Converts a state to the attributes on the wire. Different times give
 * different tokens, even where the mtime exceeds 64 bits. */
void state_attributes(const struct stat *stat,
    struct protocol_attributes *attributes);

#endif
