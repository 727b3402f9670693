/* Folders of a tree in a dry run: looked for, neither made nor changed. */

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "client/store/same_file.h"
#include "client/store/tree_finish.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct tree_folders all;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	target.settings.store.is_dry = true;
	tree_folders_open(&all, &target.folder, &target.settings.store);
}

static void
teardown(void)
{
	struct tree_finish finish;

	/* There is nothing to finish. */
	ck_assert(!tree_finish_begin(&finish, &all));
	target_close(&target);
}

static struct tree_folder *
new_folder(struct tree_folder *above, const char *name)
{
	const struct protocol_attributes attributes = {.token = {1, 1},
	    .mode = S_IFDIR | 0700};
	struct tree_folder *tree =
	    tree_folder_new(&all, above, name, &attributes);

	ck_assert_ptr_nonnull(tree);
	return tree;
}

/* Opened, an absent folder has no names. */
START_TEST(test_absent)
{
	struct tree_folder *top = new_folder(NULL, "top");
	struct tree_folder *low = new_folder(top, "low");

	ck_assert_int_eq(tree_folder_make(top, &failure), 0);
	ck_assert_int_eq(tree_folder_make(low, &failure), 0);
	ck_assert(top->is_absent && low->is_absent);
	ck_assert_int_eq(tree_folder_open(low, &failure), 0);
	ck_assert_int_eq(folder_check_name(&low->folder, "f",
			     &target.settings.store, &failure),
	    0);
	ck_assert(!same_file_keep(&low->folder, "f", 0, 0));
	tree_folder_close(low);
	tree_folder_release(low);
	tree_folder_release(top);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

START_TEST(test_there)
{
	struct tree_folder *top = new_folder(NULL, "top");
	struct stat before, after;
	char path[UNIT_PATH];

	unit_path(path, target.path, "top");
	ck_assert_int_eq(mkdir(path, 0500), 0);
	target_write(&target, "top/f", "text");
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(tree_folder_make(top, &failure), 0);
	ck_assert(!top->is_absent && !top->is_made);
	ck_assert_int_eq(tree_folder_open(top, &failure), 0);
	ck_assert_int_eq(folder_check_name(&top->folder, "f",
			     &target.settings.store, &failure),
	    1);
	tree_folder_close(top);
	tree_folder_release(top);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_int_eq(memcmp(&before.st_ctim, &after.st_ctim,
			     sizeof(after.st_ctim)),
	    0);
}
END_TEST

/* A dry run finds folders that a run could not make. */
START_TEST(test_in_the_way)
{
	struct tree_folder *file = new_folder(NULL, "file");
	struct tree_folder *link = new_folder(NULL, "link");
	char path[UNIT_PATH];

	target_write(&target, "file", "");
	unit_path(path, target.path, "link");
	ck_assert_int_eq(symlink(".", path), 0);
	ck_assert_int_eq(tree_folder_make(file, &failure), -1);
	ck_assert_str_eq(failure.text,
	    "cannot write into file: it is not a folder here");
	ck_assert_int_eq(tree_folder_make(link, &failure), -1);
	ck_assert_str_eq(failure.text,
	    "cannot write into link: it is a link here, and not followed");
	tree_folder_release(file);
	tree_folder_release(link);
}
END_TEST

/* A folder of --base, which a run makes when it writes into it. */
START_TEST(test_plain)
{
	struct tree_folder *plain = tree_folder_new(&all, NULL, "plain", NULL);

	ck_assert_ptr_nonnull(plain);
	ck_assert_int_eq(tree_folder_open(plain, &failure), 0);
	tree_folder_close(plain);
	tree_folder_release(plain);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

Suite *
tree_folder_dry_suite(void)
{
	Suite *suite = suite_create("tree_folder_dry");
	TCase *tcase = unit_case(suite, "tree_folder_dry");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_absent);
	tcase_add_test(tcase, test_there);
	tcase_add_test(tcase, test_in_the_way);
	tcase_add_test(tcase, test_plain);
	return suite;
}
