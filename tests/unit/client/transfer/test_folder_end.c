/*
 * Folders of a tree are finished and their failures reported; the jobs' lock is
 * held before and after, and given up while the disk works.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "client/store/tree_folder.h"
#include "client/transfer/folder_end.h"
#include "common/clock.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct progress progress;
static struct report report;
static struct job_queue *queue;

static void
setup(void)
{
	target_open(&target);
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
	job_queue_lock(queue);
}

static void
teardown(void)
{
	job_queue_unlock(queue);
	job_queue_free(queue);
	target_close(&target);
}

static struct tree_folder *
make(struct tree_folder *above, const char *name)
{
	const struct protocol_attributes attributes = {{1, 1}, 4096,
	    100 * CLOCK_SEC, S_IFDIR | 0755};
	struct tree_folder *tree =
	    tree_folder_new(&job_queue_target(queue)->folders, above, name,
		&attributes);
	struct failure failure;

	ck_assert_ptr_nonnull(tree);
	ck_assert_int_eq(tree_folder_make(tree, &failure), 0);
	return tree;
}

/* With --fsync and without: the folder and then the one above it are finished,
 * though the one above is due only after that. */
START_TEST(test_finished)
{
	struct tree_folder *top = make(NULL, "top"), *low = make(top, "low");
	struct stat stat;

	target.settings.store.fsync = _i == 1;
	tree_folder_release(top);
	tree_folder_release(low);
	folder_end_due(queue, &report);
	ck_assert_int_eq(pthread_mutex_trylock(job_queue_mutex(queue)), EBUSY);
	ck_assert(STAILQ_EMPTY(&job_queue_target(queue)->folders.due));
	ck_assert_int_eq(fstatat(target.folder.fd, "top", &stat, 0), 0);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 100);
	ck_assert_int_eq(fstatat(target.folder.fd, "top/low", &stat, 0), 0);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 100);
	ck_assert_uint_eq(report.failed, 0);
}
END_TEST

/* A folder that was swapped for a link is reported, and nothing else fails. */
START_TEST(test_failed)
{
	struct tree_folder *top = make(NULL, "top"), *low = make(top, "low");

	ck_assert_int_eq(unlinkat(target.folder.fd, "top/low", AT_REMOVEDIR),
	    0);
	ck_assert_int_eq(symlinkat(".", target.folder.fd, "top/low"), 0);
	tree_folder_release(top);
	tree_folder_release(low);
	folder_end_due(queue, &report);
	ck_assert_uint_eq(report.failed, 1);
	ck_assert_int_eq(report.code, EXIT_LOCAL);
	ck_assert(STAILQ_EMPTY(&job_queue_target(queue)->folders.due));
}
END_TEST

Suite *
folder_end_suite(void)
{
	Suite *suite = suite_create("folder_end");
	TCase *tcase = unit_case(suite, "folder_end");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_finished, 0, 2);
	tcase_add_test(tcase, test_failed);
	return suite;
}
