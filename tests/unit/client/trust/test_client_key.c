/*
 * The user's own key: which file is read or made, when a run has a key of its
 * own instead, and the line for a list of clients.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/client_key.h"
#include "common/identity.h"
#include "tests/unit/common/keys.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct progress progress;
static struct report report;
static struct failure failure;
static char home[UNIT_PATH], path[UNIT_PATH];

static void
setup(void)
{
	target_open(&target);
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
	unit_folder(home);
	unit_path(path, home, "fileget/key.pem");
	setenv("XDG_CONFIG_HOME", home, 1);
	unsetenv("FILEGET_KEY_FILE");
}

static void
teardown(void)
{
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("FILEGET_KEY_FILE");
	report_close(&report);
	target_close(&target);
}

/* Writes a key file, "key.pem" in the folder of the user's files. */
static void
write_key(const char *text)
{
	char folder[UNIT_PATH];

	unit_path(folder, home, "fileget");
	(void)mkdir(folder, 0700);
	unit_write(folder, "key.pem", text, strlen(text));
	ck_assert_int_eq(chmod(path, 0600), 0);
}

/* Opens the key and asserts its name, unless that is NULL. */
static void
expect_key(const char *letters)
{
	struct identity *identity = client_key_open(&report, false, &failure);

	ck_assert_msg(identity != NULL, "%s", failure.text);
	if (letters != NULL)
		ck_assert_str_eq(identity_name(identity)->letters, letters);
	identity_free(identity);
}

static void
expect_failure(enum exit_code code, const char *text)
{
	ck_assert_ptr_null(client_key_open(&report, false, &failure));
	ck_assert_int_eq((int)failure.code, (int)code);
	ck_assert_msg(strstr(failure.text, text) != NULL, "%s", failure.text);
}

/* Copies the letters of the key in the line for a list of clients. */
static void
line_letters(char letters[KEY_NAME_LETTERS + 1])
{
	char line[CLIENT_KEY_LINE], error[KEY_NAME_ERROR], *blank;
	struct key_name name;

	ck_assert_msg(client_key_line(line, &failure) == 0, "%s", failure.text);
	blank = strchr(line, ' ');
	ck_assert_ptr_nonnull(blank);
	ck_assert_uint_eq(strspn(line,
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789-._@"),
	    (size_t)(blank - line));
	ck_assert_uint_lt((size_t)(blank - line), CLIENT_KEY_NAME);
	ck_assert_ptr_nonnull(memchr(line, '@', (size_t)(blank - line)));
	ck_assert_int_eq(key_name_decode(&name, blank + 1, strlen(blank + 1),
			     error),
	    0);
	strlcpy(letters, name.letters, KEY_NAME_LETTERS + 1);
}

START_TEST(test_made_once)
{
	char letters[KEY_NAME_LETTERS + 1], again[KEY_NAME_LETTERS + 1];

	line_letters(letters);
	line_letters(again);
	ck_assert_str_eq(letters, again);
	expect_key(letters);
	ck_assert_int_eq(unlink(path), 0);
	expect_key(NULL);
	line_letters(again);
	ck_assert_str_ne(letters, again);
}
END_TEST

START_TEST(test_reads)
{
	write_key(KEYS_ED25519);
	expect_key(KEYS_ED25519_NAME);
	write_key(KEYS_P256);
	expect_key(KEYS_P256_NAME);
}
END_TEST

START_TEST(test_named_file)
{
	char other[UNIT_PATH], letters[KEY_NAME_LETTERS + 1];

	write_key(KEYS_ED25519);
	unit_path(other, home, "other.pem");
	setenv("FILEGET_KEY_FILE", other, 1);
	/* A named file that is missing is a mistake: a new key would be refused
	 * by the server, which says less. */
	expect_failure(EXIT_UNTRUSTED,
	    "other.pem: No such file or directory "
	    "('fileget --my-key' makes it)");
	ck_assert_int_ne(access(other, F_OK), 0);
	line_letters(letters);
	expect_key(letters);
	ck_assert_str_ne(letters, KEYS_ED25519_NAME);
	unit_write(home, "other.pem", "x", 1);
	expect_failure(EXIT_UNTRUSTED, "FILEGET_KEY_FILE: ");
	expect_failure(EXIT_UNTRUSTED, "other.pem: there is no private key");
	ck_assert_int_eq(chmod(other, 0644), 0);
	expect_failure(EXIT_UNTRUSTED, "other.pem: every user can read");
	setenv("FILEGET_KEY_FILE", "", 1);
	expect_key(KEYS_ED25519_NAME);
}
END_TEST

START_TEST(test_bad_file)
{
	char line[CLIENT_KEY_LINE];

	write_key("garbage");
	expect_failure(EXIT_UNTRUSTED, "key.pem: there is no private key");
	ck_assert_int_eq(client_key_line(line, &failure), -1);
	ck_assert_int_eq((int)failure.code, EXIT_UNTRUSTED);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("nowhere", path), 0);
	expect_failure(EXIT_UNTRUSTED, "key.pem: No such file");
}
END_TEST

/* Without a place for it, a run has a key of its own; the line needs one. */
static void
expect_own_key(const char *why)
{
	char line[CLIENT_KEY_LINE];

	expect_key(NULL);
	ck_assert_int_eq(client_key_line(line, &failure), -1);
	ck_assert_int_eq((int)failure.code, EXIT_LOCAL);
	ck_assert_msg(strstr(failure.text, why) != NULL, "%s", failure.text);
}

START_TEST(test_no_place)
{
	unsetenv("XDG_CONFIG_HOME");
	expect_own_key("there is no home for it");
	setenv("XDG_CONFIG_HOME", home, 1);
	unit_drop_power();
	ck_assert_int_eq(chmod(home, 0500), 0);
	expect_own_key("cannot make this folder for a key: Permission denied");
	/* HOME is still that of another user. */
	ck_assert_int_eq(chmod(home, 0), 0);
	expect_own_key("key.pem: Permission denied");
	ck_assert_int_eq(chmod(home, 0700), 0);
}
END_TEST

Suite *
client_key_suite(void)
{
	Suite *suite = suite_create("client_key");
	TCase *tcase = unit_case(suite, "client_key");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_made_once);
	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_named_file);
	tcase_add_test(tcase, test_bad_file);
	tcase_add_test(tcase, test_no_place);
	return suite;
}
