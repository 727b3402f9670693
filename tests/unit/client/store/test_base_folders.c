/*
 * The folders of --base: one for each path, made when the first file goes into
 * it, and gone again if none does.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/base_folders.h"
#include "client/store/tree_finish.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct tree_folders all;
static struct base_folders base;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	tree_folders_open(&all, &target.folder, &target.settings.store);
	base_folders_open(&base, &all);
}

static void
teardown(void)
{
	struct tree_finish finish;

	while (tree_finish_begin(&finish, &all))
		tree_finish_end(&finish);
	target_close(&target);
}

static struct tree_folder *
find(const char *name)
{
	struct tree_folder *tree = NULL;

	ck_assert_int_eq(base_folders_find(&base, name, &tree, &failure), 0);
	return tree;
}

START_TEST(test_find)
{
	struct tree_folder *low = find("a/b/f"), *top = find("a/f");

	ck_assert_ptr_null(find("f"));
	ck_assert_str_eq(low->name, "b");
	ck_assert_str_eq(top->name, "a");
	ck_assert_ptr_eq(low->above, top);
	ck_assert_ptr_null(top->above);
	ck_assert_ptr_eq(find("a/b/g"), low);
	ck_assert_ptr_ne(find("b/b/f"), low);
	ck_assert_int_eq(target_count(&target), 0);
	base_folders_close(&base);
}
END_TEST

/* Held by a job it outlives base; what is left empty is removed. */
START_TEST(test_held)
{
	struct tree_finish finish;
	struct tree_folder *low = find("a/b/f");

	tree_folder_hold(low);
	base_folders_close(&base);
	ck_assert_int_eq(tree_folder_open(low, &failure), 0);
	ck_assert(target_has(&target, "a/b"));
	tree_folder_close(low);
	if (_i == 1)
		target_write(&target, "a/f", "text");
	tree_folder_release(low);
	while (tree_finish_begin(&finish, &all)) {
		ck_assert_uint_eq(finish.n_failures, 0);
		tree_finish_end(&finish);
	}
	ck_assert(!target_has(&target, "a/b"));
	ck_assert(target_has(&target, "a") == (_i == 1));
}
END_TEST

Suite *
base_folders_suite(void)
{
	Suite *suite = suite_create("base_folders");
	TCase *tcase = unit_case(suite, "base_folders");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_find);
	tcase_add_loop_test(tcase, test_held, 0, 2);
	return suite;
}
