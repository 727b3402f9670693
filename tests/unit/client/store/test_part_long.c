/*
 * Part files of final names too long for the rest of a part file's name: the
 * name is cut, and a digest stands for the bytes that were cut.
 */

#include <sys/file.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

enum {
	REST = 50, /* bytes that are left for token, process and suffix */
};

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

/* Prints a name of len bytes 'x', but for the byte at. */
static const char *
long_name(char name[PART_NAME], size_t len, size_t at, char different)
{
	memset(name, 'x', len);
	name[at] = different;
	name[len] = '\0';
	return name;
}

/* Makes a part file and closes it. Returns the length of its name. */
static size_t
make(const char *final, char name[PART_NAME])
{
	int fd = part_create(&target.folder, final, token, 0640, name);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return strlen(name);
}

static bool
takes(const char *final, const char *expected)
{
	struct protocol_token found;
	char name[PART_NAME];
	int fd = part_take(&target.folder, final, false, name, &found);

	if (fd < 0)
		return false;
	close(fd);
	ck_assert_str_eq(name, expected);
	ck_assert(found.id == token.id && found.version == token.version);
	return true;
}

/* Folders have shorter names on some file systems: 143 bytes on eCryptfs. */
static const size_t maxima[] = {255, 143, 80, PART_NAME_LEAST};

/* A maximum too small for a part file's name is not believed. Regression: one
 * of 64 or more was, and names were cut before their beginning. */
START_TEST(test_maximum)
{
	static const struct {
		long said;
		size_t taken;
	} rows[] = {{-1, 255}, {14, 255}, {64, 255}, {PART_NAME_LEAST - 1, 255},
	    {PART_NAME_LEAST, PART_NAME_LEAST}, {143, 143}, {255, 255},
	    {100000, 255}};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target_name_max = rows[i].said;
		target_reopen(&target);
		target_name_max = 0;
		ck_assert_uint_eq(target.folder.volume->name_max,
		    rows[i].taken);
	}
}
END_TEST

START_TEST(test_length)
{
	const size_t most = maxima[_i];
	char final[PART_NAME], wrong[PART_NAME], name[PART_NAME];
	size_t len;

	target.folder.volume->name_max = most;
	for (len = 1; len <= most; len++) {
		long_name(final, len, 0, 'x');
		ck_assert_msg(make(final, name) <= most, "%zu of %zu: %s", len,
		    most, name);
		/* As it is for as long as it fits, with a process too. */
		ck_assert_msg(len > most - REST ||
			(strncmp(name, final, len) == 0 && name[len] == '.'),
		    "%zu of %zu: %s", len, most, name);
		part_list_clear(&target.folder.parts);
		ck_assert_int_eq(part_list_read(&target.folder.parts,
				     target.folder.fd, false),
		    0);
		/* The last byte is what was cut first. */
		ck_assert(!takes(long_name(wrong, len, len - 1, 'y'), name));
		ck_assert_msg(takes(final, name), "%zu of %zu", len, most);
		ck_assert_int_eq(unlinkat(target.folder.fd, name, 0), 0);
	}
}
END_TEST

/* Two names that begin with the same 250 bytes have two part files; neither is
 * removed with the other. */
START_TEST(test_same_beginning)
{
	char a[PART_NAME], b[PART_NAME], part_a[PART_NAME], part_b[PART_NAME];

	make(long_name(a, 255, 254, 'a'), part_a);
	make(long_name(b, 255, 254, 'b'), part_b);
	ck_assert_str_ne(part_a, part_b);
	target_reopen(&target);
	part_remove_stale(&target.folder, a);
	ck_assert(!target_has(&target, part_a));
	ck_assert(target_has(&target, part_b));
	ck_assert(takes(b, part_b));
}
END_TEST

/* Two part files of the longest name: both names fit. */
START_TEST(test_private)
{
	char final[PART_NAME], name[PART_NAME];
	int first, second;

	long_name(final, 255, 0, 'x');
	first = part_create(&target.folder, final, token, 0640, name);
	ck_assert_int_ge(first, 0);
	second = part_create(&target.folder, final, token, 0640, name);
	ck_assert_int_ge(second, 0);
	ck_assert_uint_le(strlen(name), 255);
	close(first);
	close(second);
	target_reopen(&target);
	part_remove_stale(&target.folder, final);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

/* part_prepare locks a file without a name, prints a name that fits, and
 * removes the part file of an earlier process with the same id. */
START_TEST(test_prepare)
{
	char final[PART_NAME], name[PART_NAME], again[PART_NAME];
	char path[UNIT_PATH];
	int fd, other;

	long_name(final, 255, 0, 'x');
	target_write(&target, "file", "text");
	unit_path(path, target.path, "file");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(part_prepare(&target.folder, fd, final, token, name),
	    0);
	ck_assert_uint_le(strlen(name), 255);
	ck_assert(part_is_name(name));
	other = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), -1);
	close(other);
	target_write(&target, name, "abandoned");
	ck_assert_int_eq(part_prepare(&target.folder, fd, final, token, again),
	    0);
	ck_assert_str_eq(again, name);
	ck_assert(!target_has(&target, name));
	close(fd);
}
END_TEST

Suite *
part_long_suite(void)
{
	Suite *suite = suite_create("part_long");
	TCase *tcase = unit_case(suite, "long");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_maximum);
	tcase_add_loop_test(tcase, test_length, 0, UNIT_ROWS(maxima));
	tcase_add_test(tcase, test_same_beginning);
	tcase_add_test(tcase, test_private);
	tcase_add_test(tcase, test_prepare);
	return suite;
}
