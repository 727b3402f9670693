/*
 * --fsync and the folders of a tree: each is put on disk with its time and
 * mode, and with its name if it is new. Calls of fsync(2) and syncfs(2) are
 * recorded by functions of our own in place of the C library's.
 */

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/store/tree_finish.h"
#include "common/clock.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

enum {
	SYNCED = 32, /* calls that are recorded */
};

static struct target target;
static struct tree_folders all;
static unsigned failed; /* failures of finished folders */
static bool list;	/* calls are recorded */
static int fails;	/* errno of each call, or 0 */
static struct stat synced[SYNCED];
static size_t n_synced;
static dev_t synced_all; /* the device of the last syncfs */
static unsigned n_synced_all;
static char mounted[64]; /* "": nothing */

int
fsync(int fd)
{
	if (list && fails != 0) {
		errno = fails;
		return -1;
	}
	if (list && n_synced < SYNCED && fstat(fd, &synced[n_synced]) == 0)
		n_synced++;
	return (int)syscall(SYS_fsync, fd);
}

int
syncfs(int fd)
{
	struct stat stat;

	if (list && fails != 0) {
		errno = fails;
		return -1;
	}
	if (list && fstat(fd, &stat) == 0) {
		synced_all = stat.st_dev;
		n_synced_all++;
	}
	return (int)syscall(SYS_syncfs, fd);
}

static void
setup(void)
{
	target_open(&target);
	target.settings.store.fsync = true;
	target.folder.umask = 0;
	tree_folders_open(&all, &target.folder, &target.settings.store);
	failed = 0;
	list = true;
	fails = 0;
	n_synced = 0;
	n_synced_all = 0;
}

static void
teardown(void)
{
	list = false;
	if (mounted[0] != '\0')
		ck_assert_int_eq(umount2(mounted, MNT_DETACH), 0);
	mounted[0] = '\0';
	target_close(&target);
}

/* Releases a folder, and finishes those that are due. */
static void
release(struct tree_folder *tree)
{
	struct tree_finish finish;

	tree_folder_release(tree);
	while (tree_finish_begin(&finish, &all)) {
		ck_assert_int_eq(finish.needs_sync,
		    target.settings.store.fsync);
		if (finish.needs_sync)
			tree_finish_sync(&finish);
		failed += finish.n_failures;
		tree_finish_end(&finish);
	}
}

static struct tree_folder *
make(struct tree_folder *above, const char *name, uint64_t id)
{
	const struct protocol_attributes attributes = {{id, 1}, 4096,
	    (int64_t)id * CLOCK_SEC, S_IFDIR | 0750};
	struct tree_folder *tree =
	    tree_folder_new(&all, above, name, &attributes);
	struct failure failure;

	ck_assert_ptr_nonnull(tree);
	ck_assert_int_eq(tree_folder_make(tree, &failure), 0);
	return tree;
}

/* Returns the last record of a folder, or NULL if it was not synced. */
static const struct stat *
find(const char *name)
{
	const struct stat *found = NULL;
	struct stat stat;
	size_t i;

	ck_assert_int_eq(fstatat(target.folder.fd, name, &stat, 0), 0);
	for (i = 0; i < n_synced; i++)
		if (synced[i].st_ino == stat.st_ino &&
		    synced[i].st_dev == stat.st_dev)
			found = &synced[i];
	return found;
}

/* The folder was synced with this time, and its mode. */
static void
expect_synced(const char *name, time_t time)
{
	const struct stat *found = find(name);

	ck_assert_msg(found != NULL, "%s was not synced", name);
	ck_assert_msg(found->st_mode == (S_IFDIR | 0750) &&
		found->st_mtim.tv_sec == time,
	    "%s was synced before it had its time and mode", name);
}

/* The names of new folders are synced too, with the folder above. */
START_TEST(test_new)
{
	struct tree_folder *top = make(NULL, "top", 1),
			   *low = make(top, "low", 2);

	ck_assert_uint_eq(n_synced, 0);
	release(low);
	expect_synced("top/low", 2);
	ck_assert_msg(find("top") != NULL, "the name of low was not synced");
	ck_assert_ptr_null(find("."));
	release(top);
	expect_synced("top", 1);
	ck_assert_msg(find(".") != NULL, "the name of top was not synced");
	ck_assert_uint_eq(failed, 0);
}
END_TEST

