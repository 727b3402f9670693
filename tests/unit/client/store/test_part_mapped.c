/*
 * Part files with a map: there is one of each token, and it is never taken for
 * a plain part file of the same final name.
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

#define HEX   "0123456789abcdef0000000000abcdef"
#define OTHER "00000000000000010000000000000002"

static const struct protocol_token token = {0x0123456789abcdef, 0xabcdef};

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
	return part_create_mapped(&target.folder, final, token, 0640, name);
}

/* Returns whether there is a part file of this kind to take; closes it. */
static bool
takes(const char *final, bool is_mapped)
{
	struct protocol_token found;
	char name[PART_NAME];
	int fd = part_take(&target.folder, final, is_mapped, name, &found);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(test_create)
{
	char name[PART_NAME];
	struct stat stat;
	int fd;

	fd = create("a.txt", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, "a.txt." HEX ".map.part");
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(stat.st_size, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	close(fd);
}
END_TEST

/* While it is locked no other one is made, by no other name; afterwards an
 * empty one replaces it. */
START_TEST(test_locked)
{
	char name[PART_NAME], second[PART_NAME];
	struct protocol_token found;
	struct stat stat;
	int fd, again;

	fd = create("a", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "bytes", 5), 5);
	ck_assert_int_eq(create("a", second), -1);
	ck_assert_int_eq(errno, EEXIST);
	target_reopen(&target);
	ck_assert(part_is_there(&target.folder, "a", true));
	ck_assert(!takes("a", true));
	target_expect(&target, name, "bytes");
	ck_assert_int_eq(target_count(&target), 1);

	/* Part files of other tokens, and plain ones, are no obstacle. */
	again = part_create_mapped(&target.folder, "a",
	    (struct protocol_token){1, 2}, 0640, second);
	ck_assert_int_ge(again, 0);
	ck_assert_str_eq(second, "a." OTHER ".map.part");
	close(again);
	again = part_create(&target.folder, "a", token, 0640, second);
	ck_assert_int_ge(again, 0);
	ck_assert_str_eq(second, "a." HEX ".part");
	close(again);

	close(fd);
	target_reopen(&target);
	fd = part_take(&target.folder, "a", true, name, &found);
	ck_assert_int_ge(fd, 0);
	close(fd);
	again = create("a", second);
	ck_assert_int_ge(again, 0);
	ck_assert_int_eq(fstat(again, &stat), 0);
	ck_assert_int_eq(stat.st_size, 0);
	close(again);
}
END_TEST

/* Each kind is found, whichever the folder lists first. */
START_TEST(test_kinds)
{
	struct protocol_token found;
	char name[PART_NAME];
	int fd;

	target_write(&target, "a." HEX ".part", "plain");
	target_write(&target, "a." OTHER ".map.part", "mapped");
	target_write(&target, "b." HEX ".part", "plain");
	target_write(&target, "c." HEX ".map.part", "mapped");
	target_reopen(&target);
	ck_assert(part_is_there(&target.folder, "a", false));
	ck_assert(part_is_there(&target.folder, "a", true));
	ck_assert(part_is_there(&target.folder, "b", false));
	ck_assert(!part_is_there(&target.folder, "b", true));
	ck_assert(!part_is_there(&target.folder, "c", false));
	ck_assert(part_is_there(&target.folder, "c", true));
	ck_assert(!part_is_there(&target.folder, "d", true));

	ck_assert(!takes("b", true));
	ck_assert(!takes("c", false));
	fd = part_take(&target.folder, "a", true, name, &found);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, "a." OTHER ".map.part");
	ck_assert(found.id == 1 && found.version == 2);
	target_expect(&target, name, "mapped");
	close(fd);
	/* A part file is taken once; that of the other kind remains. */
	ck_assert(!part_is_there(&target.folder, "a", true));
	ck_assert(!takes("a", true));
	ck_assert(part_is_there(&target.folder, "a", false));
	fd = part_take(&target.folder, "a", false, name, &found);
	ck_assert_str_eq(name, "a." HEX ".part");
	close(fd);
	ck_assert(!part_is_there(&target.folder, "a", false));

	/* A part file that is remembered keeps its kind. */
	part_remember(&target.folder, "a." OTHER ".map.part");
	ck_assert(part_is_there(&target.folder, "a", true));
	ck_assert(!part_is_there(&target.folder, "a", false));
}
END_TEST

