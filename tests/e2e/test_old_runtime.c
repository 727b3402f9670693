/*
 * Container runtimes from before 2020 fail the unknown openat2(2) with EPERM;
 * others with EACCES or ENOSYS. Both programs say so and blame no folder.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <seccomp.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static const int answers[] = {EPERM, EACCES, ENOSYS};
static int answer;

/* Runs in the child: refuses the call as the runtime does. */
static void
refuse_openat2(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (filter == NULL ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)answer),
		SCMP_SYS(openat2), 0) != 0 ||
	    seccomp_load(filter) != 0)
		_exit(125);
}

START_TEST(the_server_blames_the_runtime)
{
	struct program program = {.pid = 0};

	answer = answers[_i];
	program_start(&program,
	    &(struct program_options){.path = harness_fileserv,
		.args =
		    (const char *const[]){"-p", "0", "-a", "127.0.0.1", NULL},
		.cwd = "served",
		.before = refuse_openat2});
	ck_assert_int_eq(program_wait(&program, WAIT_LIMIT), 1);
	ck_assert_msg(strncmp(program_err(&program),
			  "fileserv: cannot serve: this system refuses "
			  "openat2(2)",
			  52) == 0 &&
		strstr(program_err(&program), "seccomp=unconfined") != NULL &&
		program_lines(program_err(&program)) == 1,
	    "%s", program_err(&program));
}
END_TEST

START_TEST(the_client_blames_the_runtime)
{
	struct program client = {.pid = 0};
	struct server server;

	answer = answers[_i];
	scratch_mkdir("served/t");
	scratch_fill("served/t/a", 100, 1);
	scratch_fill("served/f", 100, 2);
	server_start(&server, NULL);
	here_start_after(&client, server.port, HERE_LIST("-r", "t"),
	    refuse_openat2);
	here_expect_exit(&client, 10, "-r");
	ck_assert_msg(strstr(program_err(&client),
			  "this system refuses openat2(2)") != NULL &&
		strstr(program_err(&client), "newt: ") == NULL,
	    "%s", program_err(&client));
	/* Without folders fileget does not need the call. */
	here_start_after(&client, server.port, HERE_LIST("f"), refuse_openat2);
	here_expect_exit(&client, 0, "a file");
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

Suite *
old_runtime_suite(void)
{
	Suite *suite = suite_create("old_runtime");
	TCase *tcase = harness_case(suite, "old runtime", 60);

	tcase_add_loop_test(tcase, the_server_blames_the_runtime, 0,
	    HARNESS_ROWS(answers));
	tcase_add_loop_test(tcase, the_client_blames_the_runtime, 0,
	    HARNESS_ROWS(answers));
	return suite;
}
