/*
 * fileget --my-key: a key is made once and kept for this user alone; every file
 * that holds no usable key is refused with one line, and nothing is printed
 * that a list of clients could take.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static struct program client;
static struct server server;

/* Runs "fileget --my-key" with these settings of the environment, and perhaps
 * one more argument. */
static int
run_with(const char *const *env, const char *more)
{
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = (const char *const[]){"--my-key", more, NULL},
		.env = env,
		.cwd = "here"});
	return program_wait(&client, WAIT_LIMIT);
}

/* Runs it with the folder "home" for the user's files. */
static int
run_at_home(const char *more)
{
	char home[SCRATCH_PATH], setting[SCRATCH_PATH + 32];

	snprintf(setting, sizeof(setting), "XDG_CONFIG_HOME=%s",
	    scratch_path(home, "home"));
	return run_with((const char *const[]){setting, NULL}, more);
}

/* Runs it with a file that FILEGET_KEY_FILE names. */
static int
run_with_file(const char *name)
{
	char path[SCRATCH_PATH], setting[SCRATCH_PATH + 32];

	snprintf(setting, sizeof(setting), "FILEGET_KEY_FILE=%s",
	    scratch_path(path, name));
	return run_with((const char *const[]){setting, NULL}, NULL);
}

static void
expect_line(void)
{
	const char *line = program_out(&client);
	char name[65], key[40];

	ck_assert_str_eq(program_err(&client), "");
	ck_assert_uint_eq(program_lines(line), 1);
	ck_assert_int_eq(sscanf(line, "%64[a-zA-Z0-9@._-] %39[A-Z2-7-]\n", name,
			     key),
	    2);
	ck_assert_uint_eq(strlen(key), 32);
	ck_assert_ptr_nonnull(strchr(name, '@'));
}

START_TEST(made_once)
{
	char first[PROGRAM_TEXT];
	struct stat state;

	ck_assert_int_eq(run_at_home(NULL), 0);
	expect_line();
	strlcpy(first, program_out(&client), sizeof(first));
	ck_assert_int_eq(fstatat(scratch_fd(), "home/fileget/key.pem", &state,
			     0),
	    0);
	ck_assert_uint_eq(state.st_mode, S_IFREG | 0600);
	here_expect_names("home/fileget", "made", HERE_LIST("key.pem"));
	ck_assert_int_eq(run_at_home(NULL), 0);
	ck_assert_str_eq(program_out(&client), first);
	/* The private key is in its file and nowhere else. */
	ck_assert_ptr_null(strstr(program_out(&client), "PRIVATE"));
	here_expect_names("here", "made", HERE_LIST(NULL));
}
END_TEST

START_TEST(a_named_file)
{
	char first[PROGRAM_TEXT];

	ck_assert_int_eq(run_with_file("ci/key.pem"), 0);
	expect_line();
	strlcpy(first, program_out(&client), sizeof(first));
	ck_assert_int_eq(run_with_file("ci/key.pem"), 0);
	ck_assert_str_eq(program_out(&client), first);
	here_expect_names("ci", "a named file", HERE_LIST("key.pem"));
}
END_TEST

/* ---- what is refused ------------------------------------------------------
 */

static const struct {
	const char *title;
	const char *text; /* of the file */
	mode_t mode;
	const char *said;
} bad[] = {
    {"empty", "", 0600, "it is empty"},
    {"garbage", "garbage\n", 0600, "there is no private key in it"},
    {"cut", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ", 0600,
	"its private key is damaged"},
    {"of ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", 0600,
	"it is a key of ssh"},
    {"a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n", 0600,
	"it holds a certificate, but no private key"},
    {"its group reads", "garbage\n", 0640,
	"its group can read or write it (mode 0640); chmod 600"},
    {"all read", "garbage\n", 0604, "every user can read or write it"},
    {"all write", "garbage\n", 0602, "every user can read or write it"},
};

static void
expect_refusal(int code, int wanted, const char *title, const char *said)
{
	const char *err = program_err(&client);

	ck_assert_msg(code == wanted, "%s: %d: %s", title, code, err);
	ck_assert_str_eq(program_out(&client), "");
	ck_assert_msg(strstr(err, said) != NULL, "%s: %s", title, err);
	ck_assert_msg(program_lines(err) == 1, "%s: %s", title, err);
	here_expect_harmless(err, title);
}

