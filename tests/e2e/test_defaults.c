/* The user's config file and FILEGET_OPTIONS: real commands obey both, yield to
 * nothing but the command line, and end at the first mistake. */

#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

static struct server server;
static struct program client;

static void
start(const char *config)
{
	scratch_mkdir("home");
	scratch_mkdir("home/.config");
	scratch_mkdir("home/.config/fileget");
	scratch_text("home/.config/fileget/config", config);
	scratch_fill("served/data", 70000, 1);
	server_start(&server, NULL);
}

/* Runs fileget with this FILEGET_OPTIONS. */
static void
get(int code, const char *variable, const char *const *args)
{
	const char *const env[] = {variable, NULL};

	client_start(&client, server.port, args, env);
	here_expect_exit(&client, code, variable);
}

START_TEST(file_and_variable_and_command_line)
{
	start("# mine\nkeep-name\r\n\ndirectory-prefix my folder\nverbose");
	scratch_mkdir("here/my folder");
	scratch_mkdir("here/other");

	get(0, "FILEGET_OPTIONS=", HERE_LIST("data"));
	sum_expect_files("here/my folder/data", "served/data");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "/home/.config/fileget/config"));
	get(0, "FILEGET_OPTIONS=-P other -q", HERE_LIST("data"));
	sum_expect_files("here/other/data", "served/data");
	ck_assert_str_eq(program_err(&client), "");
	get(0, "FILEGET_OPTIONS=-P other --sums", HERE_LIST("-o", "f", "data"));
	sum_expect_files("here/f", "served/data");
	ck_assert_ptr_nonnull(strstr(program_out(&client), "  f\n"));
	get(0, "FILEGET_OPTIONS=--json", HERE_LIST("--no-config", "data"));
	sum_expect_files("here/newdata", "served/data");
	ck_assert_str_eq(program_out(&client), "");
	server_stop(&server);
	here_expect_names("here", "all",
	    HERE_LIST("my folder", "other", "f", "newdata"));
}
END_TEST

/* A listing is made in spite of defaults for downloads. */
START_TEST(defaults_for_downloads_do_not_stop_a_listing)
{
	start("jobs 4\nupdate\nkeep-name\nno-verify\nhidden\n");
	get(0, "FILEGET_OPTIONS=--fsync -P nowhere", HERE_LIST("-l"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "data"));
	get(0, "FILEGET_OPTIONS=--json", HERE_LIST("-q", "-o", "-", "data"));
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row, *config, *variable, *said;
} wrong[] = {
    {"an unknown line", "jobs 2\nspeed 3\n", "FILEGET_OPTIONS=",
	"/home/.config/fileget/config:2: unknown option 'speed'"},
    {"a wrong value", "jobs many\n", "FILEGET_OPTIONS=",
	"/home/.config/fileget/config:1: --jobs: 'many' is invalid"},
    {"for one command", "\noutput f\n", "FILEGET_OPTIONS=",
	"/home/.config/fileget/config:2: output is for one command"},
    {"a wrong word", "", "FILEGET_OPTIONS=-q --speed 3",
	"FILEGET_OPTIONS: unknown option --speed"},
    {"an operand", "", "FILEGET_OPTIONS=myhost",
	"FILEGET_OPTIONS: 'myhost' is not an option"},
};

START_TEST(a_mistake_ends_the_command)
{
	start(wrong[_i].config);
	get(2, wrong[_i].variable, HERE_LIST("data"));
	ck_assert_msg(strstr(program_err(&client), wrong[_i].said) != NULL,
	    "%s: %s", wrong[_i].row, program_err(&client));
	ck_assert_uint_eq(program_lines(program_err(&client)), 2);
	get(0, wrong[_i].variable, HERE_LIST("--no-config", "data"));
	server_stop(&server);
}
END_TEST

Suite *
defaults_suite(void)
{
	Suite *suite = suite_create("defaults");
	TCase *tcase = harness_case(suite, "defaults", 60);

	tcase_add_test(tcase, file_and_variable_and_command_line);
	tcase_add_test(tcase, defaults_for_downloads_do_not_stop_a_listing);
	tcase_add_loop_test(tcase, a_mistake_ends_the_command, 0,
	    (int)HARNESS_ROWS(wrong));
	return suite;
}
