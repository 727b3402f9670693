/*
 * Files of keys: who may read them, what is no such file, and making them:
 * whole, private, never over another, by one of several programs.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/key_file.h"
#include "tests/unit/unit.h"

static char folder[UNIT_PATH];
static char path[UNIT_PATH];
static char error[KEY_FILE_ERROR];

static void
set_up(void)
{
	unit_folder(folder);
	unit_path(path, folder, "key");
}

/* Writes the file "key" with this mode. */
static void
write_key(const char *text, mode_t mode)
{
	unit_write(folder, "key", text, strlen(text));
	ck_assert_int_eq(chmod(path, mode), 0);
}

static int
read_key(struct key_file *file, enum key_file_readers readers)
{
	int fd = key_file_open(path), result;

	ck_assert_int_ge(fd, 0);
	result = key_file_read(file, fd, path, readers, error);
	close(fd);
	return result;
}

static void
expect_refusal(enum key_file_readers readers, const char *why)
{
	struct key_file file;

	ck_assert_int_eq(read_key(&file, readers), -1);
	ck_assert_msg(strstr(error, "/key: ") != NULL, "%s", error);
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
}

START_TEST(test_reads)
{
	struct key_file file;

	write_key("secret\n", 0600);
	ck_assert_int_eq(read_key(&file, KEY_FILE_OWNER), 0);
	ck_assert_uint_eq(file.len, 7);
	ck_assert_str_eq(file.bytes, "secret\n");
	key_file_free(&file);
	ck_assert_ptr_null(file.bytes);
	write_key("secret\n", 0400);
	ck_assert_int_eq(read_key(&file, KEY_FILE_OWNER), 0);
	key_file_free(&file);
}
END_TEST

START_TEST(test_modes)
{
	static const struct {
		mode_t mode;
		enum key_file_readers readers;
		const char *why; /* NULL: accepted */
	} rows[] = {
	    {0700, KEY_FILE_OWNER, NULL},
	    {0640, KEY_FILE_OWNER,
		"its group can read or write it (mode 0640)"},
	    {0620, KEY_FILE_OWNER, "chmod 600"},
	    {0604, KEY_FILE_OWNER, "every user can read or write it"},
	    {0602, KEY_FILE_OWNER, "every user"},
	    {0610, KEY_FILE_OWNER, "its group"},
	    {0640, KEY_FILE_GROUP, NULL},
	    {0440, KEY_FILE_GROUP, NULL},
	    {0660, KEY_FILE_GROUP, "its group can read or write it"},
	    {0644, KEY_FILE_OWNER, "every user can read or write it"},
	    {0644, KEY_FILE_GROUP, "every user can read or write it"},
	    {0644, KEY_FILE_GROUP, "chmod 640"},
	    {0666, KEY_FILE_ALL, NULL},
	};
	struct key_file file;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		write_key("secret\n", rows[i].mode);
		if (rows[i].why != NULL)
			expect_refusal(rows[i].readers, rows[i].why);
		else {
			ck_assert_msg(read_key(&file, rows[i].readers) == 0,
			    "%04o: %s", (unsigned int)rows[i].mode, error);
			key_file_free(&file);
		}
	}
}
END_TEST

START_TEST(test_owner)
{
	struct key_file file;

	if (geteuid() != 0) {
		puts("skipped: only root can give a file away");
		return;
	}
	write_key("secret\n", 0600);
	ck_assert_int_eq(chown(path, 12345, (gid_t)-1), 0);
	expect_refusal(KEY_FILE_OWNER, "belongs to another user (12345)");
	/* That of a certificate does not matter. */
	ck_assert_int_eq(read_key(&file, KEY_FILE_ALL), 0);
	key_file_free(&file);
}
END_TEST

