/*
 * Folders of a tree: made, found, refused if something else has their name, and
 * given time and mode after the last release.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/tree_finish.h"
#include "common/clock.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct tree_folders all;
static unsigned failed; /* failures of finished folders */
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	tree_folders_open(&all, &target.folder, &target.settings.store);
	failed = 0;
}

static void
teardown(void)
{
	target_close(&target);
}

/* Releases a folder, and finishes those that are due. */
static void
release(struct tree_folder *tree)
{
	struct tree_finish finish;

	tree_folder_release(tree);
	while (tree_finish_begin(&finish, &all)) {
		ck_assert(!finish.needs_sync);
		failed += finish.n_failures;
		if (finish.n_failures > 0)
			failure = finish.failures[0];
		tree_finish_end(&finish);
	}
}

/* Returns a folder with the id, mode and time (seconds) of one of the server.
 */
static struct tree_folder *
new_folder(struct tree_folder *above, const char *name, uint64_t id,
    uint32_t mode, int64_t time)
{
	const struct protocol_attributes attributes = {{id, 1}, 4096,
	    time * CLOCK_SEC, S_IFDIR | mode};
	struct tree_folder *tree =
	    tree_folder_new(&all, above, name, &attributes);

	ck_assert_ptr_nonnull(tree);
	return tree;
}

static int
make(struct tree_folder *tree)
{
	memset(&failure, 0, sizeof(failure));
	return tree_folder_make(tree, &failure);
}

