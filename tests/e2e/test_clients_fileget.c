/*
 * fileget at a server that lists its clients: a client sees and fetches its own
 * folders, from the top too, and neither lists, patterns nor trees show others.
 */

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/key_pair.h"
#include "tests/harness/scratch.h"
#include "tests/harness/secure.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct server server;
static struct program client;
static char key_env[SCRATCH_PATH + 32], key_option[64];

static void
start(void)
{
	char text[256], path[SCRATCH_PATH], list[SCRATCH_PATH];
	struct key_pair pair;
	struct secure secure;

	scratch_mkdir("served/a");
	scratch_mkdir("served/b");
	scratch_mkdir("served/p");
	scratch_mkdir("served/p/mine");
	scratch_mkdir("served/p/other");
	scratch_fill("served/a/file", 70000, 1);
	scratch_fill("served/b/file", 70000, 2);
	scratch_fill("served/p/mine/file", 3000, 3);
	scratch_fill("served/p/other/file", 3000, 4);
	key_pair_make(&pair);
	key_pair_write(&pair, "outside/mine.pem");
	snprintf(text, sizeof(text), "me %s a p/mine\n", pair.name);
	scratch_text("outside/clients", text);
	server_start(&server,
	    ARGS("--key-file", scratch_path(path, "outside/key.pem"),
		"--clients", scratch_path(list, "outside/clients")));
	snprintf(key_env, sizeof(key_env), "FILEGET_KEY_FILE=%s",
	    scratch_path(path, "outside/mine.pem"));
	secure_begin(&secure, wire_connect(server.port),
	    &(struct secure_options){.protocol = "fileserv/1", .key = &pair});
	strlcpy(key_option, "--key=", sizeof(key_option));
	secure_key(&secure, key_option + strlen(key_option));
	secure_close(&secure);
	key_pair_free(&pair);
}

/* Runs fileget with up to three arguments. */
static void
get(int code, const char *one, const char *two, const char *three)
{
	client_start(&client, server.port, ARGS(key_option, one, two, three),
	    ARGS(key_env));
	ck_assert_msg(program_wait(&client, WAIT_LIMIT) == code, "%s: %s", one,
	    program_err(&client));
}

/* Checks that no name of others is in the output. */
static void
expect_own_names(void)
{
	ck_assert_ptr_nonnull(strstr(program_out(&client), "mine"));
	ck_assert_ptr_null(strstr(program_out(&client), "other"));
	ck_assert_ptr_null(strstr(program_out(&client), "b\n"));
}

START_TEST(own_folders)
{
	start();
	get(0, "a/file", NULL, NULL);
	sum_expect_files("here/newfile", "served/a/file");
	get(0, "-o", "mine", "p/mine/file");
	sum_expect_files("here/mine", "served/p/mine/file");
	get(4, "b/file", NULL, NULL);
	get(4, "p/other/file", NULL, NULL);
	get(4, "-r", "b", NULL);
	get(4, "-l", "b", NULL);
	get(4, "p/*er/file", NULL, NULL);
	server_stop(&server);
}
END_TEST

START_TEST(lists)
{
	start();
	get(0, "-l", "p", NULL);
	expect_own_names();
	get(0, "-lr", NULL, NULL);
	expect_own_names();
	ck_assert_uint_eq(program_lines(program_out(&client)), 5);
	get(0, "-l", "*", NULL);
	ck_assert_ptr_null(strstr(program_out(&client), "other"));
	server_stop(&server);
}
END_TEST

START_TEST(everything_from_the_top)
{
	start();
	get(0, "-r", ".", NULL);
	sum_expect_files("here/new127.0.0.1/a/file", "served/a/file");
	sum_expect_files("here/new127.0.0.1/p/mine/file", "served/p/mine/file");
	ck_assert_uint_eq(scratch_count("here/new127.0.0.1"), 2);
	ck_assert_uint_eq(scratch_count("here/new127.0.0.1/p"), 1);
	/* A second run finds that all of it is here. */
	get(0, "-ru", ".", NULL);
	server_stop(&server);
}
END_TEST

Suite *
clients_fileget_suite(void)
{
	Suite *suite = suite_create("clients_fileget");
	TCase *tcase = harness_case(suite, "clients_fileget", 120);

	tcase_add_test(tcase, own_folders);
	tcase_add_test(tcase, lists);
	tcase_add_test(tcase, everything_from_the_top);
	return suite;
}
