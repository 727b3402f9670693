/*
 * The help of the prompt fits any terminal, and tells users of other programs
 * what to type.
 */

#include <string.h>

#include "client/prompt/help.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static void
print_there(void *argument)
{
	help_print(*(const unsigned *)argument);
}

static const unsigned widths[] = {30, 40, 59, 60, 80, 200};

START_TEST(test_width)
{
	static const char *const words[] = {"get NAME", "-r NAME", "ls [DIR]",
	    "cd [DIR]", "pwd", "help, ?", "exit, quit, bye", "Ctrl-C"};
	unsigned columns = widths[_i];
	struct child child;
	const char *line;
	size_t i, n;

	child_run(&child, print_there, &columns);
	for (line = child.err; *line != '\0'; line += n + 1) {
		n = strcspn(line, "\n");
		ck_assert_msg(n < columns, "%u: %s", columns, line);
		ck_assert_msg(n > 0 && line[n - 1] != ' ', "%u: %s", columns,
		    line);
	}
	for (i = 0; i < UNIT_ROWS(words); i++)
		ck_assert_msg(strstr(child.err, words[i]) != NULL,
		    "%u: no %s in:\n%s", columns, words[i], child.err);
	ck_assert_uint_lt(strlen("fileget: ") + strlen(help_hint(40, true)),
	    40);
	ck_assert_uint_lt(strlen("fileget: ") + strlen(help_hint(80, true)),
	    80);
	ck_assert_ptr_nonnull(strstr(help_hint(80, true), "Tab"));
	ck_assert_ptr_null(strstr(help_hint(80, false), "Tab"));
}
END_TEST

START_TEST(test_habits)
{
	static const struct {
		const char *line;
		const char *advice; /* its begin; NULL: none */
	} rows[] = {
	    {"dir", "ls "},
	    {"dir /tmp", "ls "},
	    {"mget\t*.c", "*.txt "},
	    {"lcd ..", "files arrive "},
	    {"put x", "a fileserv sends "},
	    {"rename a b", "nothing on "},
	    {"open h 80", "for another server "},
	    {"close", "exit "},
	    {"binary", "there is nothing "},
	    {"!ls", "Ctrl-Z "},
	    {"reget big", "get goes on "},
	    {"q", "exit "},
	    {"two names", "a whole line "},
	    {"a-word-that-is-longer-than-any-of-them x", "a whole line "},
	    {"", NULL},
	    {"dirs", NULL},
	    {"di", NULL},
	    {"report.txt", NULL},
	    {"a-word-that-is-longer-than-any-of-them", NULL},
	};
	const char *advice;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		advice = help_for_habit(rows[i].line);
		ck_assert_msg((advice == NULL) == (rows[i].advice == NULL),
		    "%s", rows[i].line);
		ck_assert_msg(advice == NULL ||
			strncmp(advice, rows[i].advice,
			    strlen(rows[i].advice)) == 0,
		    "%s: %s", rows[i].line, advice);
	}
}
END_TEST

Suite *
help_suite(void)
{
	Suite *suite = suite_create("help");
	TCase *tcase = unit_case(suite, "help");

	tcase_add_loop_test(tcase, test_width, 0, (int)UNIT_ROWS(widths));
	tcase_add_test(tcase, test_habits);
	return suite;
}
