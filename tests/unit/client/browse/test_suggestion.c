/*
 * suggestion: which names are similar, and what is printed about a name that
 * was not found.
 */

#include <string.h>
#include <unistd.h>

#include "client/browse/suggestion.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

static const struct {
	const char *asked, *entry;
	int distance;
} pairs[] = {
    {"report.txt", "report.txt", 0},
    {"readme", "README", 0},
    {"reprot.txt", "report.txt", 1}, /* swapped */
    {"reort.txt", "report.txt", 1},
    {"repport.txt", "report.txt", 1},
    {"repart.txt", "report.txt", 1},
    {"report", "report.txt", 1},
    {"a", "a.b", 1},
    {"report.txt", "report", -1},
    {"newreport.txt", "report.txt", 3},
    {"report.txt.gz", "report.txt", 3},
    {"foo", "hook", -1},
    {"fop", "foo", 1},
    {"ab", "ac", -1},
    {"ba", "ab", -1},
    {"abc", "xyz", -1},
    {"abcdef", "badcfe", -1},
    {"abcdef", "badcef", 2},
    {"", "a", -1},
    {"a", "", -1},
};

START_TEST(test_distance)
{
	ck_assert_int_eq(suggestion_distance(pairs[_i].asked, pairs[_i].entry),
	    pairs[_i].distance);
}
END_TEST

/* The longest names fit. */
START_TEST(test_long)
{
	char a[SUGGESTION_NAME], b[SUGGESTION_NAME];

	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'a', sizeof(b) - 1);
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
	ck_assert_int_eq(suggestion_distance(a, b), 0);
	b[100] = b[200] = 'b';
	ck_assert_int_eq(suggestion_distance(a, b), 2);
	memset(b, 'b', sizeof(b) - 1);
	ck_assert_int_eq(suggestion_distance(a, b), -1);
}
END_TEST

static struct script script;

static void
setup(void)
{
	script_open(&script);
}

static void
teardown(void)
{
	script_close(&script);
}

/* Standard error is no terminal: nothing is asked, and the names are
 * forgotten. */
START_TEST(test_no_terminal)
{
	char name[] = "reprot.txt";
	char *names[] = {name};

	if (isatty(STDERR_FILENO) == 1)
		return;
	report_error(&script.report, name, EXIT_NOT_FOUND, "no");
	ck_assert_uint_eq(script.report.n_missing, 1);
	suggestion_tell(&script.connection, &script.report, names, 1, false);
	ck_assert_uint_eq(script.report.n_missing, 0);
}
END_TEST

/* A report keeps a few names. */
START_TEST(test_missing)
{
	int i;

	for (i = 0; i < 2 * REPORT_MISSING; i++)
		report_error(&script.report, "a", EXIT_NOT_FOUND, "no");
	ck_assert_uint_eq(script.report.n_missing, REPORT_MISSING);
	ck_assert_str_eq(script.report.missing[REPORT_MISSING - 1], "a");
}
END_TEST

Suite *
suggestion_suite(void)
{
	Suite *suite = suite_create("suggestion");
	TCase *tcase = unit_case(suite, "distance");

	tcase_add_loop_test(tcase, test_distance, 0, UNIT_ROWS(pairs));
	tcase_add_test(tcase, test_long);
	tcase = unit_case(suite, "suggestion");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_no_terminal);
	tcase_add_test(tcase, test_missing);
	return suite;
}
