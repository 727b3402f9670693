/*
 * The work that the options ask for, against a server that follows a script:
 * each mode is told by what it prints and by the exit code.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/run.h"
#include "tests/unit/child.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

static struct script script;
static struct client_options options;
static struct pipeline pipeline;

static void
setup(void)
{
	script_open(&script);
	memset(&options, 0, sizeof(options));
	options.transfer.connection = script.settings;
	options.transfer.jobs = 1;
	options.follow.connection = script.settings;
	script.report_settings.quiet = false;
}

static void
teardown(void)
{
	script_close(&script);
}

static void
run_there(void *argument)
{
	(void)argument;
	script_send(&script);
	pipeline_open(&pipeline, &options.transfer, NULL, &script.report,
	    &script.progress, NULL);
	/* The pipeline goes on with the connection to the script. */
	pipeline.connection = script.connection;
	run_work(&options, &pipeline, NULL);
	fflush(NULL);
	_exit(script.report.code);
}

/* The folder at the top, with the files a1 and a2. */
static void
script_top(void)
{
	script_stat(&script, S_IFDIR | 0755, 7);
	script_begin_page(&script, 0);
	script_entry(&script, S_IFREG | 0644, 5, "a1");
	script_entry(&script, S_IFREG | 0644, 5, "a2");
	script_end_page(&script);
}

START_TEST(test_list)
{
	struct child child;

	options.is_list = true;
	script_top();
	child_run(&child, run_there, NULL);
	ck_assert_int_eq(child.code, EXIT_OK);
	ck_assert_ptr_nonnull(strstr(child.out, "a1\n"));
	ck_assert_ptr_nonnull(strstr(child.out, "a2\n"));
}
END_TEST

/* An option for one file has a pattern that two files match. */
START_TEST(test_several_match)
{
	static const struct {
		const char *output, *single;
		bool is_follow;
		const char *said;
	} rows[] = {
	    {"x", "-o", false, "a*: -o needs exactly one NAME, and 2 match\n"},
	    {NULL, "-f", true, "a*: -f needs exactly one NAME, and 2 match\n"},
	    {NULL, "--sha256", false,
		"a*: --sha256 needs exactly one NAME, and 2 "
		"match\n"},
	};
	static char pattern[] = "a*";
	char *names[] = {pattern, NULL};
	struct child child;

	options.names = names;
	options.n_names = 1;
	options.transfer.output = rows[_i].output;
	options.is_follow = rows[_i].is_follow;
	options.transfer.has_sha256 = !rows[_i].is_follow;
	options.single = rows[_i].single;
	script_refuse(&script, PROTOCOL_NOT_FOUND, "");
	script_top();
	child_run(&child, run_there, NULL);
	ck_assert_msg(child.code == EXIT_USAGE, "%s", child.err);
	ck_assert_msg(strstr(child.err, rows[_i].said) != NULL, "%s",
	    child.err);
}
END_TEST

Suite *
run_suite(void)
{
	Suite *suite = suite_create("run");
	TCase *tcase = unit_case(suite, "modes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_list);
	tcase_add_loop_test(tcase, test_several_match, 0, 3);
	return suite;
}
