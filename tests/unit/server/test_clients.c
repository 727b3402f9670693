/* clients: files that are refused and change nothing, and lists that replace
 * each other. */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/clients.h"
#include "tests/unit/unit.h"

#define KEY_A "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define KEY_B "BBCDEFGHIJKLMNOPQRSTUVWXYZ"

static char folder[UNIT_PATH], error[OWN_FILES_ERROR];
static struct own_files own;
static struct root root, plain;
static struct clients clients;

static void
setup(void)
{
	char path[UNIT_PATH];

	unit_folder(folder);
	unit_path(path, folder, "a");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_path(path, folder, ".b");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_path(path, folder, "link");
	ck_assert_int_eq(symlink("a", path), 0);
	unit_write(folder, "file", "x", 1);
	ck_assert_int_eq(root_open(&root, folder, false, true), 0);
	root_without_links(&root, &plain);
	clients_init(&clients);
}

static void
teardown(void)
{
	clients_close(&clients);
	root_close(&root);
}

/* Loads a list from a file of this mode. */
static int
load_mode(const char *text, mode_t mode)
{
	const struct own_file *file;
	char path[UNIT_PATH];
	int result;

	unit_write(folder, "clients", text, strlen(text));
	unit_path(path, folder, "clients");
	ck_assert_int_eq(chmod(path, mode), 0);
	ck_assert_int_eq(own_files_open(&own), 0);
	file = own_files_add(&own, path, error);
	ck_assert_ptr_nonnull(file);
	error[0] = '\0';
	result = clients_load(&clients, file, &plain, error);
	own_files_close(&own);
	return result;
}

static void
load(const char *text)
{
	ck_assert_msg(load_mode(text, 0644) == 0, "%s", error);
}

static struct key_name
key_of(const char *letters)
{
	struct key_name key;

	snprintf(key.letters, sizeof(key.letters), "%s", letters);
	return key;
}

/* Loads a wrong list, which must change nothing. */
static void
expect_refusal(const char *text, mode_t mode, const char *says)
{
	unsigned edition = clients_edition(&clients);

	ck_assert_int_eq(load_mode(text, mode), -1);
	ck_assert_msg(strstr(error, says) != NULL, "%s", error);
	ck_assert_msg(strstr(error, "/clients") != NULL, "%s", error);
	ck_assert_uint_eq(clients_edition(&clients), edition);
}

START_TEST(test_refused)
{
	static const char good[] = "x " KEY_A " a\n";

	expect_refusal(good, 0664, "");
	expect_refusal(good, 0646, "");
	expect_refusal("x " KEY_A " a no\n", 0644,
	    "client x: no: no such folder");
	expect_refusal("x " KEY_A " file\n", 0644,
	    "client x: file: not a folder");
	expect_refusal("x " KEY_A " link\n", 0644, "a link");
	expect_refusal("x " KEY_A " .b\n", 0644, "--hidden");
	expect_refusal("\nx y z\n", 0644, "line 2: ");
	load(good);
	expect_refusal("x " KEY_A " no\n", 0644, "no such folder");
}
END_TEST

START_TEST(test_replaced)
{
	struct key_name a = key_of(KEY_A), b = key_of(KEY_B);
	struct client_list *list;
	unsigned edition;

	ck_assert_ptr_null(clients_hold(&clients, &edition));
	ck_assert(!clients_admit(&clients, &a));
	load("x " KEY_A " a\n");
	ck_assert(clients_admit(&clients, &a));
	ck_assert(!clients_admit(&clients, &b));
	list = clients_hold(&clients, &edition);
	ck_assert_uint_eq(clients_edition(&clients), edition);
	load("y " KEY_B " a\n");
	ck_assert_uint_ne(clients_edition(&clients), edition);
	ck_assert(!clients_admit(&clients, &a));
	ck_assert(clients_admit(&clients, &b));
	ck_assert_str_eq(client_list_find(list, &a)->name, "x");
	client_list_release(list);
	load("# nobody\n");
	ck_assert(!clients_admit(&clients, &b));
}
END_TEST

Suite *
clients_suite(void)
{
	Suite *suite = suite_create("clients");
	TCase *tcase = tcase_create("clients");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_replaced);
	suite_add_tcase(suite, tcase);
	return suite;
}
