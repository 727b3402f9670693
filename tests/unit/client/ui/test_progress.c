/*
 * Progress on something that is no terminal: which mode becomes which, what is
 * counted and what a line shows. The time of the next drawing is set back, so
 * that no test waits for it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ui/progress.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct progress progress;

START_TEST(test_modes)
{
	static const struct {
		struct progress_settings settings;
		enum progress_mode mode;
		bool start_line;
	} rows[] = {
	    {{PROGRESS_MODE_AUTO, false}, PROGRESS_MODE_NONE, true},
	    {{PROGRESS_MODE_BAR, false}, PROGRESS_MODE_BAR, false},
	    {{PROGRESS_MODE_PLAIN, false}, PROGRESS_MODE_PLAIN, true},
	    {{PROGRESS_MODE_NONE, false}, PROGRESS_MODE_NONE, false},
	    {{PROGRESS_MODE_AUTO, true}, PROGRESS_MODE_NONE, false},
	    {{PROGRESS_MODE_BAR, true}, PROGRESS_MODE_NONE, false},
	};
	size_t i;

	/* However the tests are run, nothing can draw here. */
	setenv("TERM", "dumb", 1);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		progress_open(&progress, &rows[i].settings);
		ck_assert_int_eq(progress.mode, rows[i].mode);
		ck_assert_int_eq(progress.start_line, rows[i].start_line);
	}
}
END_TEST

START_TEST(test_counts)
{
	static const struct progress_settings none = {PROGRESS_MODE_NONE,
	    false};
	static const char a[] = "name", b[] = "name";

	progress_open(&progress, &none);
	progress_begin(&progress, 2);
	progress_add_file(&progress);
	ck_assert_uint_eq(progress.files, 3);
	progress_begin_file(&progress, 3, a, 10, 4, true);
	progress_add(&progress, a, 3);
	ck_assert_uint_eq(progress.at, 7);
	ck_assert_uint_eq(progress.file_received, 3);
	/* Bytes that were here already come again: no more than the size. */
	progress_add(&progress, a, 7);
	ck_assert_uint_eq(progress.at, 10);
	/* The pointer tells files apart, not the name. */
	progress_add(&progress, b, 5);
	ck_assert_uint_eq(progress.file_received, 10);
	ck_assert_uint_eq(progress_bytes(&progress), 15);
	progress_end_file(&progress, b);
	progress_begin_file(&progress, 2, b, 20, 0, false);
	ck_assert_ptr_eq(progress.name, a);
	progress_end_file(&progress, a);
	progress_begin_file(&progress, 2, b, 20, 0, false);
	ck_assert_ptr_eq(progress.name, b);
	progress_begin(&progress, 1);
	ck_assert_uint_eq(progress_bytes(&progress), 0);
}
END_TEST

/* argument: the mode. */
static void
draw_there(void *argument)
{
	const struct progress_settings settings =
	    {*(const enum progress_mode *)argument, false};
	static const char name[] = "n\x1b";

	progress_open(&progress, &settings);
	progress_begin(&progress, 2);
	progress_begin_file(&progress, 2, name, 10, 0, true);
	progress_add(&progress, name, 4);
	progress.next = 0;
	progress_add(&progress, name, 1);
	/* The next drawing is not due. */
	progress_add(&progress, name, 1);
	progress_clear(&progress);
	progress_clear(&progress);
}

START_TEST(test_plain)
{
	enum progress_mode mode = PROGRESS_MODE_PLAIN;
	struct child child;

	child_run(&child, draw_there, &mode);
	ck_assert_ptr_eq(strstr(child.err, "n\\033   50%  5B of 10B  "),
	    child.err);
	ck_assert_ptr_nonnull(strstr(child.err, "  [1/2 files, 5B]\n"));
	ck_assert_ptr_eq(strchr(child.err, '\n'),
	    child.err + strlen(child.err) - 1);
	ck_assert_str_eq(child.out, "");
}
END_TEST

/* A bar is drawn once and removed once. */
START_TEST(test_bar)
{
	static const char erase[] = "\r\033[K";
	enum progress_mode mode = PROGRESS_MODE_BAR;
	struct child child;
	size_t len;

	child_run(&child, draw_there, &mode);
	len = strlen(child.err);
	ck_assert_uint_gt(len, 2 * strlen(erase));
	ck_assert_ptr_eq(strstr(child.err, erase), child.err);
	ck_assert_ptr_nonnull(strstr(child.err, " 50%  5B of 10B  "));
	ck_assert_ptr_eq(strstr(child.err + 1, erase),
	    child.err + len - strlen(erase));
	ck_assert_ptr_null(strchr(child.err, '\n'));
}
END_TEST

START_TEST(test_none)
{
	enum progress_mode mode = PROGRESS_MODE_NONE;
	struct child child;

	child_run(&child, draw_there, &mode);
	ck_assert_str_eq(child.err, "");
}
END_TEST

Suite *
progress_suite(void)
{
	Suite *suite = suite_create("progress");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_test(tcase, test_modes);
	tcase_add_test(tcase, test_counts);
	tcase_add_test(tcase, test_plain);
	tcase_add_test(tcase, test_bar);
	tcase_add_test(tcase, test_none);
	return suite;
}
