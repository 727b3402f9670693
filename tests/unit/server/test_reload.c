/*
 * reload: the files are read at the start and at each wish; a file that cannot
 * be read changes nothing, and the log says so.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/identity.h"
#include "common/log.h"
#include "server/access.h"
#include "server/encryption.h"
#include "server/reload.h"
#include "server/root.h"
#include "tests/unit/unit.h"

#define KEY_A  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define KEY_B  "BBCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LINE_A "a " KEY_A " .\n"
#define LINE_B "b " KEY_B " .\n"

static char served[UNIT_PATH], folder[UNIT_PATH];
static char key[UNIT_PATH], list[UNIT_PATH], error[RELOAD_ERROR];
static struct root root;
static struct encryption encryption;
static struct access_rules rules;
static struct reload reload;
static int log_fd;

static void
setup(void)
{
	const struct encryption_settings settings = {
	    .mode = ENCRYPTION_REQUIRED};
	bool made;

	unit_folder(served);
	log_fd = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_eq(dup2(log_fd, STDERR_FILENO), STDERR_FILENO);
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_TEXT);
	unit_folder(folder);
	unit_path(key, folder, "key.pem");
	unit_path(list, folder, "clients");
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
	access_rules_init(&rules, &root);
	ck_assert_msg(encryption_open(&encryption, &settings, key, &made,
			  error) == 0,
	    "%s", error);
	unit_write(folder, "clients", LINE_A, strlen(LINE_A));
	ck_assert_int_eq(reload_open(&reload, &encryption, &rules), 0);
}

static void
teardown(void)
{
	ck_assert_int_eq(reload_stop(&reload), 0);
	clients_close(&rules.clients);
	encryption_close(&encryption);
	root_close(&root);
}

static void
add_files(void)
{
	ck_assert_msg(reload_add_key(&reload, key, error) == 0, "%s", error);
	ck_assert_msg(reload_add_clients(&reload, list, error) == 0, "%s",
	    error);
}

/* Checks that the log has this text. */
static void
expect_log(const char *text)
{
	char said[4096];
	ssize_t n = pread(log_fd, said, sizeof(said) - 1, 0);

	ck_assert_int_ge(n, 0);
	said[n] = '\0';
	ck_assert_msg(strstr(said, text) != NULL, "%s: %s", text, said);
}

/* Replaces the key by a new one, as an editor does. */
static void
replace_key(void)
{
	char newer[UNIT_PATH];
	struct identity *identity;
	bool made;

	unit_path(newer, folder, "key.new");
	identity = identity_read_or_make(newer, &made, error);
	ck_assert_msg(identity != NULL, "%s", error);
	identity_free(identity);
	ck_assert_int_eq(rename(newer, key), 0);
}

/* Returns whether a new connection would get the context that is kept. */
static bool
has_context(const struct tls_context *kept)
{
	struct tls_context *context = encryption_hold_context(&encryption);

	tls_context_release(context);
	return context == kept;
}

static bool
admits(const char *letters)
{
	struct key_name name;

	snprintf(name.letters, sizeof(name.letters), "%s", letters);
	return clients_admit(&rules.clients, &name);
}

START_TEST(test_read)
{
	struct tls_context *before = encryption_hold_context(&encryption);
	struct key_name name = encryption.name;

	add_files();
	ck_assert(!has_context(before));
	ck_assert(key_name_equal(&reload.name, &name));
	ck_assert(admits(KEY_A) && !admits(KEY_B));
	ck_assert_int_eq(reload_now(&reload), 0);
	expect_log(", as before\n");
	replace_key();
	unit_write(folder, "clients", LINE_B, strlen(LINE_B));
	ck_assert_int_eq(reload_now(&reload), 0);
	ck_assert(!key_name_equal(&reload.name, &name));
	ck_assert(!admits(KEY_A) && admits(KEY_B));
	expect_log(" now; before it was ");
	/* A connection keeps the context that it has. */
	tls_context_release(before);
}
END_TEST

