/*
 * The advice that follows a message, by exit code, name and options.
 */

#include <string.h>

#include "client/ui/advice.h"
#include "tests/unit/unit.h"

START_TEST(test_advice)
{
	static const struct {
		const char *row;
		enum exit_code code;
		const char *name;
		bool input_nul;
		const char *says; /* NULL: nothing */
	} rows[] = {
	    {"lines for NULs", EXIT_NOT_FOUND, "a\nb", true, "without -0"},
	    {"a line break", EXIT_NOT_FOUND, "a\nb", false, NULL},
	    {"not there", EXIT_NOT_FOUND, "a", true, NULL},
	    {"a port", EXIT_NOT_FOUND, "8080", false, "HOST:PORT already"},
	    {"hidden", EXIT_DENIED, "a/.b", false, "fileserv --hidden"},
	    {"denied", EXIT_DENIED, "a/b", false, NULL},
	    {"denied, all", EXIT_DENIED, NULL, false, NULL},
	    {"busy", EXIT_BUSY, "a", false, "--retry"},
	    {"changed", EXIT_CHANGED, "a", false, "--retry"},
	    {"stalled", EXIT_STALLED, NULL, false, "--retry"},
	    {"local", EXIT_LOCAL, ".a", false, NULL},
	};
	struct advice_settings settings = {.port_name = "8080"};
	struct failure failure;
	const char *got;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		settings.input_nul = rows[i].input_nul;
		failure_set(&failure, rows[i].code, "x");
		got = advice_for(&settings, rows[i].name, &failure);
		ck_assert_msg((got == NULL) == (rows[i].says == NULL) &&
			(got == NULL || strstr(got, rows[i].says) != NULL),
		    "%s: %s", rows[i].row, got == NULL ? "nothing" : got);
	}
	failure_set(&failure, EXIT_BUSY, "given up: x");
	ck_assert_ptr_null(advice_for(&settings, "a", &failure));
	/* Servers that disagree are not asked again, however often. */
	failure_set(&failure, EXIT_CHANGED, "the servers disagree: x");
	got = advice_for(&settings, "a", &failure);
	ck_assert_ptr_nonnull(got);
	ck_assert_ptr_null(strstr(got, "--retry"));
	/* A single name may be looked for, or waited for. */
	settings = (struct advice_settings){.is_single_name = true};
	failure_set(&failure, EXIT_NOT_FOUND, "x");
	got = advice_for(&settings, "a", &failure);
	ck_assert_ptr_nonnull(got);
	ck_assert_ptr_nonnull(strstr(got, "--wait"));
	ck_assert_ptr_null(advice_for(&settings, "a*", &failure));
	settings.wait = 1;
	ck_assert_ptr_null(advice_for(&settings, "a", &failure));
	/* A link that leads to nothing cannot be waited for. */
	settings.wait = 0;
	failure_set(&failure, EXIT_NOT_FOUND,
	    "the server says: this link leads to nothing here");
	got = advice_for(&settings, "a", &failure);
	ck_assert_ptr_nonnull(got);
	ck_assert_ptr_nonnull(strstr(got, "whole link"));
	ck_assert_ptr_null(strstr(got, "--wait"));
	settings.wait = 1;
	/* Printed bytes cannot be fetched again; --settle needs time. */
	failure_set(&failure, EXIT_CHANGED, "x");
	settings.to_stdout = true;
	ck_assert_ptr_null(advice_for(&settings, "a", &failure));
	settings.settle = 1;
	ck_assert_ptr_nonnull(
	    strstr(advice_for(&settings, "a", &failure), "--wait"));
}
END_TEST

Suite *
advice_suite(void)
{
	Suite *suite = suite_create("advice");
	TCase *tcase = unit_case(suite, "codes");

	tcase_add_test(tcase, test_advice);
	return suite;
}
