#ifndef CRASH_GOODS_H
#define CRASH_GOODS_H

/*
 * What is served, what it becomes when it is fetched, and what bore those
 * names before: at any moment each name must stand for the older file, as it
 * was, or for the new one, whole; or for nothing, where there was no older
 * one. Names are relative to the scratch folder. Failures are failures of the
 * test.
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
	char path[GOODS_PATH]; /* below the folder that all goes into */
	uint64_t size;
	struct sum fresh;
	bool has_old;
	struct sum old;
};

struct goods {
	size_t n;
	uint64_t size; /* bytes of all */
	struct good all[GOODS_MOST];
};

enum goods_state {
	GOODS_ABSENT,
	GOODS_OLD,
	GOODS_NEW,
	GOODS_WRONG,
};

/* Serves a file of so many bytes as "served/NAME", which will be called
 * "PATH", and has an older one there before. */
void goods_add(struct goods *goods, const char *name, const char *path,
    uint64_t size, bool has_old);

/* Puts the older files into a folder, with the folders on the way. */
void goods_put_old(const struct goods *goods, const char *folder);

/* What bears one's name there. */
enum goods_state goods_look(const struct good *good, const char *folder);

/* How many of them are in this state. */
unsigned goods_count(const struct goods *goods, const char *folder,
    enum goods_state state);

/* That each is the older one or the new one, or absent where there was none;
 * how many are new. */
unsigned goods_expect_sound(const struct goods *goods, const char *folder,
    const char *what);

/* That all are new, and that no part file is there. */
void goods_expect_new(const struct goods *goods, const char *folder,
    const char *what);

/* Bytes in all files below a folder. */
uint64_t goods_bytes_in(const char *folder);

/* Removes all that is in a folder. */
void goods_clear(const char *folder);

#endif
