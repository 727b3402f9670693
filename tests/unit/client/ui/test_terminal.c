/*
 * Which terminals can draw, by TERM.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/ui/terminal.h"
#include "tests/unit/unit.h"

START_TEST(test_names)
{
	static const struct {
		const char *name; /* NULL: TERM is not set */
		bool can_draw;
	} rows[] = {
	    {NULL, false},
	    {"", false},
	    {"dumb", false},
	    {"none", false},
	    {"unknown", false},
	    {"dumber", true},
	    {"xterm-256color", true},
	    {"linux", true},
	};
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int file = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t i;

	ck_assert_int_ge(terminal, 0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		if (rows[i].name == NULL)
			unsetenv("TERM");
		else
			setenv("TERM", rows[i].name, 1);
		ck_assert_msg(terminal_can_draw(terminal) == rows[i].can_draw,
		    "%s", rows[i].name);
		ck_assert(!terminal_can_draw(file));
	}
	close(terminal);
	close(file);
}
END_TEST

Suite *
terminal_suite(void)
{
	Suite *suite = suite_create("terminal");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_test(tcase, test_names);
	return suite;
}