START_TEST(bad_files)
{
	size_t i;

	scratch_mkdir("ci");
	for (i = 0; i < HARNESS_ROWS(bad); i++) {
		scratch_text("ci/key.pem", bad[i].text);
		ck_assert_int_eq(fchmodat(scratch_fd(), "ci/key.pem",
				     bad[i].mode, 0),
		    0);
		expect_refusal(run_with_file("ci/key.pem"), 13, bad[i].title,
		    bad[i].said);
		here_expect_names("ci", bad[i].title, HERE_LIST("key.pem"));
	}
	scratch_remove("ci/key.pem");
	scratch_mkdir("ci/key.pem");
	expect_refusal(run_with_file("ci/key.pem"), 13, "a folder",
	    "it is not a regular file");
	/* It must not wait for a writer. */
	ck_assert_int_eq(mkfifoat(scratch_fd(), "ci/fifo", 0600), 0);
	expect_refusal(run_with_file("ci/fifo"), 13, "a FIFO",
	    "it is not a regular file");
	scratch_text("ci/file", "");
	expect_refusal(run_with_file("ci/file/key.pem"), 10, "below a file",
	    "Not a directory");
}
END_TEST

START_TEST(an_unreadable_file)
{
	scratch_text("key.pem", "x");
	ck_assert_int_eq(fchmodat(scratch_fd(), "key.pem", 0, 0), 0);
	if (geteuid() == 0) {
		/* Root could read it. */
		expect_refusal(run_with_file("key.pem"), 13, "garbage",
		    "there is no private key in it");
		return;
	}
	expect_refusal(run_with_file("key.pem"), 13, "unreadable",
	    "Permission denied");
}
END_TEST

START_TEST(no_home)
{
	int code = run_with((const char *const[]){"HOME=", "XDG_CONFIG_HOME=",
				"FILEGET_KEY_FILE=", NULL},
	    NULL);

	expect_refusal(code, 10, "no home",
	    "there is no home for it; FILEGET_KEY_FILE can name a file");
}
END_TEST

START_TEST(usage)
{
	ck_assert_int_eq(run_at_home("host"), 2);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "--my-key takes no operand: 'host'"));
	ck_assert_ptr_null(strstr(program_out(&client), "@"));
	here_expect_names("here", "usage", HERE_LIST(NULL));
}
END_TEST

/* A line that cannot be printed is no success. */
START_TEST(a_full_output)
{
	char home[SCRATCH_PATH], setting[SCRATCH_PATH + 32];

	if (access("/dev/full", W_OK) != 0) {
		harness_skip("a_full_output", "no /dev/full here");
		return;
	}
	snprintf(setting, sizeof(setting), "XDG_CONFIG_HOME=%s",
	    scratch_path(home, "home"));
	program_start(&client,
	    &(struct program_options){.path = "/bin/sh",
		.args = (const char *const[]){"-c",
		    "exec \"$0\" --my-key >/dev/full", harness_fileget, NULL},
		.env = (const char *const[]){setting, NULL},
		.cwd = "here"});
	ck_assert_int_eq(program_wait(&client, WAIT_LIMIT), 10);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "cannot write to standard output"));
}
END_TEST

/* ---- an encrypted server --------------------------------------------------
 */

/* Starts an encrypted server of the file "data", with one more option and its
 * value, and copies its key. */
static void
start_server_with(char key[64], const char *option, const char *value)
{
	char path[SCRATCH_PATH];
	const char *at;

	scratch_fill("served/data", 70000, 1);
	server_start(&server,
	    (const char *const[]){"-v", "--tls", "--key-file",
		scratch_path(path, "server.pem"), option, value, NULL});
	at = strstr(program_out(&server.program), "--key ");
	ck_assert_msg(at != NULL, "%s", program_out(&server.program));
	ck_assert_int_eq(sscanf(at, "--key %63[A-Z2-7-]", key), 1);
}

static void
start_server(char key[64])
{
	start_server_with(key, NULL, NULL);
}

/* Fetches "data" with this environment, from the server with this key, or
 * plainly if that is NULL. Returns the exit code. */
static int
fetch(const char *const *env, const char *key)
{
	char port[8];

	snprintf(port, sizeof(port), "%u", server.port);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = (const char *const[]){"-v",
		    key == NULL ? "--plain" : "--key",
		    key == NULL ? "--no-config" : key, "127.0.0.1", port,
		    "data", NULL},
		.env = env,
		.cwd = "here"});
	return program_wait(&client, WAIT_LIMIT);
}

