#ifndef CRASH_GOODS_H
#define CRASH_GOODS_H

/*
 * The files that are served, their names after a fetch, and the older files of
 * these names. At any moment each name must hold the older file unchanged or
 * the whole new one; or nothing, if there was no older one. Names are relative
 * to the scratch folder. Errors fail the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/harness/sum.h"

enum {
	GOODS_MOST = 256, /* files */
	GOODS_PATH = 80,  /* bytes */
};

struct good {
	char path[GOODS_PATH]; /* below the target folder */
	uint64_t size;
	struct sum fresh;
	bool has_old;
	struct sum old;
};

struct goods {
	size_t n;
	uint64_t size; /* bytes of all files */
	struct good all[GOODS_MOST];
};

enum goods_state {
	GOODS_ABSENT,
	GOODS_OLD,
	GOODS_NEW,
	GOODS_WRONG,
};

/* Serves a file of size bytes as "served/NAME", to be fetched as PATH. With
 * old, an older file has that name. */
void goods_add(struct goods *goods, const char *name, const char *path,
    uint64_t size, bool has_old);

/* Creates the older files in a folder, with the folders above them. */
void goods_put_old(const struct goods *goods, const char *folder);

/* Returns the state of the file of this name in a folder. */
enum goods_state goods_look(const struct good *good, const char *folder);

/* Returns the number of files in this state. */
unsigned goods_count(const struct goods *goods, const char *folder,
    enum goods_state state);

/* Checks that each name holds the older file, the new one, or nothing where
 * there was no older one. Returns the number of new files. */
unsigned goods_expect_sound(const struct goods *goods, const char *folder,
    const char *what);

/* Checks that all files are new and that no part file is left. */
void goods_expect_new(const struct goods *goods, const char *folder,
    const char *what);

/* Returns the bytes of all files below a folder. */
uint64_t goods_bytes_in(const char *folder);

/* Removes everything in a folder. */
void goods_clear(const char *folder);

#endif
