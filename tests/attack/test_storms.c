/* Thousands of connections that come and go, and send nothing, or ask for a
 * file and do not read it. */

#include "tests/attack/server_suites.h"
#include "tests/attack/storm.h"
#include "tests/harness/harness.h"

static const uint8_t ask[] = {0, 0, 0, 1, 'f'};

static const struct storm storms[] = {
    {"connect, and leave", NULL, NULL,
	{.n = 5000, .abort_each = 1, .gently = true}, 50000, false, false},
    {"connect, and reset", NULL, NULL, {.n = 5000, .abort_each = 1}, 50000,
	false, false},
    {"connect, and reset, many addresses", NULL, NULL,
	{.n = 5000, .each = 500, .abort_each = 1}, 50000, false, true},
    {"ask for 16 MiB, take 1 KiB, reset", NULL, NULL,
	{.n = 50,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .abort_each = 1,
	    .abort_after = 1024},
	10000, false, false},
    {"ask for 16 MiB, take 1 KiB, reset", "sigpipe", NULL,
	{.n = 50,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .abort_each = 1,
	    .abort_after = 1024},
	10000, false, false},
};

START_TEST(a_storm_leaves_nothing_behind)
{
	storm_run(&storms[_i]);
}
END_TEST

Suite *
storms_suite(void)
{
	Suite *suite = suite_create("storms");
	TCase *tcase = harness_case(suite, "storms", 180);

	tcase_add_loop_test(tcase, a_storm_leaves_nothing_behind, 0,
	    HARNESS_ROWS(storms));
	return suite;
}
