#ifndef HARNESS_SCRATCH_H
#define HARNESS_SCRATCH_H

/*
 * A folder for each test, below $TMPDIR or /tmp. It contains "served", which
 * servers serve; "outside", which no client may see; and "here", in which
 * fileget runs. Names are relative to the test's folder. Failures fail the
 * test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCRATCH_PATH = 4096
}; /* bytes */

/* Make and remove the folder above those of the tests; called by main. */
void scratch_open(void);
void scratch_close(void);

/* The checked fixture of each case (see harness_case). */
void scratch_setup(void);
void scratch_teardown(void);

/* Returns a descriptor of the test's folder; the caller must not close it. */
int scratch_fd(void);

/* Writes the absolute path of a name. Returns path. */
const char *scratch_path(char path[SCRATCH_PATH], const char *name);

/* Write a file with these bytes, or with a NUL-terminated text. */
void scratch_write(const char *name, const void *bytes, size_t len);
void scratch_text(const char *name, const char *text);

/* Appends a text to a file in one write. */
void scratch_append(const char *name, const char *text);

/* Writes a file of size pseudo-random bytes, which depend on the seed only. */
void scratch_fill(const char *name, uint64_t size, uint64_t seed);

/* Replaces len bytes of a file in place by bytes of another seed. */
void scratch_overwrite(const char *name, uint64_t offset, size_t len,
    uint64_t seed);

/* Makes a file of size zero bytes that occupies no blocks, or changes the size
 * of a file. */
void scratch_sparse(const char *name, uint64_t size);

/* Returns whether the file system keeps holes: a file of zeros that were never
 * written occupies no blocks. */
bool scratch_keeps_holes(void);

void scratch_mkdir(const char *name);
void scratch_symlink(const char *target, const char *name);
void scratch_rename(const char *from, const char *to);
void scratch_remove(const char *name);

/* Removes all entries of a folder. */
void scratch_clear(const char *name);

/* Sets an old modification time, so that a later change shows. */
void scratch_age(const char *name);

/* Returns the contents of a file with a NUL, which the caller frees, or NULL if
 * there is no such file. */
char *scratch_read(const char *name, size_t *len);

/* Waits until a file has at least size bytes. */
void scratch_await_size(const char *name, uint64_t size);

/* Returns whether the name exists. */
int scratch_exists(const char *name);

/* Returns the number of entries of a folder, without "." and "..". */
unsigned scratch_count(const char *name);

#endif
