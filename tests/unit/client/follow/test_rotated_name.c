/*
 * The names that a rotation gives to old logs, and names that only look alike.
 */

#include "client/follow/rotated_name.h"
#include "tests/unit/unit.h"

static const struct {
	const char *base, *name;
	bool is_rotated, is_related;
} rows[] = {
    {"log", "log.1", true, true},
    {"log", "log-20261129", true, true},
    {"log", "log_2", true, true},
    {"log", "log.2026-11-29T10:00:00Z", true, true},
    {"log", "log", false, true},
    {"log", "log.", false, true},
    {"log", "log1", false, true},
    {"log", "log..", false, true},
    {"log", "log.1.gz", false, true},
    {"log", "log.bak", false, true},
    {"log", "lo.1", false, false},
    {"log", "other.1", false, false},
    {"app.log", "app.log.1", true, true},
    {"app.log", "app-20261129.log", true, true},
    {"app.log", "app.1.log", true, true},
    {"app.log", "app.1.txt", false, true},
    {"app.log", "app.log", false, true},
    {"app.log", "application.log", false, true},
    {"app.log", "ap.1.log", false, false},
    {".log", ".log.1", true, true},
    {".log", "1.log", false, false},
};

START_TEST(test_names)
{
	ck_assert_msg(rotated_name_is_rotated(rows[_i].base, rows[_i].name) ==
		rows[_i].is_rotated,
	    "%s, %s", rows[_i].base, rows[_i].name);
	ck_assert_msg(rotated_name_is_related(rows[_i].base, rows[_i].name) ==
		rows[_i].is_related,
	    "%s, %s", rows[_i].base, rows[_i].name);
}
END_TEST

Suite *
rotated_name_suite(void)
{
	Suite *suite = suite_create("rotated_name");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_loop_test(tcase, test_names, 0, (int)UNIT_ROWS(rows));
	return suite;
}
