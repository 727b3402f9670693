/* clients: who may have written the file, what its folders must be, and that a
 * replacement neither loses nor keeps a list. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/clients.h"
#include "tests/unit/unit.h"

#define KEY_A "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define KEY_B "BBCDEFGHIJKLMNOPQRSTUVWXYZ"

static char folder[UNIT_PATH], error[CLIENT_LIST_ERROR];
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

/* Reads a list from a file of this mode. */
static struct client_list *
read_mode(const char *text, mode_t mode)
{
	char path[UNIT_PATH];
	struct client_list *list;
	int fd;

	unit_write(folder, "clients", text, strlen(text));
	unit_path(path, folder, "clients");
	ck_assert_int_eq(chmod(path, mode), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	error[0] = '\0';
	list = clients_read(fd, &plain, error);
	close(fd);
	return list;
}

static struct key_name
key_of(const char *letters)
{
	struct key_name key;

	snprintf(key.letters, sizeof(key.letters), "%s", letters);
	return key;
}

static void
expect_refusal(struct client_list *list, const char *says)
{
	ck_assert_ptr_null(list);
	ck_assert_msg(strstr(error, says) != NULL, "%s", error);
}

START_TEST(test_modes)
{
	client_list_release(read_mode("x " KEY_A " a\n", 0644));
	ck_assert_str_eq(error, "");
	expect_refusal(read_mode("x " KEY_A " a\n", 0664), "chmod go-w");
	expect_refusal(read_mode("x " KEY_A " a\n", 0646), "chmod go-w");
}
END_TEST

START_TEST(test_owner)
{
	char path[UNIT_PATH];
	int fd;

	if (geteuid() != 0)
		return;
	client_list_release(read_mode("x " KEY_A " a\n", 0644));
	unit_path(path, folder, "clients");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fchown(fd, 65534, 65534), 0);
	expect_refusal(clients_read(fd, &plain, error), "another user");
	close(fd);
}
END_TEST

START_TEST(test_no_file)
{
	int fd = open(folder, O_RDONLY | O_CLOEXEC);

	expect_refusal(clients_read(fd, &plain, error), "no regular file");
	close(fd);
}
END_TEST

START_TEST(test_folders)
{
	expect_refusal(read_mode("x " KEY_A " a no\n", 0644),
	    "client x: no: no such folder");
	expect_refusal(read_mode("x " KEY_A " file\n", 0644),
	    "client x: file: not a folder");
	expect_refusal(read_mode("x " KEY_A " link\n", 0644), "a link");
	expect_refusal(read_mode("x " KEY_A " .b\n", 0644), "--hidden");
	expect_refusal(read_mode("x y z\n", 0644), "line 1: ");
}
END_TEST

START_TEST(test_replaced)
{
	struct key_name a = key_of(KEY_A), b = key_of(KEY_B);
	struct client_list *list;
	unsigned edition;

	ck_assert_ptr_null(clients_hold(&clients, &edition));
	ck_assert(!clients_admit(&clients, &a));
	clients_replace(&clients, read_mode("x " KEY_A " a\n", 0644));
	ck_assert(clients_admit(&clients, &a));
	ck_assert(!clients_admit(&clients, &b));
	list = clients_hold(&clients, &edition);
	ck_assert_uint_eq(clients_edition(&clients), edition);
	clients_replace(&clients, read_mode("y " KEY_B " a\n", 0644));
	ck_assert_uint_ne(clients_edition(&clients), edition);
	ck_assert(!clients_admit(&clients, &a));
	ck_assert(clients_admit(&clients, &b));
	ck_assert_str_eq(client_list_find(list, &a)->name, "x");
	client_list_release(list);
}
END_TEST

Suite *
clients_suite(void)
{
	Suite *suite = suite_create("clients");
	TCase *tcase = tcase_create("clients");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_modes);
	tcase_add_test(tcase, test_owner);
	tcase_add_test(tcase, test_no_file);
	tcase_add_test(tcase, test_folders);
	tcase_add_test(tcase, test_replaced);
	suite_add_tcase(suite, tcase);
	return suite;
}
