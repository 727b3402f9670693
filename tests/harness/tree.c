/* Walks trees with nftw(3). Only one thread of the test may use these. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/clock.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

enum {
	TREE_DEPTH = 16 /* descriptors that nftw may use */
};

void
tree_make_way(const char *name)
{
	char path[SCRATCH_PATH], *slash;

	strlcpy(path, name, sizeof(path));
	for (slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		ck_assert_msg(mkdirat(scratch_fd(), path, 0755) == 0 ||
			errno == EEXIST,
		    "%s: %s", path, strerror(errno));
		*slash = '/';
	}
}

void
tree_fill(const char *name, uint64_t size, uint64_t seed)
{
	tree_make_way(name);
	scratch_fill(name, size, seed);
}

void
tree_fill_many(const char *folder, unsigned n)
{
	char name[SCRATCH_PATH], text[32];
	unsigned i;

	snprintf(name, sizeof(name), "%s/", folder);
	tree_make_way(name);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/f%u", folder, i);
		snprintf(text, sizeof(text), "file %u\n", i);
		scratch_text(name, text);
	}
}

void
tree_dress(const char *name, mode_t mode, int64_t mtime_ns)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
	    {mtime_ns / CLOCK_SEC, mtime_ns % CLOCK_SEC}};

	if (times[1].tv_nsec < 0) {
		times[1].tv_nsec += CLOCK_SEC;
		times[1].tv_sec--;
	}
	ck_assert_msg(fchmodat(scratch_fd(), name, mode, 0) == 0, "%s: %s",
	    name, strerror(errno));
	ck_assert_msg(utimensat(scratch_fd(), name, times, 0) == 0, "%s: %s",
	    name, strerror(errno));
}

/* ---- comparing ---------------------------------------------------------- */

static struct {
	const char *what;
	const char *other; /* relative to the scratch folder */
	size_t skip;	   /* bytes of a path before the relative name */
	mode_t umask;
	unsigned n;
	const char *end;
} walk;

static void
walk_all(const char *folder,
    int (*visit)(const char *, const struct stat *, int, struct FTW *),
    int flags)
{
	char path[SCRATCH_PATH];

	scratch_path(path, folder);
	walk.skip = strlen(path);
	ck_assert_msg(nftw(path, visit, TREE_DEPTH, FTW_PHYS | flags) == 0,
	    "%s cannot be walked: %s", folder, strerror(errno));
}

static void
compare_states(const char *name, const struct stat *a, const struct stat *b)
{
	ck_assert_msg((a->st_mode & S_IFMT) == (b->st_mode & S_IFMT),
	    "%s: %s is of another type", walk.what, name);
	ck_assert_msg(!S_ISREG(a->st_mode) || a->st_size == b->st_size,
	    "%s: %s has %lld bytes, not %lld", walk.what, name,
	    (long long)b->st_size, (long long)a->st_size);
	ck_assert_msg((a->st_mode & 0777 & ~walk.umask) == (b->st_mode & 07777),
	    "%s: %s has mode %o, not %o", walk.what, name, b->st_mode & 07777,
	    a->st_mode & 0777 & ~walk.umask);
	ck_assert_msg(a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec == b->st_mtim.tv_nsec,
	    "%s: %s has another time", walk.what, name);
}

/* Compares one wanted entry with the other tree. */
static int
compare(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	char name[2 * SCRATCH_PATH], wanted[2 * SCRATCH_PATH];
	struct stat other;
	struct sum a, b;

	(void)type;
	(void)ftw;
	walk.n++;
	snprintf(name, sizeof(name), "%s%s", walk.other, path + walk.skip);
	ck_assert_msg(fstatat(scratch_fd(), name, &other,
			  AT_SYMLINK_NOFOLLOW) == 0,
	    "%s: %s: %s", walk.what, name, strerror(errno));
	compare_states(name, stat, &other);
	if (!S_ISREG(stat->st_mode))
		return 0;
	/* The path is absolute; openat(2) accepts it. */
	strlcpy(wanted, path, sizeof(wanted));
	sum_file(&a, wanted, 0, UINT64_MAX);
	sum_file(&b, name, 0, UINT64_MAX);
	sum_expect(&b, &a, name);
	return 0;
}

void
tree_expect_same(const char *got, const char *wanted, const char *what)
{
	unsigned n;

	memset(&walk, 0, sizeof(walk));
	walk.what = what;
	walk.other = got;
	walk.umask = umask(0);
	umask(walk.umask);
	walk_all(wanted, compare, 0);
	n = walk.n;
	ck_assert_msg(tree_count(got) + 1 == n, "%s: %u names below %s, not %u",
	    what, tree_count(got), got, n - 1);
}

/* ---- counting ----------------------------------------------------------- */

static int
count(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	size_t len = strlen(path), end = strlen(walk.end);

	(void)stat;
	(void)type;
	if (ftw->level > 0 && len >= end &&
	    strcmp(path + len - end, walk.end) == 0)
		walk.n++;
	return 0;
}

unsigned
tree_count_ending(const char *folder, const char *end)
{
	walk.n = 0;
	walk.end = end;
	walk_all(folder, count, 0);
	return walk.n;
}

unsigned
tree_count(const char *folder)
{
	return tree_count_ending(folder, "");
}

static int
undress(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	if (S_ISDIR(stat->st_mode))
		ck_assert_int_eq(chmod(path, 0755), 0);
	return 0;
}

void
tree_undress(const char *folder)
{
	walk_all(folder, undress, 0);
}
