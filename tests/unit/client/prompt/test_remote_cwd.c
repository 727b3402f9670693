/*
 * Typed names, resolved from a folder.
 */

#include <stdio.h>
#include <string.h>

#include "client/prompt/remote_cwd.h"
#include "tests/unit/unit.h"

static const struct {
	const char *folder, *typed;
	const char *name; /* NULL: invalid */
	size_t fixed;
} rows[] = {
    {"", "f", "f", 0},
    {"", "a/b/f", "a/b/f", 0},
    {"", "with a space ", "with a space ", 0},
    {"", "", ".", 0},
    {"", ".", ".", 0},
    {"", "./f", "f", 0},
    {"", "/f", "f", 0},
    {"", "/", ".", 0},
    {"", "//a///b//", "a/b", 0},
    {"", "a/./b/.", "a/b", 0},
    {"", "a/..", ".", 0},
    {"", "a/../b", "b", 0},
    {"", "..", NULL, 0},
    {"", "../f", NULL, 0},
    {"", "a/../../f", NULL, 0},
    {"", "/..", NULL, 0},
    {"", "...", "...", 0},
    {"", "..a", "..a", 0},
    {"", ".a", ".a", 0},
    {"d", "f", "d/f", 1},
    {"d", "", "d", 1},
    {"d", ".", "d", 1},
    {"d", "/f", "f", 0},
    {"d", "..", ".", 0},
    {"d", "../f", "f", 0},
    {"d", "../d/f", "d/f", 0},
    {"d", "../..", NULL, 0},
    {"d/e", "f", "d/e/f", 3},
    {"d/e", "../f", "d/f", 1},
    {"d/e", "../e", "d/e", 1},
    {"d/e", "../../f", "f", 0},
    {"d/e", "g/../f", "d/e/f", 3},
    {"[d]/e", "*.gz", "[d]/e/*.gz", 5},
};

START_TEST(test_names)
{
	struct remote_cwd place;
	char name[REMOTE_CWD_NAME];
	size_t fixed = 99;
	int got;

	memset(&place, 0, sizeof(place));
	remote_cwd_go(&place, rows[_i].folder);
	got = remote_cwd_resolve(&place, rows[_i].typed, name, &fixed);
	if (rows[_i].name == NULL) {
		ck_assert_msg(got == -1, "'%s': %s", rows[_i].typed, name);
		return;
	}
	ck_assert_msg(got == 0, "'%s' in '%s'", rows[_i].typed,
	    rows[_i].folder);
	ck_assert_str_eq(name, rows[_i].name);
	ck_assert_uint_eq(fixed, rows[_i].fixed);
	ck_assert_int_eq(remote_cwd_resolve(&place, rows[_i].typed, name, NULL),
	    0);
}
END_TEST

START_TEST(test_lengths)
{
	struct remote_cwd place = {"folder"};
	char longest[NAMES_MAX + 1], name[REMOTE_CWD_NAME];

	memset(longest, 'x', NAMES_MAX);
	longest[NAMES_MAX] = '\0';
	ck_assert_int_eq(remote_cwd_resolve(&place, longest, name, NULL), -1);
	longest[NAMES_MAX - strlen("folder/")] = '\0';
	ck_assert_int_eq(remote_cwd_resolve(&place, longest, name, NULL), 0);
	ck_assert_uint_eq(strlen(name), NAMES_MAX);
	remote_cwd_go(&place, name);
	ck_assert_str_eq(place.folder, name);
	ck_assert_int_eq(remote_cwd_resolve(&place, "x", name, NULL), -1);
	ck_assert_int_eq(remote_cwd_resolve(&place, "..", name, NULL), 0);
	ck_assert_str_eq(name, "folder");
}
END_TEST

START_TEST(test_go)
{
	struct remote_cwd place = {"a"};

	remote_cwd_go(&place, "b/c");
	ck_assert_str_eq(place.folder, "b/c");
	remote_cwd_go(&place, ".");
	ck_assert_str_eq(place.folder, "");
}
END_TEST

Suite *
remote_cwd_suite(void)
{
	Suite *suite = suite_create("remote_cwd");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_loop_test(tcase, test_names, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_lengths);
	tcase_add_test(tcase, test_go);
	return suite;
}