/* The name of a folder that was here is on disk already. */
START_TEST(test_there)
{
	struct tree_folder *top;

	ck_assert_int_eq(mkdirat(target.folder.fd, "top", 0700), 0);
	top = make(NULL, "top", 1);
	release(top);
	expect_synced("top", 1);
	ck_assert_ptr_null(find("."));
}
END_TEST

START_TEST(test_not_asked_for)
{
	struct tree_folder *top;

	target.settings.store.fsync = false;
	top = make(NULL, "top", 1);
	release(make(top, "low", 2));
	release(top);
	ck_assert_uint_eq(n_synced, 0);
}
END_TEST

/* A disk that fails is a failure of each folder. */
START_TEST(test_failed)
{
	struct tree_folder *top = make(NULL, "top", 1);

	fails = EIO;
	release(make(top, "low", 2));
	ck_assert_uint_eq(failed, 1);
	release(top);
	ck_assert_uint_eq(failed, 2);
}
END_TEST

/* While one thread waits for the disk, another uses the folder above and makes
 * more in it. */
START_TEST(test_meanwhile)
{
	struct tree_folder *top = make(NULL, "top", 1), *next;
	struct tree_finish finish;
	struct failure failure;

	tree_folder_release(make(top, "low", 2));
	ck_assert(tree_finish_begin(&finish, &all));
	ck_assert(finish.needs_sync);
	ck_assert_int_eq(tree_folder_open(top, &failure), 0);
	next = make(top, "next", 3);
	tree_folder_close(top);
	tree_finish_sync(&finish);
	ck_assert_uint_eq(finish.n_failures, 0);
	tree_finish_end(&finish);
	expect_synced("top/low", 2);
	release(next);
	release(top);
	expect_synced("top", 1);
	ck_assert_uint_eq(failed, 0);
}
END_TEST

/* Mounts another file system there, until teardown. */
static bool
mount_at(const char *name)
{
	snprintf(mounted, sizeof(mounted), "/proc/self/fd/%d/%s",
	    target.folder.fd, name);
	if (mount("none", mounted, "tmpfs", 0, "size=1m") == 0)
		return true;
	mounted[0] = '\0';
	printf("tree_folder_sync, %s: skipped: %s\n", name, strerror(errno));
	return false;
}

static void
skip_in(struct tree_folder *tree)
{
	tree->has_skipped = true;
}

/* Files that were passed over are synced with all of their file system, once.
 * That of the target folder is left to transfer/parallel.c. */
START_TEST(test_skipped)
{
	struct tree_folder *top = make(NULL, "top", 1),
			   *low = make(top, "low", 2);

	skip_in(top);
	skip_in(low);
	release(low);
	release(top);
	ck_assert_uint_eq(n_synced_all, 0);
	ck_assert_uint_eq(failed, 0);
}
END_TEST

START_TEST(test_skipped_elsewhere)
{
	struct tree_folder *top = make(NULL, "top", 1), *low, *deep;
	struct stat stat;

	ck_assert_int_eq(mkdirat(target.folder.fd, "top/low", 0700), 0);
	if (!mount_at("top/low"))
		return;
	low = make(top, "low", 2);
	deep = make(low, "deep", 3);
	skip_in(deep);
	release(deep);
	ck_assert_uint_eq(n_synced_all, 0);
	ck_assert_int_eq(fstatat(target.folder.fd, "top/low", &stat, 0), 0);
	release(low);
	ck_assert_uint_eq(n_synced_all, 1);
	ck_assert(synced_all == stat.st_dev);
	release(top);
	ck_assert_uint_eq(n_synced_all, 1);
	ck_assert_uint_eq(failed, 0);
}
END_TEST

START_TEST(test_skipped_failed)
{
	struct tree_folder *top;

	ck_assert_int_eq(mkdirat(target.folder.fd, "top", 0700), 0);
	if (!mount_at("top"))
		return;
	top = make(NULL, "top", 1);
	skip_in(top);
	fails = EIO;
	release(top);
	/* One for the files passed over, one for the folder. */
	ck_assert_uint_eq(failed, 2);
}
END_TEST

Suite *
tree_folder_sync_suite(void)
{
	Suite *suite = suite_create("tree_folder_sync");
	TCase *tcase = unit_case(suite, "sync");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_new);
	tcase_add_test(tcase, test_there);
	tcase_add_test(tcase, test_not_asked_for);
	tcase_add_test(tcase, test_failed);
	tcase_add_test(tcase, test_meanwhile);
	tcase_add_test(tcase, test_skipped);
	tcase_add_test(tcase, test_skipped_elsewhere);
	tcase_add_test(tcase, test_skipped_failed);
	return suite;
}
