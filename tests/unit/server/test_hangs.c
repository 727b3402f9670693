/*
 * hangs: calls that hang are counted and logged, now and then.
 */

#include <sys/sysmacros.h>

#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/hangs.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct child child;

/* Counts calls that began at these times; logs what hangs_report logs. */
static void
count_calls(struct hangs *hangs, int64_t now, int n)
{
	struct hangs_call calls[3];
	int i;

	for (i = 0; i < 3; i++) {
		hangs_begin(&calls[i], makedev(0, 45), clock_now());
		atomic_store(&calls[i].since, now - HANGS_AFTER + 1);
		if (i < n)
			atomic_store(&calls[i].since, now - HANGS_AFTER);
		hangs_add(hangs, &calls[i], now);
		hangs_end(&calls[i]);
		hangs_add(hangs, &calls[i], now);
	}
	hangs_report(hangs, now);
}

static void
count_for_a_while(void *argument)
{
	struct hangs hangs = {.n = 0};
	int64_t now = clock_now() + 1000 * CLOCK_SEC;

	(void)argument;
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	if (!hangs_are_due(&hangs, now) || hangs_are_due(&hangs, now + 1))
		_exit(1);
	count_calls(&hangs, now, 0);
	count_calls(&hangs, now, 1);
	count_calls(&hangs, now, 1);
	count_calls(&hangs, now, 2);
	count_calls(&hangs, now + HANGS_QUIET, 3);
	count_calls(&hangs, now + HANGS_QUIET, 0);
	count_calls(&hangs, now + HANGS_QUIET, 0);
}

START_TEST(test_reports)
{
	const char *line;

	child_run(&child, count_for_a_while, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	line = strstr(child.err, "1 connection waits for storage");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, "device 0:45"));
	ck_assert_ptr_null(strstr(line, "2 connections"));
	line = strstr(line, "3 connections wait for storage");
	ck_assert_ptr_nonnull(line);
	line = strstr(line, "no connection waits");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, "no connection waits"));
}
END_TEST

Suite *
hangs_suite(void)
{
	Suite *suite = suite_create("hangs");
	TCase *tcase = unit_case(suite, "hangs");

	tcase_add_test(tcase, test_reports);
	return suite;
}