static void
expect_failure(struct tree_folder *tree, const char *words)
{
	ck_assert_int_eq(make(tree), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_msg(strstr(failure.text, words) != NULL, "%s", failure.text);
}

static struct stat
look(const char *name)
{
	struct stat stat;

	ck_assert_msg(fstatat(target.folder.fd, name, &stat,
			  AT_SYMLINK_NOFOLLOW) == 0,
	    "%s: %s", name, strerror(errno));
	return stat;
}

/* A folder is made by tree_folder_make alone. Time and mode come after the last
 * release, from the lowest folder up. */
START_TEST(test_life)
{
	struct tree_folder *top = new_folder(NULL, "top", 1, 0555, 100);
	struct tree_folder *sub = new_folder(top, "sub", 2, 0500, 200);
	struct tree_folder *low = new_folder(sub, "low", 3, 0700, -5);

	target.folder.umask = 0;
	ck_assert_int_eq(target_count(&target), 0);
	ck_assert_int_eq(make(top), 0);
	ck_assert_int_eq(make(sub), 0);
	ck_assert_int_eq(make(low), 0);
	ck_assert(top->is_made && top->is_new && low->is_new);
	ck_assert_uint_eq(look("top/sub/low").st_mode, S_IFDIR | 0700);
	/* None of them is in use. */
	ck_assert_uint_eq(top->users + sub->users + low->users, 0);

	tree_folder_hold(sub);
	release(top);
	release(sub);
	release(low);
	/* The lowest is finished; one hold keeps those above. */
	ck_assert_uint_eq(look("top/sub/low").st_mode, S_IFDIR | 0700);
	ck_assert_int_eq(look("top/sub/low").st_mtim.tv_sec, -5);
	ck_assert_uint_eq(look("top/sub").st_mode, S_IFDIR | 0700);
	ck_assert_uint_eq(look("top").st_mode, S_IFDIR | 0700);
	target_write(&target, "top/sub/file", "x");
	release(sub);
	ck_assert_uint_eq(look("top/sub").st_mode, S_IFDIR | 0500);
	ck_assert_int_eq(look("top/sub").st_mtim.tv_sec, 200);
	ck_assert_uint_eq(look("top").st_mode, S_IFDIR | 0555);
	ck_assert_int_eq(look("top").st_mtim.tv_sec, 100);
	ck_assert_uint_eq(failed, 0);
	release(NULL);
	/* The clean-up must be able to remove them. */
	ck_assert_int_eq(fchmodat(target.folder.fd, "top", 0755, 0), 0);
	ck_assert_int_eq(fchmodat(target.folder.fd, "top/sub", 0755, 0), 0);
}
END_TEST

/* A folder that was not made gets no time or mode, even if one is there. */
START_TEST(test_not_made)
{
	struct tree_folder *top;

	ck_assert_int_eq(mkdirat(target.folder.fd, "top", 0711), 0);
	top = new_folder(NULL, "top", 1, 0500, 5);
	release(top);
	ck_assert_uint_eq(look("top").st_mode, S_IFDIR | 0711);
	ck_assert_int_ne(look("top").st_mtim.tv_sec, 5);
	top = new_folder(NULL, "missing", 1, 0500, 5);
	release(top);
	ck_assert(!target_has(&target, "missing"));
	ck_assert_uint_eq(failed, 0);
}
END_TEST

/* A folder of an earlier run is used again, with files in it, and read-only. */
START_TEST(test_there)
{
	struct tree_folder *top = new_folder(NULL, "top", 1, 0755, 100);
	struct tree_folder *sub = new_folder(top, "sub", 2, 0555, 100);

	ck_assert_int_eq(mkdirat(target.folder.fd, "top", 0755), 0);
	ck_assert_int_eq(mkdirat(target.folder.fd, "top/sub", 0555), 0);
	target_write(&target, "top/file", "mine");
	ck_assert_int_eq(fchmodat(target.folder.fd, "top", 0555, 0), 0);
	ck_assert_int_eq(make(top), 0);
	ck_assert(top->is_made && !top->is_new);
	ck_assert_uint_eq(look("top").st_mode, S_IFDIR | 0755);
	ck_assert_int_eq(make(sub), 0);
	ck_assert_uint_eq(look("top/sub").st_mode, S_IFDIR | 0755);
	target_expect(&target, "top/file", "mine");
	release(top);
	release(sub);
	ck_assert_uint_eq(look("top/sub").st_mode, S_IFDIR | 0555);
	target_expect(&target, "top/file", "mine");
	ck_assert_int_eq(fchmodat(target.folder.fd, "top/sub", 0755, 0), 0);
}
END_TEST

/* Obstacles that have the name, at the top or below; a link to a folder is one,
 * wherever it leads. */
START_TEST(test_in_the_way)
{
	static const struct {
		const char *row, *words;
	} rows[] = {
	    {"file", "it is not a folder here"},
	    {"fifo", "it is not a folder here"},
	    {"link to a folder", "it is a link here, and not followed"},
	    {"link outside", "it is a link here, and not followed"},
	    {"dangling link", "it is a link here, and not followed"},
	};
	const char *name = _i % 2 == 0 ? "x" : "top/x", *row = rows[_i / 2].row;
	struct tree_folder *top = new_folder(NULL, "top", 1, 0755, 1), *x;
	int fd = target.folder.fd;
	struct stat before;

	ck_assert_int_eq(make(top), 0);
	ck_assert_int_eq(mkdirat(fd, "real", 0755), 0);
	if (_i / 2 == 0)
		target_write(&target, name, "mine");
	else if (_i / 2 == 1)
		ck_assert_int_eq(mkfifoat(fd, name, 0644), 0);
	else
		ck_assert_int_eq(symlinkat(_i / 2 == 2 ? "real" :
					 _i / 2 == 3   ? "/tmp" :
							 "nowhere",
				     fd, name),
		    0);
	before = look(name);
	x = new_folder(_i % 2 == 0 ? NULL : top, "x", 2, 0700, 1);
	expect_failure(x, rows[_i / 2].words);
	ck_assert_msg(strstr(failure.text, name) != NULL, "%s: %s", row,
	    failure.text);
	ck_assert(!x->is_made);
	release(x);
	release(top);
	ck_assert_msg(look(name).st_ino == before.st_ino, "%s", row);
	ck_assert_msg(look(name).st_mode == before.st_mode, "%s", row);
	ck_assert_uint_eq(look("real").st_mode, S_IFDIR | 0755);
	ck_assert(!target_has(&target, "nowhere"));
	ck_assert_uint_eq(failed, 0);
}
END_TEST

/* A folder that is swapped for a link after it was made: neither files nor time
 * and mode go where the link leads. */
START_TEST(test_swapped)
{
	struct tree_folder *top = new_folder(NULL, "top", 1, 0700, 1);
	struct tree_folder *sub = new_folder(top, "sub", 2, 0700, 1);
	char outside[UNIT_PATH];
	struct stat before, after;

	unit_folder(outside);
	ck_assert_int_eq(chmod(outside, 0755), 0);
	ck_assert_int_eq(stat(outside, &before), 0);
	ck_assert_int_eq(make(top), 0);
	ck_assert_int_eq(make(sub), 0);
	ck_assert_int_eq(unlinkat(target.folder.fd, "top/sub", AT_REMOVEDIR),
	    0);
	if (_i == 0) {
		ck_assert_int_eq(symlinkat(outside, target.folder.fd,
				     "top/sub"),
		    0);
	} else {
		ck_assert_int_eq(unlinkat(target.folder.fd, "top",
				     AT_REMOVEDIR),
		    0);
		ck_assert_int_eq(symlinkat(outside, target.folder.fd, "top"),
		    0);
	}
	ck_assert_int_eq(tree_folder_open(sub, &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(failure.text, "top/sub"));
	ck_assert_uint_eq(sub->users, 0);
	release(top);
	release(sub);
	ck_assert_int_eq(stat(outside, &after), 0);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_int_eq(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
}
END_TEST

/* All users share one descriptor; the last one closes it. */
START_TEST(test_open)
{
	struct tree_folder *top = new_folder(NULL, "top", 1, 0700, 1);
	int fd;

	ck_assert_int_eq(tree_folder_open(top, &failure), -1);
	ck_assert_ptr_nonnull(
	    strstr(failure.text, "cannot write into top: No such file"));
	ck_assert_int_eq(make(top), 0);
	ck_assert_int_eq(tree_folder_open(top, &failure), 0);
	fd = top->folder.fd;
	ck_assert_int_eq(tree_folder_open(top, &failure), 0);
	ck_assert_int_eq(top->folder.fd, fd);
	ck_assert_uint_eq(top->users, 2);
	tree_folder_close(top);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	tree_folder_close(top);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(top->folder.fd, -1);
	release(top);
}
END_TEST

/* A folder leads back if one above it has the same id on the server. */
START_TEST(test_circle)
{
	struct tree_folder *top = new_folder(NULL, "a", 1, 0700, 1);
	struct tree_folder *sub = new_folder(top, "b", 2, 0700, 1);
	struct tree_folder *low = new_folder(sub, "c", 3, 0700, 1);
	uint64_t id;

	for (id = 1; id <= 4; id++) {
		struct protocol_token token = {id, 77};

		ck_assert(tree_folder_leads_back(low, token) == (id <= 3));
		ck_assert(tree_folder_leads_back(sub, token) == (id <= 2));
		ck_assert(tree_folder_leads_back(top, token) == (id == 1));
		ck_assert(!tree_folder_leads_back(NULL, token));
	}
	release(top);
	release(sub);
	release(low);
}
END_TEST

START_TEST(test_paths)
{
	struct tree_folder *here = new_folder(NULL, ".", 1, 0700, 1);
	struct tree_folder *sub = new_folder(here, "s", 2, 0700, 1);
	struct tree_folder *top = new_folder(NULL, "newd", 1, 0700, 1);
	struct tree_folder *low = new_folder(top, "low", 2, 0700, 1);
	static const char whole[] = "newd/low/file";
	char path[64];
	size_t size;

	tree_folder_print_path(NULL, "f", path, sizeof(path));
	ck_assert_str_eq(path, "f");
	tree_folder_print_path(here, "f", path, sizeof(path));
	ck_assert_str_eq(path, "f");
	tree_folder_print_path(sub, "f", path, sizeof(path));
	ck_assert_str_eq(path, "s/f");
	/* A path that does not fit is cut in front, by whole components, and
	 * nothing is written behind the buffer. */
	for (size = 1; size <= sizeof(whole); size++) {
		memset(path, 'x', sizeof(path));
		tree_folder_print_path(low, "file", path, size);
		ck_assert_msg(strcmp(path,
				  size == sizeof(whole) ? whole :
				      size > 8		? "low/file" :
				      size > 4		? "file" :
							  path) == 0,
		    "%zu: %s", size, path);
		ck_assert_uint_lt(strlen(path), size);
		ck_assert(size > 4 || strlen(path) == size - 1);
		ck_assert(size > 4 || memcmp(path, "file", size - 1) == 0);
		ck_assert_int_eq(path[size], 'x');
	}
	release(here);
	release(sub);
	release(top);
	release(low);
}
END_TEST

/* The deepest path that fits is made, and no deeper one: a path that was cut
 * would lead to another folder, here to one that exists. */
START_TEST(test_deep)
{
	enum {
		DEEP = 2048, /* "d/d/.../d" of PATH_MAX bytes with its NUL */
	};
	struct tree_folder *at = NULL, *below;
	char path[PATH_MAX], command[UNIT_PATH + 16];
	int i;

	for (i = 0; i < DEEP; i++) {
		below = new_folder(at, "d", (uint64_t)i + 1, 0700, 1);
		release(at);
		at = below;
		ck_assert_msg(make(at) == 0, "%d: %s", i, failure.text);
	}
	for (i = 0; i < 3; i++) {
		below = new_folder(at, "d", DEEP + 1, 0700, 1);
		release(at);
		at = below;
		expect_failure(at, "File name too long");
		ck_assert(!at->is_made);
	}
	/* The failure shows the end of the path. */
	tree_folder_print_path(at, "end", path, sizeof(path));
	ck_assert_uint_eq(strlen(path), PATH_MAX - 1);
	ck_assert_str_eq(path + PATH_MAX - 1 - 5, "d/end");
	release(at);
	/* Each folder that was made has its time, however deep. */
	ck_assert_int_eq(look("d").st_mtim.tv_sec, 1);
	ck_assert_int_eq(look("d/d/d/d/d/d").st_mtim.tv_sec, 1);
	ck_assert_uint_eq(failed, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'/d", target.path);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Two names that lead to one folder, as without upper and lower case: the
 * second fails, whether the folder is new or not. */
START_TEST(test_case)
{
	struct tree_folder *top = new_folder(NULL, "top", 1, 0700, 1);
	struct tree_folder *first, *second;
	struct stat stat;

	ck_assert_int_eq(make(top), 0);
	if (_i == 1)
		ck_assert_int_eq(mkdirat(target.folder.fd, "top/name", 0755),
		    0);
	first = new_folder(top, "name", 2, 0700, 1);
	ck_assert_int_eq(make(first), 0);
	/* Stands for what a mkdir("NAME") finds there: the same folder. The
	 * fault: it got the second one's time and mode. */
	second = new_folder(top, "name", 3, 0500, 9);
	expect_failure(second, "another name of this run");
	release(second);
	stat = look("top/name");
	ck_assert_uint_eq(stat.st_mode & 0700, 0700);
	ck_assert_int_ne(stat.st_mtim.tv_sec, 9);

	/* A folder of an earlier run is no second name. */
	ck_assert_int_eq(mkdirat(target.folder.fd, "top/other", 0755), 0);
	second = new_folder(top, "other", 4, 0700, 1);
	ck_assert_int_eq(make(second), 0);
	stat = look("top/other");
	ck_assert(inode_set_find(&top->written.files, &stat) != NULL);
	release(second);
	release(first);
	release(top);
}
END_TEST

/* A folder above that we may not write into, and cannot change. */
START_TEST(test_denied)
{
	struct tree_folder *top = new_folder(NULL, "top", 1, 0700, 1);
	uid_t uid = geteuid();

	ck_assert_int_eq(fchmodat(target.folder.fd, ".", 0555, 0), 0);
	/* The superuser may write everywhere. */
	if (uid == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	expect_failure(top, "cannot make top: Permission denied");
	if (uid == 0)
		ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(fchmodat(target.folder.fd, ".", 0755, 0), 0);
	ck_assert_int_eq(target_count(&target), 0);
	/* With the right restored it is made. */
	ck_assert_int_eq(make(top), 0);
	release(top);
}
END_TEST

Suite *
tree_folder_suite(void)
{
	Suite *suite = suite_create("tree_folder");
	TCase *tcase = unit_case(suite, "tree_folder");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_life);
	tcase_add_test(tcase, test_not_made);
	tcase_add_test(tcase, test_there);
	tcase_add_loop_test(tcase, test_in_the_way, 0, 10);
	tcase_add_loop_test(tcase, test_swapped, 0, 2);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_circle);
	tcase_add_test(tcase, test_paths);
	tcase_add_test(tcase, test_deep);
	tcase_add_loop_test(tcase, test_case, 0, 2);
	tcase_add_test(tcase, test_denied);
	return suite;
}
