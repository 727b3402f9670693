/* listed_names: names are found again, many of them, and none that was not
 * added; with a name too many the set is empty and says so. */

#include <stdio.h>

#include "client/transfer/listed_names.h"
#include "tests/unit/unit.h"

enum {
	NAMES = 5000, /* several times the first table */
};

static void
print_name(char name[16], int i)
{
	snprintf(name, 16, "n%d", i);
}

START_TEST(test_many)
{
	struct listed_names names = {.slots = NULL};
	char name[16];
	int i;

	ck_assert(!listed_names_have(&names, "n0"));
	for (i = 0; i < NAMES; i++) {
		print_name(name, i);
		listed_names_add(&names, name);
		listed_names_add(&names, name);
	}
	ck_assert_uint_eq(names.n, NAMES);
	for (i = 0; i < 2 * NAMES; i++) {
		print_name(name, i);
		ck_assert(listed_names_have(&names, name) == (i < NAMES));
	}
	listed_names_close(&names);
	ck_assert(!listed_names_have(&names, "n0"));
	ck_assert(!names.is_cut);
}
END_TEST

START_TEST(test_too_many)
{
	struct listed_names names = {.slots = NULL};

	listed_names_add(&names, "a");
	names.n = LISTED_NAMES_MOST;
	listed_names_add(&names, "b");
	ck_assert(names.is_cut);
	ck_assert(!listed_names_have(&names, "a"));
	listed_names_add(&names, "a");
	ck_assert(!listed_names_have(&names, "a"));
	ck_assert_ptr_null(names.slots);
}
END_TEST

Suite *
listed_names_suite(void)
{
	Suite *suite = suite_create("listed_names");
	TCase *tcase = tcase_create("names");

	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_too_many);
	suite_add_tcase(suite, tcase);
	return suite;
}
