/*
 * Failures: what is set, that errno survives it, and that a long reason is
 * cut and not written beyond its room.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "client/ui/failure.h"
#include "common/names.h"
#include "tests/unit/unit.h"

START_TEST(test_set)
{
	struct failure failure;

	memset(&failure, 0xee, sizeof(failure));
	ck_assert_int_eq(failure_set(&failure, EXIT_LOCAL, "%s: %d of %s", "a",
			     2, "%n"),
	    -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_str_eq(failure.text, "a: 2 of %n");
	/* A later one takes the place of all of it. */
	ck_assert_int_eq(failure_set(&failure, EXIT_BUSY, "%s", ""), -1);
	ck_assert_int_eq(failure.code, EXIT_BUSY);
	ck_assert_str_eq(failure.text, "");
}
END_TEST

START_TEST(test_errno)
{
	const wint_t none = 0x7fffffff;
	struct failure failure;
	char text[8];

	/* A character that is none makes printf fail, and set errno. */
	ck_assert_int_lt(snprintf(text, sizeof(text), "x%lc", none), 0);
	ck_assert_int_eq(errno, EILSEQ);
	errno = ENOSPC;
	ck_assert_int_eq(failure_set(&failure, EXIT_LOCAL, "x%lc", none), -1);
	ck_assert_int_eq(errno, ENOSPC);
	errno = 0;
	failure_set(&failure, EXIT_LOCAL, "%s", "x");
	ck_assert_int_eq(errno, 0);
}
END_TEST

/* The fault: one that is too long was told to be no relative one. */
START_TEST(test_name)
{
	static char longest[NAMES_MAX + 1];
	struct failure failure = {.code = EXIT_OK};

	memset(longest, 'x', sizeof(longest));
	ck_assert_int_eq(failure_check_name(&failure, longest, NAMES_MAX), 0);
	ck_assert_int_eq(failure.code, EXIT_OK);
	ck_assert_int_eq(failure_check_name(&failure, longest, NAMES_MAX + 1),
	    -1);
	ck_assert_int_eq(failure.code, EXIT_USAGE);
	ck_assert_str_eq(failure.text,
	    "not a name: it is longer than 4095 bytes");
	ck_assert_int_eq(failure_check_name(&failure, "/x", 2), -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "must be relative"));
	ck_assert_int_eq(failure_check_name(&failure, "", 0), -1);
}
END_TEST

/* Each says which rule is broken, and what would do. */
START_TEST(test_name_faults)
{
	static const struct {
		const char *name;
		size_t len;
		const char *says;
	} rows[] = {
	    {"", 0, "it is empty"},
	    {"a\0b", 3, "it has a NUL in it; with -0"},
	    {"/a", 2, "without a / in front"},
	    {"/", 1, "without a / in front"},
	    {".", 1, "the served folder itself, which -r fetches"},
	    {"..", 2, "without '..'"},
	    {"a/../b", 6, "without '..'"},
	    {"a/..", 4, "without '..'"},
	    {"./a", 3, "without '.'"},
	    {"a/.", 3, "without '.'"},
	    {"a/", 2, "it ends with a /"},
	    {"a//b", 4, "an empty part"},
	};
	struct failure failure;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_int_eq(failure_check_name(&failure, rows[i].name,
				     rows[i].len),
		    -1);
		ck_assert_int_eq(failure.code, EXIT_USAGE);
		ck_assert_msg(strstr(failure.text, rows[i].says) != NULL,
		    "%s: %s", rows[i].name, failure.text);
	}
}
END_TEST

START_TEST(test_long)
{
	struct {
		struct failure failure;
		char behind[16];
	} room;
	char reason[2 * FAILURE_TEXT], behind[sizeof(room.behind)];
	size_t len;

	for (len = FAILURE_TEXT - 2; len <= FAILURE_TEXT + 1; len++) {
		memset(&room, 'x', sizeof(room));
		memset(behind, 'x', sizeof(behind));
		memset(reason, 'r', sizeof(reason));
		reason[len] = '\0';
		ck_assert_int_eq(failure_set(&room.failure, EXIT_CONNECT, "%s",
				     reason),
		    -1);
		ck_assert_int_eq(room.failure.code, EXIT_CONNECT);
		ck_assert_uint_eq(strlen(room.failure.text),
		    len < FAILURE_TEXT ? len : FAILURE_TEXT - 1);
		ck_assert_mem_eq(room.behind, behind, sizeof(behind));
	}
}
END_TEST

Suite *
failure_suite(void)
{
	Suite *suite = suite_create("failure");
	TCase *tcase = unit_case(suite, "failure");

	tcase_add_test(tcase, test_set);
	tcase_add_test(tcase, test_errno);
	tcase_add_test(tcase, test_name);
	tcase_add_test(tcase, test_name_faults);
	tcase_add_test(tcase, test_long);
	return suite;
}
