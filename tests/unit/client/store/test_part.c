/*
 * Part files: made, locked, taken and removed. Only a plain file of our own
 * that nobody works on is taken. flock(2) locks belong to the open file: a
 * second descriptor stands for another process.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define HEX "0123456789abcdef0000000000abcdef"

static const struct protocol_token token = {0x0123456789abcdef, 0xabcdef};
static const struct protocol_token other = {1, 2};

static struct target target;

static void
setup(void)
{
	target_open(&target);
}

static void
teardown(void)
{
	target_close(&target);
}

static int
create(const char *final, char name[PART_NAME])
{
	errno = 0;
	return part_create(&target.folder, final, token, 0640, name);
}

/* Returns whether there is a part file to take; closes it again. */
static bool
takes(const char *final, char name[PART_NAME], struct protocol_token *found)
{
	int fd = part_take(&target.folder, final, false, name, found);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Writes a part file and opens the folder anew. */
static void
leave(const char *name, const char *text)
{
	target_write(&target, name, text);
	target_reopen(&target);
}

static void
expect_takes(const char *row, const char *final, bool expected)
{
	struct protocol_token found;
	char name[PART_NAME];

	ck_assert_msg(takes(final, name, &found) == expected, "%s", row);
}

START_TEST(test_create)
{
	char name[PART_NAME], path[UNIT_PATH];
	struct stat stat;
	int fd, again;

	fd = create("a.txt", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, "a.txt." HEX ".part");
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(stat.st_size, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	/* It is locked until it is closed. */
	unit_path(path, target.path, name);
	again = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(again, LOCK_EX | LOCK_NB), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	close(fd);
	ck_assert_int_eq(flock(again, LOCK_EX | LOCK_NB), 0);
	close(again);
}
END_TEST

/* The second part file gets the name with the process id; if that is taken too,
 * as by files that others have planted, the third gets one at random. */
START_TEST(test_create_taken)
{
	char name[PART_NAME], expected[PART_NAME], again[PART_NAME];
	int first, second, third, fourth;

	first = create("a", name);
	ck_assert_int_ge(first, 0);
	second = create("a", name);
	ck_assert_int_ge(second, 0);
	snprintf(expected, sizeof(expected), "a." HEX ".%d.part",
	    (int)getpid());
	ck_assert_str_eq(name, expected);
	third = create("a", name);
	fourth = create("a", again);
	ck_assert_int_ge(third, 0);
	ck_assert_int_ge(fourth, 0);
	ck_assert_str_ne(name, expected);
	ck_assert_str_ne(name, again);
	ck_assert_int_eq(target_count(&target), 4);

	/* A later run takes all of them for the same final name. */
	close(first);
	close(second);
	close(third);
	close(fourth);
	target_reopen(&target);
	expect_takes("one", "a", true);
	expect_takes("other", "a", true);
	expect_takes("third", "a", true);
	expect_takes("fourth", "a", true);
	expect_takes("no fifth", "a", false);
}
END_TEST

/* part_create does not continue an abandoned file: an empty one replaces it. */
START_TEST(test_create_abandoned)
{
	char name[PART_NAME];
	struct stat stat;
	int fd;

	target_write(&target, "a." HEX ".part", "abandoned");
	fd = create("a", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, "a." HEX ".part");
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_int_eq(stat.st_size, 0);
	target_expect(&target, name, "");
	ck_assert_int_eq(target_count(&target), 1);
	close(fd);
}
END_TEST

/* Obstacles in the place of a part file; "", the positive control, is a file of
 * our own that nobody works on. */
static const char *const obstacles[] = {"", "link", "dangling link",
    "hard link", "fifo", "folder", "someone else's"};

/* Returns false if it cannot be made: only root can give a file away. */
static bool
put(const char *obstacle, const char *name)
{
	int fd = target.folder.fd;

	target_write(&target, "precious", "precious");
	if (strcmp(obstacle, "link") == 0)
		ck_assert_int_eq(symlinkat("precious", fd, name), 0);
	else if (strcmp(obstacle, "dangling link") == 0)
		ck_assert_int_eq(symlinkat("nowhere", fd, name), 0);
	else if (strcmp(obstacle, "hard link") == 0)
		ck_assert_int_eq(linkat(fd, "precious", fd, name, 0), 0);
	else if (strcmp(obstacle, "fifo") == 0)
		ck_assert_int_eq(mkfifoat(fd, name, 0600), 0);
	else if (strcmp(obstacle, "folder") == 0)
		ck_assert_int_eq(mkdirat(fd, name, 0700), 0);
	else
		target_write(&target, name, "part");
	if (strcmp(obstacle, "someone else's") != 0)
		return true;
	return geteuid() == 0 && fchownat(fd, name, 1, 1, 0) == 0;
}

/* Nothing is written through an obstacle, and it stays. */
START_TEST(test_create_obstacle)
{
	const char *obstacle = obstacles[_i];
	char name[PART_NAME];
	struct stat before, after;
	int fd;

	if (!put(obstacle, "a." HEX ".part"))
		return;
	ck_assert_int_eq(fstatat(target.folder.fd, "a." HEX ".part", &before,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	fd = create("a", name);
	ck_assert_msg(fd >= 0, "%s: %s", obstacle, strerror(errno));
	ck_assert_msg((strcmp(name, "a." HEX ".part") == 0) == (_i == 0),
	    "%s: %s", obstacle, name);
	ck_assert_int_eq(write(fd, "bytes", 5), 5);
	close(fd);
	target_expect(&target, name, "bytes");
	target_expect(&target, "precious", "precious");
	ck_assert(!target_has(&target, "nowhere"));
	ck_assert_int_eq(fstatat(target.folder.fd, "a." HEX ".part", &after,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	ck_assert_msg((after.st_ino == before.st_ino &&
			  after.st_mode == before.st_mode) ||
		_i == 0,
	    "%s", obstacle);
}
END_TEST

START_TEST(test_take_obstacle)
{
	const char *obstacle = obstacles[_i];
	struct stat stat;

	if (!put(obstacle, "a." HEX ".part"))
		return;
	target_reopen(&target);
	expect_takes(obstacle, "a", _i == 0);
	target_reopen(&target);
	part_remove_stale(&target.folder, "a");
	ck_assert_msg((fstatat(target.folder.fd, "a." HEX ".part", &stat,
			   AT_SYMLINK_NOFOLLOW) != 0) == (_i == 0),
	    "%s", obstacle);
	target_expect(&target, "precious", "precious");
}
END_TEST

START_TEST(test_names)
{
	static const struct {
		const char *row, *name, *final;
		bool expected;
	} rows[] = {
	    {"usual", "a.txt." HEX ".part", "a.txt", true},
	    {"with a process", "a.txt." HEX ".1.part", "a.txt", true},
	    {"longest process", "a." HEX ".4194304.part", "a", true},
	    {"other case", "a.0123456789ABCDEF0000000000ABCDEF.part", "a",
		true},
	    {"name of digits", "20241231." HEX ".part", "20241231", true},
	    {"name like a part", "a." HEX ".part." HEX ".part",
		"a." HEX ".part", true},
	    {"its beginning", "a." HEX ".part." HEX ".part", "a", false},
	    {"another name", "b." HEX ".part", "a", false},
	    {"a longer one", "ab." HEX ".part", "a", false},
	    {"a shorter one", "a." HEX ".part", "ab", false},
	    {"no name", "." HEX ".part", "", false},
	    {"no suffix", "a." HEX, "a", false},
	    {"other suffix", "a." HEX ".parts", "a", false},
	    {"a digit less", "a.123456789abcdef0000000000abcdef.part", "a",
		false},
	    {"a digit more", "a.00123456789abcdef0000000000abcdef.part", "a",
		false},
	    {"no digit", "a.g123456789abcdef0000000000abcdef.part", "a", false},
	    {"no dot", "a_" HEX ".part", "a", false},
	    {"process of letters", "a." HEX ".x1.part", "a", false},
	    {"process of nothing", "a." HEX "..part", "a", false},
	    {"process too long", "a." HEX ".123456789012.part", "a", false},
	    {"suffix alone", ".part", "", false},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		leave(rows[i].name, "part");
		expect_takes(rows[i].row, rows[i].final, rows[i].expected);
		ck_assert_int_eq(unlinkat(target.folder.fd, rows[i].name, 0),
		    0);
	}
}
END_TEST

START_TEST(test_take)
{
	struct protocol_token found;
	char name[PART_NAME];
	int fd, again;

	leave("a." HEX ".part", "some bytes");
	fd = part_take(&target.folder, "a", false, name, &found);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, "a." HEX ".part");
	ck_assert(found.id == token.id && found.version == token.version);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	target_expect(&target, name, "some bytes");
	/* Each is taken once; another process finds it locked. */
	expect_takes("again", "a", false);
	target_reopen(&target);
	expect_takes("locked", "a", false);
	target_reopen(&target);
	part_remove_stale(&target.folder, "a");
	ck_assert(target_has(&target, name));
	/* Making another one does not touch it either. */
	again = create("a", name);
	ck_assert_int_ge(again, 0);
	ck_assert_str_ne(name, "a." HEX ".part");
	target_expect(&target, "a." HEX ".part", "some bytes");
	close(again);
	close(fd);
}
END_TEST

/* A part file may be gone since the folder was read. */
START_TEST(test_take_vanished)
{
	char name[UNIT_PATH];

	target_part_name(name, "a", other);
	target_write(&target, name, "there");
	leave("a." HEX ".part", "gone");
	ck_assert_int_eq(unlinkat(target.folder.fd, "a." HEX ".part", 0), 0);
	expect_takes("the other", "a", true);
	expect_takes("no more", "a", false);
}
END_TEST

START_TEST(test_remember)
{
	char name[PART_NAME];
	int fd;

	fd = create("a", name);
	close(fd);
	expect_takes("not remembered", "a", false);
	part_remember(&target.folder, "a.txt");
	part_remember(&target.folder, name);
	expect_takes("remembered", "a", true);
	part_remember(&target.folder, name);
	part_list_clear(&target.folder.parts);
	expect_takes("forgotten", "a", false);
	ck_assert_int_eq(part_list_read(&target.folder.parts, target.folder.fd,
			     false),
	    0);
	expect_takes("found", "a", true);
}
END_TEST

START_TEST(test_remove_stale)
{
	static const char *const kept[] = {"a", "a.part", "b." HEX ".part",
	    "a.b." HEX ".part"};
	char name[UNIT_PATH];
	size_t i;

	for (i = 0; i < UNIT_ROWS(kept); i++)
		target_write(&target, kept[i], kept[i]);
	target_part_name(name, "a", other);
	target_write(&target, name, "");
	target_write(&target, "a." HEX ".7.part", "x");
	leave("a." HEX ".part", "x");
	part_remove_stale(&target.folder, "a");
	for (i = 0; i < UNIT_ROWS(kept); i++)
		target_expect(&target, kept[i], kept[i]);
	ck_assert_int_eq(target_count(&target), UNIT_ROWS(kept));
}
END_TEST

/* A file of ours that others may write to, in a folder where they may rename,
 * is not taken: they may have moved it here. */
START_TEST(test_open_to_others)
{
	static const struct {
		mode_t folder, part;
		bool taken;
	} rows[] = {
	    {0755, 0666, true}, {0777, 0600, true}, {0777, 0644, true},
	    {0777, 0664, false}, {0777, 0646, false},
	    {01777, 0666, true}, /* nobody can have moved it */
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target_write(&target, "a." HEX ".part", "x");
		ck_assert_int_eq(fchmodat(target.folder.fd, "a." HEX ".part",
				     rows[i].part, 0),
		    0);
		ck_assert_int_eq(chmod(target.path, rows[i].folder), 0);
		target_reopen(&target);
		expect_takes("open", "a", rows[i].taken);
	}
}
END_TEST

START_TEST(test_no_folder)
{
	struct folder none = target.folder;
	char name[PART_NAME];

	none.fd = -1;
	SLIST_INIT(&none.parts);
	ck_assert_int_eq(part_list_read(&none.parts, none.fd, false), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(part_create(&none, "a", token, 0640, name), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

Suite *
part_suite(void)
{
	Suite *suite = suite_create("part");
	TCase *tcase = unit_case(suite, "part");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_create);
	tcase_add_test(tcase, test_create_taken);
	tcase_add_test(tcase, test_create_abandoned);
	tcase_add_loop_test(tcase, test_create_obstacle, 0,
	    UNIT_ROWS(obstacles));
	tcase_add_loop_test(tcase, test_take_obstacle, 0, UNIT_ROWS(obstacles));
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_take);
	tcase_add_test(tcase, test_take_vanished);
	tcase_add_test(tcase, test_remember);
	tcase_add_test(tcase, test_remove_stale);
	tcase_add_test(tcase, test_open_to_others);
	tcase_add_test(tcase, test_no_folder);
	return suite;
}
