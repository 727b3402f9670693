#ifndef HARNESS_TREE_H
#define HARNESS_TREE_H

/*
 * Folders with what is in them: made, counted and compared. Names are
 * relative to the scratch folder. Failures are failures of the test.
 */

#include <sys/types.h>

#include <stdint.h>

/* Any folders that are missing on the way to a name ("a/b/f": a and b). */
void tree_make_way(const char *name);

/* A file of size pseudo-random bytes, with the folders it needs. */
void tree_fill(const char *name, uint64_t size, uint64_t seed);

/* So many files "<folder>/f<number>", each a few bytes of its own. */
void tree_fill_many(const char *folder, unsigned n);

/*
 * What a file or folder has besides its contents. The time is that of the
 * epoch plus so many ns. Folders last, the deepest first.
 */
void tree_dress(const char *name, mode_t mode, int64_t mtime_ns);

/*
 * That both have the same names, and these the same type, SHA-256, time (ns)
 * and mode less umask (octal); that of "served", say, and "here/newx".
 */
void tree_expect_same(const char *got, const char *wanted, const char *what);

/* How many files and folders are below, at any depth; and how many files have
 * names that end so. */
unsigned tree_count(const char *folder);
unsigned tree_count_ending(const char *folder, const char *end);

/* Gives all folders rights, so that they can be looked into and removed. */
void tree_undress(const char *folder);

#endif
