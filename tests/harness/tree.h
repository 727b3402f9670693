#ifndef HARNESS_TREE_H
#define HARNESS_TREE_H

/*
 * Makes, counts and compares trees of folders. Names are relative to the
 * scratch folder. Failures fail the test.
 */

#include <sys/types.h>

#include <stdint.h>

/* Makes the missing parent folders of a name ("a/b/f": a and b). */
void tree_make_way(const char *name);

/* Writes a file of size pseudo-random bytes and makes its parent folders. */
void tree_fill(const char *name, uint64_t size, uint64_t seed);

/* Writes n files "<folder>/f<number>", each with a few different bytes. */
void tree_fill_many(const char *folder, unsigned n);

/*
 * Sets the mode and the mtime (nanoseconds since 1970) of a file or folder.
 * Call it for folders last, the deepest first, since other changes move their
 * times.
 */
void tree_dress(const char *name, mode_t mode, int64_t mtime_ns);

/*
 * Checks that two trees have the same names, and each entry the same type,
 * SHA-256, mtime and mode (without the umask); for example "here/newx" and
 * "served/x".
 */
void tree_expect_same(const char *got, const char *wanted, const char *what);

/* Return the number of files and folders below a folder at any depth, and the
 * number of files whose names have this ending. */
unsigned tree_count(const char *folder);
unsigned tree_count_ending(const char *folder, const char *end);

/* Gives the owner all rights on all folders, so that they can be removed. */
void tree_undress(const char *folder);

#endif
