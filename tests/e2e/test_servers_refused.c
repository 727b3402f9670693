/* Lists of servers that are refused: one line, the hint, exit code 2, and
 * nothing is written. */

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"

static struct program client;

/* ---- bad input ------------------------------------------------------------
 */

static const struct {
	const char *args[4], *said;
} wrong[] = {
    {{"a,,b", "80", "f"}, "the list of servers has an empty member"},
    {{"a,", "80", "f"}, "the list of servers has an empty member"},
    {{",a", "80", "f"}, "the list of servers has an empty member"},
    {{"a,b,a", "80", "f"}, "a:80 is in the list twice"},
    {{"a:80,A", "80", "f"}, "A:80 is in the list twice"},
    {{"a,b:0", "80", "f"}, "'0' is too small (1 to 65535)"},
    {{"a,b:70000", "80", "f"}, "'70000' is too large (1 to 65535)"},
    {{"a,b:x,c", "80", "f"}, "'x' is neither a number"},
    {{"a,[::1", "80", "f"}, "'[::1' lacks a ']'"},
    {{"a,b", "f"}, "port: 'f' is neither a number"},
    {{"a:1,b"}, "a PORT is needed, for 'b' has none"},
    {{"a,http://b/c", "80"}, "is a URL"},
    {{"files://a,b:80/f"}, "a link names one server"},
};

START_TEST(refused)
{
	client_start_plain(&client, wrong[_i].args);
	here_expect_exit(&client, 2, wrong[_i].said);
	ck_assert_ptr_nonnull(strstr(program_err(&client), wrong[_i].said));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "\ntry 'fileget --help'\n"));
	ck_assert_uint_eq(program_lines(program_err(&client)), 2);
	here_expect_names("here", "refused", HERE_LIST(NULL));
}
END_TEST

START_TEST(too_many)
{
	char list[1024] = "h";
	int i;

	for (i = 0; i < 64; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
		    ",h%d", i);
	client_start_plain(&client, HERE_LIST(list, "80", "f"));
	here_expect_exit(&client, 2, "too many");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "host: more than 64 servers\n"));
}
END_TEST

Suite *
servers_refused_suite(void)
{
	Suite *suite = suite_create("servers_refused");
	TCase *tcase = harness_case(suite, "lists", 60);

	tcase_add_loop_test(tcase, refused, 0, HARNESS_ROWS(wrong));
	tcase_add_test(tcase, too_many);
	return suite;
}