static void
remove_key(void)
{
	ck_assert_int_eq(unlink(key), 0);
}

static void
cut_key(void)
{
	ck_assert_int_eq(truncate(key, 60), 0);
}

static void
open_key_to_all(void)
{
	ck_assert_int_eq(chmod(key, 0644), 0);
}

static void
link_key_out(void)
{
	char outside[UNIT_PATH];

	unit_path(outside, served, "key.pem");
	ck_assert_int_eq(rename(key, outside), 0);
	ck_assert_int_eq(symlink(outside, key), 0);
}

static const struct {
	void (*spoil)(void);
	const char *why;
} bad_keys[] = {
    {remove_key, "No such file"},
    {cut_key, ""},
    {open_key_to_all, ""},
    {link_key_out, "leads out of its folder"},
};

START_TEST(test_bad_key)
{
	struct tls_context *before;

	add_files();
	before = encryption_hold_context(&encryption);
	bad_keys[_i].spoil();
	unit_write(folder, "clients", LINE_B, strlen(LINE_B));
	ck_assert_int_eq(reload_now(&reload), -1);
	expect_log("SIGHUP: the key from before stays in force: ");
	expect_log(bad_keys[_i].why);
	ck_assert(has_context(before));
	/* A client that is gone is not kept because of a bad key. */
	ck_assert(!admits(KEY_A) && admits(KEY_B));
	tls_context_release(before);
}
END_TEST

static const char *const bad_lists[] = {"a " KEY_A "\n", "a " KEY_A " no\n",
    LINE_B LINE_B, "a " KEY_A " ."};

START_TEST(test_bad_list)
{
	add_files();
	unit_write(folder, "clients", bad_lists[_i], strlen(bad_lists[_i]));
	ck_assert_int_eq(reload_now(&reload), -1);
	expect_log("SIGHUP: the list of clients from before stays in force: ");
	expect_log("clients: ");
	ck_assert(admits(KEY_A) && !admits(KEY_B));
}
END_TEST

/* A file that is bad at the start is told to the caller. */
START_TEST(test_start)
{
	cut_key();
	ck_assert_int_eq(reload_add_key(&reload, key, error), -1);
	ck_assert_msg(strstr(error, "key.pem: ") != NULL, "%s", error);
	unit_write(folder, "clients", bad_lists[0], strlen(bad_lists[0]));
	ck_assert_int_eq(reload_add_clients(&reload, list, error), -1);
	ck_assert_msg(strstr(error, "clients: ") != NULL, "%s", error);
	ck_assert_int_eq(reload_add_certificate(&reload, "nowhere/c", key,
			     error),
	    -1);
	ck_assert_msg(strstr(error, "nowhere/c: ") != NULL, "%s", error);
}
END_TEST

START_TEST(test_thread)
{
	add_files();
	ck_assert_int_eq(reload_start(&reload), 0);
	unit_write(folder, "clients", LINE_B, strlen(LINE_B));
	reload_ask(&reload);
	reload_ask(&reload);
	while (!admits(KEY_B))
		clock_sleep(CLOCK_MS);
	/* The fixture ends the thread. */
}
END_TEST

START_TEST(test_without_files)
{
	ck_assert_int_eq(reload_start(&reload), 0);
	ck_assert(!reload.has_thread);
	ck_assert_int_eq(reload_now(&reload), 0);
}
END_TEST

Suite *
reload_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tcase = unit_case(suite, "reload");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_read);
	tcase_add_loop_test(tcase, test_bad_key, 0, (int)UNIT_ROWS(bad_keys));
	tcase_add_loop_test(tcase, test_bad_list, 0, (int)UNIT_ROWS(bad_lists));
	tcase_add_test(tcase, test_start);
	tcase_add_test(tcase, test_thread);
	tcase_add_test(tcase, test_without_files);
	return suite;
}
