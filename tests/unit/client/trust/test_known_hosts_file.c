/* Files of known hosts: read whole if only the right users can have written
 * them, made when needed, and added to by whole lines. */

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/known_hosts_file.h"
#include "tests/unit/unit.h"

#define KEY  "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE"
#define LINE "a:80 " KEY "\n"

static char folder[UNIT_PATH], path[UNIT_PATH];
static char why[KNOWN_HOSTS_FILE_WHY];
static struct known_hosts_file file;
static struct key_name key;

static void
setup(void)
{
	unit_folder(folder);
	unit_path(path, folder, "known_hosts");
	ck_assert_int_eq(key_name_decode(&key, KEY, strlen(KEY), why), 0);
}

static void
expect_text(const char *text)
{
	char read[1024];
	FILE *stream = fopen(path, "re");
	size_t len;

	ck_assert_ptr_nonnull(stream);
	len = fread(read, 1, sizeof(read) - 1, stream);
	fclose(stream);
	read[len] = '\0';
	ck_assert_str_eq(read, text);
}

START_TEST(test_missing)
{
	ck_assert_int_eq(known_hosts_file_open(&file, "", why), 0);
	ck_assert_ptr_null(file.text);
	known_hosts_file_close(&file);
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_ptr_null(file.text);
	ck_assert_str_eq(file.path, path);
	known_hosts_file_close(&file);
}
END_TEST

START_TEST(test_read)
{
	unit_write(folder, "known_hosts", LINE, strlen(LINE));
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_uint_eq(file.len, strlen(LINE));
	ck_assert_int_eq(memcmp(file.text, LINE, file.len), 0);
	known_hosts_file_close(&file);
}
END_TEST

START_TEST(test_refused)
{
	unit_write(folder, "known_hosts", LINE, strlen(LINE));
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), -1);
	ck_assert_str_eq(why, "every user may write to it");
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(truncate(path, 1024 * 1024), 0);
	known_hosts_file_close(&file);
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), -1);
	ck_assert_str_eq(why, "it is larger than 1 MiB");
	known_hosts_file_close(&file);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), -1);
	ck_assert_str_eq(why, "it is not a regular file");
	known_hosts_file_close(&file);
}
END_TEST

START_TEST(test_owner)
{
	if (geteuid() != 0)
		return;
	unit_write(folder, "known_hosts", LINE, strlen(LINE));
	ck_assert_int_eq(chown(path, 12345, 12345), 0);
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), -1);
	ck_assert_str_eq(why, "it belongs to another user (12345)");
	known_hosts_file_close(&file);
}
END_TEST

START_TEST(test_unreadable)
{
	unit_write(folder, "known_hosts", LINE, strlen(LINE));
	ck_assert_int_eq(chmod(path, 0), 0);
	unit_drop_power();
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), -1);
	ck_assert_str_eq(why, "Permission denied");
	known_hosts_file_close(&file);
}
END_TEST

START_TEST(test_add)
{
	struct stat state;

	unit_path(path, folder, "one/two/known_hosts");
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_int_eq(known_hosts_file_open_append(&file, why), 0);
	ck_assert_int_eq(known_hosts_file_add(&file, "a", 80, &key, why), 0);
	expect_text(LINE);
	ck_assert_int_eq(stat(path, &state), 0);
	ck_assert_uint_eq(state.st_mode & 07777, 0600);
	ck_assert_int_eq(known_hosts_file_add(&file, "::1", 81, &key, why), 0);
	expect_text(LINE "[::1]:81 " KEY "\n");
	ck_assert_int_eq(known_hosts_file_add(&file, "a b", 80, &key, why), -1);
	ck_assert_str_eq(why, "its name has a blank in it");
	known_hosts_file_close(&file);
	unit_path(path, folder, "one");
	ck_assert_int_eq(stat(path, &state), 0);
	ck_assert_uint_eq(state.st_mode & 07777, 0700);
}
END_TEST

START_TEST(test_add_behind_part_of_a_line)
{
	unit_write(folder, "known_hosts", "# mine", 6);
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_int_eq(known_hosts_file_open_append(&file, why), 0);
	ck_assert_int_eq(known_hosts_file_add(&file, "a", 80, &key, why), 0);
	known_hosts_file_close(&file);
	expect_text("# mine\n" LINE);
}
END_TEST

/* Half a line would make the file useless. */
START_TEST(test_no_room)
{
	const struct rlimit limit = {strlen(LINE) + 10, strlen(LINE) + 10};

	unit_write(folder, "known_hosts", LINE, strlen(LINE));
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_int_eq(known_hosts_file_open_append(&file, why), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(known_hosts_file_add(&file, "a", 80, &key, why), -1);
	ck_assert_str_eq(why, "No space left on device");
	known_hosts_file_close(&file);
	expect_text(LINE);
}
END_TEST

START_TEST(test_unwritable)
{
	ck_assert_int_eq(chmod(folder, 0500), 0);
	unit_drop_power();
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_int_eq(known_hosts_file_open_append(&file, why), -1);
	ck_assert_str_eq(why, "Permission denied");
	known_hosts_file_close(&file);
	unit_path(path, folder, "new/known_hosts");
	ck_assert_int_eq(known_hosts_file_open(&file, path, why), 0);
	ck_assert_int_eq(known_hosts_file_open_append(&file, why), -1);
	ck_assert_str_eq(why, "Permission denied");
	known_hosts_file_close(&file);
}
END_TEST

Suite *
known_hosts_file_suite(void)
{
	Suite *suite = suite_create("known_hosts_file");
	TCase *tcase = unit_case(suite, "file");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_missing);
	tcase_add_test(tcase, test_read);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_owner);
	tcase_add_test(tcase, test_unreadable);
	tcase_add_test(tcase, test_add);
	tcase_add_test(tcase, test_add_behind_part_of_a_line);
	tcase_add_test(tcase, test_no_room);
	tcase_add_test(tcase, test_unwritable);
	return suite;
}
