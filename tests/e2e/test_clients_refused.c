/*
 * A file of --clients with any mistake: the server does not start, and one line
 * names the file, the mistake and, where it helps, what to do.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/key_pair.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KEY	     "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ"
#define OTHER	     "BBCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ"

static struct program program;
static char key_path[SCRATCH_PATH], list_path[SCRATCH_PATH];

/* Tries to start a server with options beside the usual ones. */
static void
expect_refusal(const char *option, const char *value, int exit_code,
    const char *says)
{
	char directory[SCRATCH_PATH];

	server_try(&program,
	    OPTIONS("-p", "0", "-a", "127.0.0.1", "-d",
		scratch_path(directory, "served"), "--key-file",
		scratch_path(key_path, "outside/key.pem"), "--clients",
		list_path, option, value));
	ck_assert_int_eq(program_wait(&program, WAIT_LIMIT), exit_code);
	ck_assert_msg(strstr(program_err(&program), says) != NULL, "%s\n%s",
	    says, program_err(&program));
	ck_assert_str_eq(program_out(&program), "");
}

static const struct {
	const char *text, *says;
} wrong[] = {
    {"a " KEY "\n", "outside/clients: line 1: no folder behind the key; . "},
    {"\na KEY .\n", "outside/clients: line 2: the key: "},
    {"a " KEY " .", "outside/clients: line 1: it is cut"},
    {"a " KEY " .\r\n", "outside/clients: line 1: a carriage return"},
    {"deny " KEY " !a\n", "outside/clients: client deny: !a: no such folder"},
    {"a " KEY " ../outside\n", "outside/clients: line 1: a folder is named"},
    {"a " KEY " no\n", "outside/clients: client a: no: no such folder"},
    {"a " KEY " file\n", "outside/clients: client a: file: not a folder"},
    {"a " KEY " link\n", "outside/clients: client a: link: "},
    {"a " KEY " .dot\n", "outside/clients: client a: .dot: "},
    {"a " KEY " a\nb " OTHER " a\nc " KEY " .\n",
	"outside/clients: the clients a and c have the same key"},
};

START_TEST(mistakes)
{
	size_t i;

	scratch_mkdir("served/a");
	scratch_mkdir("served/.dot");
	scratch_text("served/file", "x");
	scratch_symlink("a", "served/link");
	scratch_path(list_path, "outside/clients");
	for (i = 0; i < HARNESS_ROWS(wrong); i++) {
		scratch_text("outside/clients", wrong[i].text);
		expect_refusal(NULL, NULL, 1, wrong[i].says);
	}
}
END_TEST

START_TEST(files_that_others_decide)
{
	scratch_text("outside/clients", "a " KEY " .\n");
	scratch_path(list_path, "outside/clients");
	ck_assert_int_eq(chmod(list_path, 0664), 0);
	expect_refusal(NULL, NULL, 1, "others can write it: chmod go-w");
	ck_assert_int_eq(chmod(list_path, 0602), 0);
	expect_refusal(NULL, NULL, 1, "others can write it: chmod go-w");
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(list_path, 0644), 0);
		ck_assert_int_eq(chown(list_path, 65534, 65534), 0);
		expect_refusal(NULL, NULL, 1, "it belongs to another user");
	}
	scratch_remove("outside/clients");
	expect_refusal(NULL, NULL, 1, "outside/clients: ");
	scratch_mkdir("outside/clients");
	expect_refusal(NULL, NULL, 1, "outside/clients: ");
	ck_assert_int_eq(rmdir(list_path), 0);
	ck_assert_int_eq(mkfifo(list_path, 0600), 0);
	expect_refusal(NULL, NULL, 1, "outside/clients: ");
}
END_TEST

/* A client that is not encrypted shows no key, so it would be anybody. */
START_TEST(plain_requests_beside_it)
{
	scratch_text("outside/clients", "a " KEY " .\n");
	scratch_path(list_path, "outside/clients");
	expect_refusal("--tls=on", NULL, 2, "--clients");
}
END_TEST

/* Clients could read who may read what. */
START_TEST(a_list_that_is_served)
{
	scratch_text("served/clients", "a " KEY " .\n");
	scratch_path(list_path, "served/clients");
	expect_refusal(NULL, NULL, 1, "lies in the served folder");
}
END_TEST

/* The server in its sandbox could not read a later version of such a file. */
START_TEST(links_that_leave_their_folder)
{
	struct key_pair pair;

	key_pair_make(&pair);
	scratch_path(list_path, "outside/clients");
	key_pair_write(&pair, "here/key.pem");
	scratch_text("outside/clients", "");
	scratch_symlink("../here/key.pem", "outside/key.pem");
	expect_refusal(NULL, NULL, 1,
	    "outside/key.pem: this link leads out of its folder");
	scratch_rename("here/key.pem", "outside/key.pem");
	scratch_rename("outside/clients", "here/clients");
	scratch_symlink("../here/clients", "outside/clients");
	expect_refusal(NULL, NULL, 1,
	    "outside/clients: this link leads out of its folder");
	key_pair_free(&pair);
}
END_TEST

Suite *
clients_refused_suite(void)
{
	Suite *suite = suite_create("clients_refused");
	TCase *tcase = harness_case(suite, "clients_refused", 120);

	tcase_add_test(tcase, mistakes);
	tcase_add_test(tcase, files_that_others_decide);
	tcase_add_test(tcase, plain_requests_beside_it);
	tcase_add_test(tcase, a_list_that_is_served);
	tcase_add_test(tcase, links_that_leave_their_folder);
	return suite;
}
