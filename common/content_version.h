#ifndef COMMON_CONTENT_VERSION_H
#define COMMON_CONTENT_VERSION_H

/*
 * The content version of a file: a hash of its size and its mtime, which server
 * and client both compute from the attributes on the wire. All replicas of a
 * file that were copied with their times have the same one, and it survives a
 * remount, a new link and a chmod. Equal content versions are a reason to try,
 * not a proof of equal bytes. common/PROTOCOL.md defines it.
 */

#include <stdint.h>

/* Returns the content version of a file of size bytes that was modified
 * mtime_ns nanoseconds after 1970, limited as on the wire; never 0. */
uint64_t content_version_of(uint64_t size, int64_t mtime_ns);

#endif
