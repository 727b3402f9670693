/*
 * Kernels, file systems and containers that lack a system call for which there
 * is another way.
 */

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/kernel.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

#define SIZE (5 * 1024 * 1024 + 17) /* several calls, and a rest */

static struct program client;
static struct server server;

static const char *const ways[][5] = {
    {"-q", "f"},
    {"-q", "--no-verify", "f"},
    {"-q", "-j", "2", "f"},
};

/* The server cannot send from this file system by sendfile(2). */
START_TEST(without_sendfile)
{
	scratch_fill("served/f", SIZE, 1);
	server_start_after(&server, NULL, kernel_without_sendfile);
	here_get(&client, server.port, 0, ways[_i][1], ways[_i]);
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* The client cannot receive without copying. */
START_TEST(without_splice)
{
	scratch_fill("served/f", SIZE, 1);
	server_start(&server, NULL);
	here_start_after(&client, server.port, ways[_i], kernel_without_splice);
	here_expect_exit(&client, 0, ways[_i][1]);
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

static void (*const renames[])(void) = {kernel_without_noreplace,
    kernel_forbids_renameat2, kernel_without_renameat2};

/* A new name is given by link(2) then; an existing file stays with -n. */
START_TEST(without_renameat2)
{
	scratch_mkdir("served/d");
	scratch_fill("served/d/f", SIZE, 1);
	scratch_fill("served/f", SIZE, 2);
	server_start(&server, NULL);
	here_start_after(&client, server.port,
	    HERE_LIST("-q", "-n", "-r", "d", "f"), renames[_i]);
	here_expect_exit(&client, 0, "new");
	sum_expect_files("here/newd/f", "served/d/f");
	sum_expect_files("here/newf", "served/f");
	scratch_text("here/newf", "older");
	here_start_after(&client, server.port, HERE_LIST("-q", "-n", "f"),
	    renames[_i]);
	here_expect_exit(&client, 10, "there already");
	here_expect_names("here", "there already", HERE_LIST("newd", "newf"));
	server_stop(&server);
}
END_TEST

Suite *
fallbacks_suite(void)
{
	Suite *suite = suite_create("fallbacks");
	TCase *tcase = harness_case(suite, "fallbacks", 60);
	int n = HARNESS_ROWS(ways);

	tcase_add_loop_test(tcase, without_sendfile, 0, n);
	tcase_add_loop_test(tcase, without_splice, 0, n);
	tcase_add_loop_test(tcase, without_renameat2, 0, HARNESS_ROWS(renames));
	return suite;
}
