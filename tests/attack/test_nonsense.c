/* Thousands of connections that send nonsense, or requests that must be
 * refused. */

#include "common/protocol.h"
#include "tests/attack/server_suites.h"
#include "tests/attack/storm.h"
#include "tests/attack/words.h"
#include "tests/harness/harness.h"

static const uint8_t ask[] = {0, 0, 0, 1, 'f'};

static const struct storm nonsense[] = {
    {"garbage", NULL, (const char *const[]){"--request-timeout", "1", NULL},
	{.n = 500,
	    .say = words_of_garbage,
	    .abort_each = 1,
	    .abort_after = PROTOCOL_REPLY_HEADER_SIZE,
	    .gently = true},
	20000, true, false},
    {"large and odd names", NULL, NULL,
	{.n = 50, .say = words_of_names, .repeat = 20, .replies = 20}, 5000,
	true, false},
    {"one address, against its share", NULL,
	(const char *const[]){"--max-connections", "400", "--max-per-address",
	    "100", NULL},
	{.n = 500, .request = ask, .request_len = sizeof(ask), .replies = 1},
	5000, false, false},
    {"one address, against its share", "peers",
	(const char *const[]){"--max-connections", "400", "--max-per-address",
	    "100", NULL},
	{.n = 500, .request = ask, .request_len = sizeof(ask), .deaf = true},
	500, false, false},
};

START_TEST(nonsense_is_refused)
{
	storm_run(&nonsense[_i]);
}
END_TEST

Suite *
nonsense_suite(void)
{
	Suite *suite = suite_create("nonsense");
	TCase *tcase = harness_case(suite, "nonsense", 180);

	tcase_add_loop_test(tcase, nonsense_is_refused, 0,
	    HARNESS_ROWS(nonsense));
	return suite;
}
