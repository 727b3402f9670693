/* The older file of a name is short and differs from the new one. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/crash/goods.h"
#include "tests/harness/scratch.h"
#include "tests/harness/tree.h"

enum {
	GOODS_OLD_SIZE = 999, /* bytes */
	GOODS_OLD_SEED = 7000,
	GOODS_DEPTH = 16, /* descriptors for nftw(3) */
	GOODS_NAME = 2 * GOODS_PATH,
};

static const char *
name_in(const char *folder, const char *path, char name[GOODS_NAME])
{
	snprintf(name, GOODS_NAME, "%s/%s", folder, path);
	return name;
}

void
goods_add(struct goods *goods, const char *name, const char *path,
    uint64_t size, bool has_old)
{
	struct good *good = &goods->all[goods->n];
	char served[GOODS_NAME], old[GOODS_NAME];

	ck_assert_uint_lt(goods->n, GOODS_MOST);
	tree_fill(name_in("served", name, served), size, goods->n);
	sum_file(&good->fresh, served, 0, UINT64_MAX);
	strlcpy(good->path, path, sizeof(good->path));
	good->size = size;
	good->has_old = has_old;
	if (has_old) {
		snprintf(old, sizeof(old), "outside/old%zu", goods->n);
		tree_fill(old, GOODS_OLD_SIZE, GOODS_OLD_SEED + goods->n);
		sum_file(&good->old, old, 0, UINT64_MAX);
	}
	goods->size += size;
	goods->n++;
}

void
goods_put_old(const struct goods *goods, const char *folder)
{
	char name[GOODS_NAME];
	size_t i;

	for (i = 0; i < goods->n; i++)
		if (goods->all[i].has_old)
			tree_fill(name_in(folder, goods->all[i].path, name),
			    GOODS_OLD_SIZE, GOODS_OLD_SEED + i);
}

enum goods_state
goods_look(const struct good *good, const char *folder)
{
	char name[GOODS_NAME];
	struct stat stat;
	struct sum sum;

	name_in(folder, good->path, name);
	if (fstatat(scratch_fd(), name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? GOODS_ABSENT : GOODS_WRONG;
	if (!S_ISREG(stat.st_mode) ||
	    ((uint64_t)stat.st_size != good->size &&
		stat.st_size != GOODS_OLD_SIZE))
		return GOODS_WRONG;
	sum_file(&sum, name, 0, UINT64_MAX);
	if (memcmp(&sum, &good->fresh, sizeof(sum)) == 0)
		return GOODS_NEW;
	return good->has_old && memcmp(&sum, &good->old, sizeof(sum)) == 0 ?
	    GOODS_OLD :
	    GOODS_WRONG;
}

unsigned
goods_count(const struct goods *goods, const char *folder,
    enum goods_state state)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < goods->n; i++)
		n += goods_look(&goods->all[i], folder) == state;
	return n;
}

unsigned
goods_expect_sound(const struct goods *goods, const char *folder,
    const char *what)
{
	const struct good *good;
	enum goods_state state;
	unsigned n = 0;

	for (good = goods->all; good < goods->all + goods->n; good++) {
		state = goods_look(good, folder);
		ck_assert_msg(state == GOODS_NEW ||
			state == (good->has_old ? GOODS_OLD : GOODS_ABSENT),
		    "%s: %s is %s", what, good->path,
		    state == GOODS_ABSENT ? "gone" : "neither old nor new");
		n += state == GOODS_NEW;
	}
	return n;
}

void
goods_expect_new(const struct goods *goods, const char *folder,
    const char *what)
{
	unsigned n = goods_expect_sound(goods, folder, what);

	ck_assert_msg(n == goods->n, "%s: %u of %zu files are new", what, n,
	    goods->n);
	ck_assert_msg(tree_count_ending(folder, ".part") == 0,
	    "%s: a part file is left", what);
}

/* ---- all files below a folder ---------------------------------------- */

static uint64_t bytes;

static int
count_file(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	/* A part file of pieces has its full length from the start. */
	if (type == FTW_F)
		bytes += (uint64_t)stat->st_blocks * 512;
	return 0;
}

static int
take_away(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	if (ftw->level > 0)
		ck_assert_msg(remove(path) == 0, "%s: %s", path,
		    strerror(errno));
	return 0;
}

uint64_t
goods_bytes_in(const char *folder)
{
	char path[SCRATCH_PATH];

	bytes = 0;
	ck_assert_int_eq(nftw(scratch_path(path, folder), count_file,
			     GOODS_DEPTH, FTW_PHYS),
	    0);
	return bytes;
}

void
goods_clear(const char *folder)
{
	char path[SCRATCH_PATH];

	ck_assert_int_eq(nftw(scratch_path(path, folder), take_away,
			     GOODS_DEPTH, FTW_PHYS | FTW_DEPTH),
	    0);
}