/* Names, and whether they are of a part file of "a", of which kind. */
START_TEST(test_names)
{
	static const struct {
		const char *row, *name, *final;
		bool plain, mapped;
	} rows[] = {
	    {"mapped", "a." HEX ".map.part", "a", false, true},
	    {"plain", "a." HEX ".part", "a", true, false},
	    {"of a file called so", "a.map." HEX ".part", "a.map", true, false},
	    {"mapped of such a file", "a.map." HEX ".map.part", "a.map", false,
		true},
	    {"its beginning", "a.map." HEX ".map.part", "a", false, false},
	    {"of a mapped part", "a." HEX ".map.part." HEX ".map.part",
		"a." HEX ".map.part", false, true},
	    {"its beginning too", "a." HEX ".map.part." HEX ".map.part", "a",
		false, false},
	    {"twice", "a." HEX ".map.map.part", "a", false, false},
	    {"another case", "a." HEX ".MAP.part", "a", false, false},
	    {"another word", "a." HEX ".mop.part", "a", false, false},
	    {"no dot", "a." HEX "map.part", "a", false, false},
	    {"no token", "a.map.part", "a", false, false},
	    {"a digit less", "a.123456789abcdef0000000000abcdef.map.part", "a",
		false, false},
	    {"no name", "." HEX ".map.part", "", false, false},
	    {"no suffix", "a." HEX ".map", "a", false, false},
	    {"behind the suffix", "a." HEX ".part.map", "a", false, false},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target_write(&target, rows[i].name, "x");
		target_reopen(&target);
		ck_assert_msg(part_is_there(&target.folder, rows[i].final,
				  false) == rows[i].plain,
		    "%s", rows[i].row);
		ck_assert_msg(part_is_there(&target.folder, rows[i].final,
				  true) == rows[i].mapped,
		    "%s, mapped", rows[i].row);
		ck_assert_msg(takes(rows[i].final, true) == rows[i].mapped,
		    "%s", rows[i].row);
		ck_assert_msg(takes(rows[i].final, false) == rows[i].plain,
		    "%s", rows[i].row);
		ck_assert_int_eq(unlinkat(target.folder.fd, rows[i].name, 0),
		    0);
	}
}
END_TEST

/* An obstacle in its place stays, and nothing is written through it. */
START_TEST(test_obstacles)
{
	static const char *const obstacles[] = {"link", "hard link", "fifo",
	    "folder"};
	const char *part = "a." HEX ".map.part";
	int fd = target.folder.fd;
	char name[PART_NAME];
	struct stat before, after;

	target_write(&target, "precious", "precious");
	if (_i == 0)
		ck_assert_int_eq(symlinkat("precious", fd, part), 0);
	else if (_i == 1)
		ck_assert_int_eq(linkat(fd, "precious", fd, part, 0), 0);
	else if (_i == 2)
		ck_assert_int_eq(mkfifoat(fd, part, 0600), 0);
	else
		ck_assert_int_eq(mkdirat(fd, part, 0700), 0);
	ck_assert_int_eq(fstatat(fd, part, &before, AT_SYMLINK_NOFOLLOW), 0);
	target_reopen(&target);
	fd = target.folder.fd;
	ck_assert_msg(!takes("a", true), "%s", obstacles[_i]);
	ck_assert_int_eq(create("a", name), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(fstatat(fd, part, &after, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	target_expect(&target, "precious", "precious");
}
END_TEST

/* A name that is too long is cut, and found again. */
START_TEST(test_long)
{
	char final[256], name[PART_NAME];
	size_t len;
	int fd;

	for (len = 180; len <= 255; len += 25) {
		memset(final, 'x', len);
		final[len] = '\0';
		fd = create(final, name);
		ck_assert_int_ge(fd, 0);
		ck_assert_uint_le(strlen(name), target.folder.volume->name_max);
		close(fd);
		target_reopen(&target);
		ck_assert(part_is_there(&target.folder, final, true));
		ck_assert(takes(final, true));
		/* The last byte of the name counts, too. */
		final[len - 1] = 'y';
		ck_assert(!part_is_there(&target.folder, final, true));
	}
}
END_TEST

/* When the file is complete, both kinds are removed. */
START_TEST(test_stale)
{
	target_write(&target, "a." HEX ".map.part", "x");
	target_write(&target, "a." OTHER ".map.part", "x");
	target_write(&target, "a." HEX ".part", "x");
	target_write(&target, "b." HEX ".map.part", "x");
	target_reopen(&target);
	part_remove_stale(&target.folder, "a");
	ck_assert_int_eq(target_count(&target), 1);
	ck_assert(target_has(&target, "b." HEX ".map.part"));
}
END_TEST

Suite *
part_mapped_suite(void)
{
	Suite *suite = suite_create("part_mapped");
	TCase *tcase = unit_case(suite, "mapped");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_create);
	tcase_add_test(tcase, test_locked);
	tcase_add_test(tcase, test_kinds);
	tcase_add_test(tcase, test_names);
	tcase_add_loop_test(tcase, test_obstacles, 0, 4);
	tcase_add_test(tcase, test_long);
	tcase_add_test(tcase, test_stale);
	return suite;
}
