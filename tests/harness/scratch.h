#ifndef HARNESS_SCRATCH_H
#define HARNESS_SCRATCH_H

/*
 * Each test's own folder, below $TMPDIR or /tmp. It holds "served", which
 * servers serve, "outside" beside it, which no client may ever see, and
 * "here", where fileget is run. Names are relative to the test's folder.
 * Failures are failures of the test.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	SCRATCH_PATH = 4096
}; /* bytes */

/* In main: the folder above those of the tests. */
void scratch_open(void);
void scratch_close(void);

/* The checked fixture of every case (see harness_case). */
void scratch_setup(void);
void scratch_teardown(void);

/* The test's folder, as a descriptor for the *at calls; not to be closed. */
int scratch_fd(void);

/* The absolute path of a name; returns path. */
const char *scratch_path(char path[SCRATCH_PATH], const char *name);

/* A file of these bytes, or of a NUL-terminated text. */
void scratch_write(const char *name, const void *bytes, size_t len);
void scratch_text(const char *name, const char *text);

/* Puts a text behind what a file has, in one write. */
void scratch_append(const char *name, const char *text);

/* A file of size pseudo-random bytes; the same seed, the same bytes. */
void scratch_fill(const char *name, uint64_t size, uint64_t seed);

/* Replaces len bytes of a file in place by those of another seed. */
void scratch_overwrite(const char *name, uint64_t offset, size_t len,
    uint64_t seed);

/* A file of size zeros that takes no room on the disk; also changes a size. */
void scratch_sparse(const char *name, uint64_t size);

void scratch_mkdir(const char *name);
void scratch_symlink(const char *target, const char *name);
void scratch_rename(const char *from, const char *to);
void scratch_remove(const char *name);

/* Empties a folder. */
void scratch_clear(const char *name);

/* A modification time long ago, so that any later change shows. */
void scratch_age(const char *name);

/* Reads a whole file, NUL-terminated; the caller frees. NULL: there is none */
char *scratch_read(const char *name, size_t *len);

/* Waits until a file has at least so many bytes. */
void scratch_await_size(const char *name, uint64_t size);

/* Whether there is such a name. */
int scratch_exists(const char *name);

/* How many entries a folder has, without "." and "..". */
unsigned scratch_count(const char *name);

#endif