START_TEST(test_no_file)
{
	static char large[256 * 1024 + 1];

	write_key("", 0600);
	expect_refusal(KEY_FILE_OWNER, "it is empty");
	memset(large, 'x', sizeof(large));
	unit_write(folder, "key", large, sizeof(large));
	expect_refusal(KEY_FILE_OWNER, "too large");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	expect_refusal(KEY_FILE_OWNER, "not a regular file");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_refusal(KEY_FILE_OWNER, "not a regular file");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(key_file_open(path), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* A message shows a path of any length, and writes nothing else to a terminal.
 */
START_TEST(test_messages)
{
	char name[PATH_MAX + 10];

	key_file_fail(error, "a\033[2J\n", "%d", 42);
	ck_assert_str_eq(error, "a\\033[2J\\n: 42");
	memset(name, '\n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	key_file_fail(error, name, "the reason");
	ck_assert_ptr_nonnull(strstr(error, "\\n: the reason"));
}
END_TEST

/* Returns the number of files in a folder. */
static int
count_files(const char *name)
{
	DIR *dir = opendir(name);
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

START_TEST(test_makes)
{
	char deep[UNIT_PATH + 16];
	struct key_file file;
	struct stat state;
	bool made;

	umask(0);
	snprintf(deep, sizeof(deep), "%s/one/two/key", folder);
	ck_assert_msg(key_file_make(deep, "secret", 6, &made, error) == 0, "%s",
	    error);
	ck_assert(made);
	ck_assert_int_eq(stat(deep, &state), 0);
	ck_assert_uint_eq(state.st_mode & 07777, 0600);
	ck_assert_uint_eq(state.st_nlink, 1);
	*strrchr(deep, '/') = '\0';
	ck_assert_int_eq(count_files(deep), 1);
	ck_assert_int_eq(stat(deep, &state), 0);
	ck_assert_uint_eq(state.st_mode & 07777, 0700);
	*strrchr(deep, '/') = '\0';
	ck_assert_int_eq(stat(deep, &state), 0);
	ck_assert_uint_eq(state.st_mode & 07777, 0700);
	/* A umask that takes rights from the owner changes nothing. */
	umask(0777);
	ck_assert_int_eq(key_file_make(path, "other", 5, &made, error), 0);
	umask(022);
	ck_assert_int_eq(read_key(&file, KEY_FILE_OWNER), 0);
	ck_assert_str_eq(file.bytes, "other");
	key_file_free(&file);
}
END_TEST

START_TEST(test_keeps_what_is_there)
{
	struct key_file file;
	bool made;

	write_key("first", 0600);
	ck_assert_int_eq(key_file_make(path, "second", 6, &made, error), 0);
	ck_assert(!made);
	ck_assert_int_eq(read_key(&file, KEY_FILE_OWNER), 0);
	ck_assert_str_eq(file.bytes, "first");
	key_file_free(&file);
	ck_assert_int_eq(count_files(folder), 1);
	/* Even a link that leads nowhere. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("nowhere", path), 0);
	ck_assert_int_eq(key_file_make(path, "second", 6, &made, error), 0);
	ck_assert(!made);
	ck_assert_int_eq(count_files(folder), 1);
}
END_TEST

START_TEST(test_cannot_make)
{
	char below[UNIT_PATH + 16];
	bool made = true;

	unit_drop_power();
	ck_assert_int_eq(chmod(folder, 0500), 0);
	ck_assert_int_eq(key_file_make(path, "x", 1, &made, error), -1);
	ck_assert(!made);
	ck_assert_msg(strstr(error,
			  "/key: cannot make this file for a key: ") != NULL,
	    "%s", error);
	snprintf(below, sizeof(below), "%s/new/key", folder);
	ck_assert_int_eq(key_file_make(below, "x", 1, &made, error), -1);
	ck_assert_msg(strstr(error, "/new: cannot make this folder") != NULL,
	    "%s", error);
	ck_assert_ptr_nonnull(strstr(error, strerror(EACCES)));
	ck_assert_int_eq(chmod(folder, 0700), 0);
	/* A file where a folder should be. */
	write_key("x", 0600);
	snprintf(below, sizeof(below), "%s/key/below", folder);
	ck_assert_int_eq(key_file_make(below, "x", 1, &made, error), -1);
	ck_assert_ptr_nonnull(strstr(error, strerror(ENOTDIR)));
	ck_assert_int_eq(count_files(folder), 1);
}
END_TEST

enum {
	MAKERS = 8,
};

/* Of several programs at once one makes the file, and all see it whole. */
START_TEST(test_makers_at_once)
{
	int gate[2], status, i, makers = 0;
	char text[2] = "a";
	struct key_file file;
	pid_t child;
	bool made;

	ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
	for (i = 0; i < MAKERS; i++, text[0]++) {
		child = fork();
		ck_assert_int_ge(child, 0);
		if (child != 0)
			continue;
		close(gate[1]);
		(void)!read(gate[0], &made, 1);
		if (key_file_make(path, text, 1, &made, error) != 0 ||
		    read_key(&file, KEY_FILE_OWNER) != 0 || file.len != 1)
			_exit(2);
		_exit(made && file.bytes[0] != text[0] ? 2 : made);
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < MAKERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		makers += WEXITSTATUS(status);
	}
	ck_assert_int_eq(makers, 1);
	ck_assert_int_eq(count_files(folder), 1);
}
END_TEST

Suite *
key_file_suite(void)
{
	Suite *suite = suite_create("key_file");
	TCase *tcase = unit_case(suite, "key_file");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_modes);
	tcase_add_test(tcase, test_owner);
	tcase_add_test(tcase, test_no_file);
	tcase_add_test(tcase, test_messages);
	tcase_add_test(tcase, test_makes);
	tcase_add_test(tcase, test_keeps_what_is_there);
	tcase_add_test(tcase, test_cannot_make);
	tcase_add_test(tcase, test_makers_at_once);
	return suite;
}
