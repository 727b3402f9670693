/*
 * Rights that were given up are gone; kept ones remain below the folder only.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/landlock.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static char folder[UNIT_PATH];

/* Makes a folder with "in" and "out", each with a file. Returns its descriptor.
 */
static int
make_folders(void)
{
	static const char *const names[] = {"in", "out", "in/f", "out/f"};
	int top, i;

	unit_folder(folder);
	top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(top, 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(mkdirat(top, names[i], 0755), 0);
	for (; i < 4; i++)
		ck_assert_int_eq(mknodat(top, names[i], S_IFREG | 0644, 0), 0);
	return top;
}

/* Returns 0, or the errno. */
static int
try(int top, const char *path, int flags)
{
	int fd = openat(top, path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static const struct {
	const char *title, *path;
	int flags, expected;
} writers[] = {
    {"read within", "in/f", O_RDONLY, 0},
    {"read outside", "out/f", O_RDONLY, 0},
    {"write within", "in/f", O_WRONLY, 0},
    {"truncate within", "in/f", O_WRONLY | O_TRUNC, 0},
    {"make within", "in/g", O_WRONLY | O_CREAT, 0},
    {"write outside", "out/f", O_WRONLY, EACCES},
    {"make outside", "out/g", O_WRONLY | O_CREAT, EACCES},
    {"out by way of in", "in/../out/f", O_WRONLY, EACCES},
};

static const struct {
	const char *title, *path;
	int flags, expected;
} readers[] = {
    {"read within", "in/f", O_RDONLY, 0},
    {"list within", "in", O_RDONLY | O_DIRECTORY, 0},
    {"write within", "in/f", O_WRONLY, EACCES},
    {"make within", "in/g", O_WRONLY | O_CREAT, EACCES},
    {"read outside", "out/f", O_RDONLY, EACCES},
    {"list outside", "out", O_RDONLY | O_DIRECTORY, EACCES},
    {"list above", ".", O_RDONLY | O_DIRECTORY, EACCES},
};

/* Returns the number of the first row that fails, from 1. */
static int
try_writers(int top)
{
	int in = openat(top, "in", O_PATH | O_CLOEXEC);
	size_t i;

	if (landlock_give_up(LANDLOCK_WRITE | LANDLOCK_TRUNCATE |
		    LANDLOCK_EXECUTE,
		&in, 1, LANDLOCK_WRITE | LANDLOCK_TRUNCATE) < 1)
		return 100;
	for (i = 0; i < UNIT_ROWS(writers); i++)
		if (try(top, writers[i].path, writers[i].flags) !=
		    writers[i].expected)
			return (int)i + 1;
	return renameat(top, "in/f", top, "out/f") == 0 ? 101 : 0;
}

static int
try_readers(int top)
{
	int in = openat(top, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;

	if (landlock_give_up(LANDLOCK_READ | LANDLOCK_WRITE, &in, 1,
		LANDLOCK_READ) < 1)
		return 100;
	for (i = 0; i < UNIT_ROWS(readers); i++)
		if (try(top, readers[i].path, readers[i].flags) !=
		    readers[i].expected)
			return (int)i + 1;
	return unlinkat(top, "in/f", 0) == 0 ? 101 : 0;
}

/* Reading stays allowed; kept rights can be given up later. */
static int
try_shortening(int top)
{
	int in = openat(top, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int shorten = O_RDONLY | O_TRUNC;

	if (try(top, "in/f", shorten) != 0 || try(top, "out/f", shorten) != 0)
		return 1;
	if (landlock_give_up(LANDLOCK_WRITE | LANDLOCK_TRUNCATE, &in, 1,
		LANDLOCK_TRUNCATE) < 3)
		return 100;
	if (try(top, "in/f", shorten) != 0 ||
	    try(top, "out/f", shorten) != EACCES)
		return 2;
	if (landlock_give_up(LANDLOCK_TRUNCATE, NULL, 0, 0) < 3)
		return 3;
	return try(top, "in/f", shorten) == EACCES &&
		try(top, "in/f", O_RDONLY) == 0 ?
	    0 :
	    4;
}

/* Keeps writing nowhere, but reading. */
static int
try_nowhere(int top)
{
	if (landlock_give_up(LANDLOCK_WRITE, NULL, 0, 0) < 1)
		return 100;
	return try(top, "in/f", O_WRONLY) == EACCES &&
		try(top, "in/f", O_RDONLY) == 0 ?
	    0 :
	    1;
}

static const struct rights {
	const char *title;
	int (*test)(int top);
} cases[] = {
    {"writing is kept below a folder", try_writers},
    {"reading is kept below a folder", try_readers},
    {"shortening is kept below a folder, then nowhere", try_shortening},
    {"writing is kept nowhere", try_nowhere},
};

static void
work(void *argument)
{
	const struct rights *rights = argument;

	_exit(rights->test(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
}

/* Runs in a child, so that the clean-up has all rights. */
START_TEST(test_landlock)
{
	struct rights rights = cases[_i];
	struct child child;

	close(make_folders());
	child_run(&child, work, &rights);
	/* 100: this kernel has no Landlock, or an old version. */
	if (child.code != 100)
		ck_assert_msg(child.code == 0, "%s: row %d", rights.title,
		    child.code);
}
END_TEST

Suite *
landlock_suite(void)
{
	Suite *suite = suite_create("landlock");
	TCase *tcase = unit_case(suite, "rights");

	tcase_add_loop_test(tcase, test_landlock, 0, UNIT_ROWS(cases));
	return suite;
}
