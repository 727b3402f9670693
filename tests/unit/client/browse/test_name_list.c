/*
 * The list of names: what is added, in which order, and what is refused.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/browse/name_list.h"
#include "common/names.h"
#include "tests/unit/unit.h"

static struct name_list list;

static void
setup(void)
{
	memset(&list, 0, sizeof(list));
}

static void
teardown(void)
{
	name_list_free(&list);
	ck_assert_uint_eq(list.n, 0);
	name_list_free(&list);
}

START_TEST(test_joined)
{
	static const struct {
		const char *folder, *name, *joined;
	} rows[] = {
	    {"", "a", "a"},
	    {".", "a", "a"},
	    {"d", "a", "d/a"},
	    {"d/e", "a/b", "d/e/a/b"},
	    {"", ".", "."},
	    {"", "", ""},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_int_eq(name_list_add(&list, rows[i].folder,
				     rows[i].name),
		    0);
		ck_assert_uint_eq(list.n, i + 1);
		ck_assert_str_eq(list.names[i], rows[i].joined);
	}
}
END_TEST

START_TEST(test_too_long)
{
	char name[NAMES_MAX + 1];

	memset(name, 'x', NAMES_MAX);
	name[NAMES_MAX] = '\0';
	ck_assert_int_eq(name_list_add(&list, "", name), 0);
	ck_assert_int_eq(name_list_add(&list, "d", name), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	name[NAMES_MAX - 2] = '\0';
	ck_assert_int_eq(name_list_add(&list, "d", name), 0);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(strlen(list.names[1]), NAMES_MAX);
}
END_TEST

START_TEST(test_sorted)
{
	static const char *const names[] = {"z", "b", "\377", "B", "a"};
	static const char *const sorted[] = {"z", "B", "a", "b", "\377"};
	size_t i;

	name_list_sort(&list, 0);
	for (i = 0; i < UNIT_ROWS(names); i++)
		ck_assert_int_eq(name_list_add(&list, "", names[i]), 0);
	name_list_sort(&list, 1);
	for (i = 0; i < UNIT_ROWS(sorted); i++)
		ck_assert_str_eq(list.names[i], sorted[i]);
	name_list_sort(&list, list.n);
}
END_TEST

START_TEST(test_many)
{
	char name[16];
	size_t i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		ck_assert_int_eq(name_list_add(&list, "", name), 0);
	}
	ck_assert_uint_eq(list.n, 1000);
	ck_assert_str_eq(list.names[999], "999");
}
END_TEST

Suite *
name_list_suite(void)
{
	Suite *suite = suite_create("name_list");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_joined);
	tcase_add_test(tcase, test_too_long);
	tcase_add_test(tcase, test_sorted);
	tcase_add_test(tcase, test_many);
	return suite;
}
