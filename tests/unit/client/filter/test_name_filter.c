/*
 * The list of rules: the first one that matches decides, and nothing is
 * excluded without one.
 */

#include <string.h>

#include "client/filter/name_filter.h"
#include "tests/unit/unit.h"

static struct name_filter filter;

static void
setup(void)
{
	memset(&filter, 0, sizeof(filter));
}

static void
teardown(void)
{
	name_filter_free(&filter);
	ck_assert_uint_eq(filter.n, 0);
	name_filter_free(&filter);
}

/* "+ PATTERN" includes, "- PATTERN" excludes. */
static void
add(const char *rule)
{
	const char *why = "";

	ck_assert_msg(name_filter_add(&filter, rule + 2, rule[0] == '+',
			  &why) == 0,
	    "%s: %s", rule, why);
}

START_TEST(test_first_match_decides)
{
	static const struct {
		const char *rules[3], *path;
		bool is_folder, excludes;
	} rows[] = {
	    {{NULL}, "a", false, false},
	    {{"- a"}, "a", false, true},
	    {{"- a"}, "b", false, false},
	    {{"+ a"}, "b", false, false},
	    {{"+ a", "- *"}, "a", false, false},
	    {{"+ a", "- *"}, "b", false, true},
	    {{"- *", "+ a"}, "a", false, true},
	    {{"+ *.jpg", "- *"}, "d/a.jpg", false, false},
	    {{"+ *.jpg", "- *"}, "d", true, true},
	    {{"+ */", "+ *.jpg", "- *"}, "d", true, false},
	    {{"+ */", "+ *.jpg", "- *"}, "d", false, true},
	    {{"- a/", "- b"}, "a", false, false},
	    {{"- a/", "- b"}, "a", true, true},
	};
	size_t i, j;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		for (j = 0; j < 3 && rows[i].rules[j] != NULL; j++)
			add(rows[i].rules[j]);
		ck_assert_msg(name_filter_excludes(&filter, rows[i].path,
				  rows[i].is_folder) == rows[i].excludes,
		    "row %zu", i);
		name_filter_free(&filter);
	}
}
END_TEST

/* A rule that is refused leaves the others. */
START_TEST(test_refused)
{
	const char *why = "";

	add("- a");
	ck_assert_int_eq(name_filter_add(&filter, "[", true, &why), -1);
	ck_assert_str_eq(why, "a '[' without its ']'");
	ck_assert_uint_eq(filter.n, 1);
	ck_assert(name_filter_excludes(&filter, "a", false));
}
END_TEST

Suite *
name_filter_suite(void)
{
	Suite *suite = suite_create("name_filter");
	TCase *tcase = unit_case(suite, "name_filter");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_first_match_decides);
	tcase_add_test(tcase, test_refused);
	return suite;
}