/* The first encrypted server makes the key; a plain one does not. */
START_TEST(made_for_encryption)
{
	char key[64], home[SCRATCH_PATH], setting[SCRATCH_PATH + 32];
	const char *const env[] = {setting, NULL};

	snprintf(setting, sizeof(setting), "XDG_CONFIG_HOME=%s",
	    scratch_path(home, "home"));
	start_server(key);
	ck_assert_int_ne(fetch(env, NULL), 0);
	ck_assert_int_ne(faccessat(scratch_fd(), "home", F_OK, 0), 0);
	ck_assert_int_eq(fetch(env, key), 0);
	sum_expect_files("here/newdata", "served/data");
	here_expect_names("home/fileget", "made",
	    HERE_LIST("key.pem", "known_hosts"));
	server_stop(&server);
}
END_TEST

/* A key that cannot be used ends the run before a byte is sent. */
START_TEST(bad_files_send_nothing)
{
	char key[64], path[SCRATCH_PATH], setting[SCRATCH_PATH + 32];
	const char *const env[] = {setting, NULL};
	size_t i;

	snprintf(setting, sizeof(setting), "FILEGET_KEY_FILE=%s",
	    scratch_path(path, "key.pem"));
	start_server(key);
	expect_refusal(fetch(env, key), 13, "missing",
	    "key.pem: No such file or directory ('fileget --my-key' makes it)");
	for (i = 0; i < HARNESS_ROWS(bad); i++) {
		scratch_text("key.pem", bad[i].text);
		ck_assert_int_eq(fchmodat(scratch_fd(), "key.pem", bad[i].mode,
				     0),
		    0);
		expect_refusal(fetch(env, key), 13, bad[i].title, bad[i].said);
		here_expect_names("here", bad[i].title, HERE_LIST(NULL));
	}
	ck_assert_msg(strstr(program_err(&server.program), "connected") == NULL,
	    "%s", program_err(&server.program));
	server_stop(&server);
}
END_TEST

/* Starts a server for the client whose line has been printed, with a folder
 * behind it. */
static void
start_server_for_line(char key[64])
{
	char list[SCRATCH_PATH], line[PROGRAM_TEXT];

	snprintf(line, sizeof(line), "%.*s .\n",
	    (int)strcspn(program_out(&client), "\n"), program_out(&client));
	scratch_text("clients", line);
	ck_assert_int_eq(fchmodat(scratch_fd(), "clients", 0600, 0), 0);
	start_server_with(key, "--clients", scratch_path(list, "clients"));
}

/* The printed line, with a folder behind it, lets this key in and no other. */
START_TEST(the_line_admits)
{
	char key[64], path[SCRATCH_PATH], setting[SCRATCH_PATH + 32];
	const char *const env[] = {setting, NULL};

	ck_assert_int_eq(run_with_file("key.pem"), 0);
	start_server_for_line(key);
	snprintf(setting, sizeof(setting), "FILEGET_KEY_FILE=%s",
	    scratch_path(path, "key.pem"));
	ck_assert_int_eq(fetch(env, key), 0);
	sum_expect_files("here/newdata", "served/data");
	scratch_clear("here");
	scratch_remove("key.pem");
	ck_assert_int_eq(run_with_file("key.pem"), 0);
	ck_assert_int_eq(fetch(env, key), 13);
	here_expect_names("here", "another key", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* A user who has no place for a key is served all the same. */
START_TEST(no_place_for_a_key)
{
	char key[64];

	start_server(key);
	ck_assert_int_eq(fetch((const char *const[]){"HOME=",
				   "XDG_CONFIG_HOME=", "FILEGET_KEY_FILE=",
				   NULL},
			     key),
	    0);
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "no home for it; this run has a key of its own"));
	sum_expect_files("here/newdata", "served/data");
	server_stop(&server);
}
END_TEST

Suite *
my_key_suite(void)
{
	Suite *suite = suite_create("my_key");
	TCase *tcase = harness_case(suite, "my_key", 60);
	TCase *encrypted = harness_case(suite, "encrypted", 60);

	tcase_add_test(tcase, made_once);
	tcase_add_test(tcase, a_named_file);
	tcase_add_test(tcase, bad_files);
	tcase_add_test(tcase, an_unreadable_file);
	tcase_add_test(tcase, no_home);
	tcase_add_test(tcase, usage);
	tcase_add_test(tcase, a_full_output);
	tcase_add_test(encrypted, made_for_encryption);
	tcase_add_test(encrypted, bad_files_send_nothing);
	tcase_add_test(encrypted, the_line_admits);
	tcase_add_test(encrypted, no_place_for_a_key);
	return suite;
}
