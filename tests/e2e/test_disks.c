/* Folders without write permission, and full disks. */

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

static void
set_mode(const char *name, mode_t mode)
{
	ck_assert_int_eq(fchmodat(scratch_fd(), name, mode, 0), 0);
}

static const struct {
	const char *row;
	const char *folder;
	mode_t mode;
	int code;
} folders[] = {
    {"all rights", "sub", 0755, 0},
    {"not to be written", "sub", 0555, 10},
    {"not to be listed", "sub", 0333, 0},
    {"not to be entered", "sub", 0666, 10},
    {"no rights", "sub", 0, 10},
    {"not there", "missing", 0755, 10},
    {"not a folder", "file", 0755, 10},
    {"below a file", "file/sub", 0755, 10},
};

START_TEST(folders_without_rights)
{
	struct program client;
	struct server server;
	size_t i;

	scratch_fill("served/f", 50000, 1);
	scratch_mkdir("here/sub");
	scratch_text("here/file", "file");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(folders); i++) {
		set_mode("here/sub", folders[i].mode);
		here_start_after(&client, server.port,
		    HERE_LIST("-P", folders[i].folder, "f"), here_drop_power);
		here_expect_exit(&client, folders[i].code, folders[i].row);
		set_mode("here/sub", 0755);
		if (folders[i].code == 0) {
			sum_expect_files("here/sub/newf", "served/f");
			scratch_remove("here/sub/newf");
		}
		here_expect_names("here/sub", folders[i].row, HERE_LIST(NULL));
		here_expect_names("here", folders[i].row,
		    HERE_LIST("sub", "file"));
	}
	server_stop(&server);
}
END_TEST

/* Fetches a file of 900,000 bytes and one of 3 MB over an older file. The
 * received bytes of the file that does not fit are kept in this many part
 * files, and the message says that the same command continues. */
static void
expect_no_room(struct server *server, const char *name, const char *option,
    void (*before)(void), unsigned parts)
{
	char *text, path[64], part[NAME_MAX + 1];
	struct program client;
	struct stat stat;
	size_t len;

	snprintf(path, sizeof(path), "here/new%s", name);
	scratch_text(path, "older");
	here_start_after(&client, server->port,
	    HERE_LIST(option, name, "next", "last"), before);
	here_expect_exit(&client, 10, name);
	text = scratch_read(path, &len);
	ck_assert_str_eq(text, "older");
	free(text);
	scratch_remove(path);
	/* A later file fits and is fetched. */
	sum_expect_files("here/newnext", "served/next");
	sum_expect_files("here/newlast", "served/last");
	scratch_remove("here/newnext");
	scratch_remove("here/newlast");
	ck_assert_uint_eq(here_find_part("here", part), parts);
	if (parts > 0) {
		ck_assert_ptr_nonnull(strstr(program_err(&client),
		    "what has come is kept, and the same command goes on"));
		snprintf(path, sizeof(path), "here/%.50s", part);
		ck_assert_int_eq(fstatat(scratch_fd(), path, &stat, 0), 0);
		ck_assert_int_gt(stat.st_size, 0);
		scratch_remove(path);
	}
	here_expect_names("here", name, HERE_LIST(NULL));
}

/* large is the number of part files left of a file that fileget knows at the
 * start not to fit. */
static void
fill_and_expect_no_room(void (*before)(void), unsigned large)
{
	struct server server;

	scratch_fill("served/middling", 900000, 1);
	scratch_fill("served/large", 3000000, 2);
	scratch_fill("served/next", 400000, 3);
	scratch_fill("served/last", 10000, 4);
	server_start(&server, NULL);
	expect_no_room(&server, "middling", "-v", before, 1);
	expect_no_room(&server, "middling", "--no-verify", before, 1);
	expect_no_room(&server, "middling", "--no-resume", before, 0);
	expect_no_room(&server, "large", "-v", before, large);
	expect_no_room(&server, "large", "--no-verify", before, large);
	server_stop(&server);
}

static void
limit_file_size(void)
{
	struct rlimit limit = {500000, 500000};

	setrlimit(RLIMIT_FSIZE, &limit);
}

/* A write fails in the middle of a file. */
START_TEST(file_size_limit)
{
	fill_and_expect_no_room(limit_file_size, 1);
}
END_TEST

/* Regression: the part file was removed. When there is room again, the same
 * command continues from it. */
START_TEST(continues_when_there_is_room)
{
	const char *option = _i == 0 ? "-v" : "--no-verify";
	struct program client;
	struct server server;

	scratch_fill("served/f", 900000, 1);
	server_start(&server, NULL);
	here_start_after(&client, server.port, HERE_LIST(option, "f"),
	    limit_file_size);
	here_expect_exit(&client, 10, "limited");
	here_get(&client, server.port, 0, "again",
	    HERE_LIST("-v", "--json", "f"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "goes on from byte 500000"));
	ck_assert_ptr_nonnull(
	    strstr(program_out(&client), "\"received\":400000"));
	sum_expect_files("here/newf", "served/f");
	here_expect_names("here", "again", HERE_LIST("newf"));
	server_stop(&server);
}
END_TEST

/* On a full disk the large file is not started. */
START_TEST(disk_full)
{
	char here[SCRATCH_PATH];

	if (mount("none", scratch_path(here, "here"), "tmpfs", 0,
		"size=512k") != 0) {
		harness_skip("disk_full", strerror(errno));
		return;
	}
	fill_and_expect_no_room(NULL, 0);
	ck_assert_int_eq(umount2(here, MNT_DETACH), 0);
}
END_TEST

static unsigned
count_lines_with(const char *text, const char *part)
{
	const char *at = text;
	unsigned n = 0;

	while ((at = strstr(at, part)) != NULL) {
		n++;
		at = strchr(at, '\n');
	}
	return n;
}

/* Regression: each of the names that followed had a line of its own. The names
 * of a list, and the files of a tree over several connections. */
START_TEST(one_line_for_the_rest)
{
	char here[SCRATCH_PATH], name[32];
	struct program client;
	struct server server;
	const char *err;
	unsigned i, n = 0;

	if (mount("none", scratch_path(here, "here"), "tmpfs", 0,
		"size=512k") != 0) {
		harness_skip("one_line_for_the_rest", strerror(errno));
		return;
	}
	scratch_text("outside/names", "");
	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "served/t/f%02u", i);
		tree_fill(name, 100000, i + 1);
		snprintf(name, sizeof(name), "t/f%02u\n", i);
		scratch_append("outside/names", name);
	}
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "full",
	    _i == 0	? HERE_LIST("-i", "../outside/names") :
		_i == 1 ? HERE_LIST("-r", "-o", ".", "t") :
			  HERE_LIST("-r", "-j4", "-o", ".", "t"));
	server_stop(&server);
	err = program_err(&client);
	ck_assert_msg(strstr(err, " more names were not begun\n") != NULL, "%s",
	    err);
	ck_assert_msg(strstr(err, " not begun, ") != NULL &&
		strstr(err, " failed\n") != NULL,
	    "%s", err);
	/* The second of two in a row ends it; with -j each connection has a
	 * file under way. */
	ck_assert_msg(count_lines_with(err, "fileget: t/f") <=
		(_i == 2 ? 6 : 2),
	    "%s", err);
	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "here/%sf%02u",
		    _i == 0 ? "new" : "", i);
		n += scratch_exists(name);
	}
	ck_assert_uint_ge(n, 3);
	ck_assert_uint_le(n, 5);
	ck_assert_int_eq(umount2(here, MNT_DETACH), 0);
}
END_TEST

Suite *
disks_suite(void)
{
	Suite *suite = suite_create("disks");
	TCase *tcase;

	tcase = harness_case(suite, "no room", 120);
	tcase_add_test(tcase, folders_without_rights);
	tcase_add_test(tcase, file_size_limit);
	tcase_add_loop_test(tcase, continues_when_there_is_room, 0, 2);
	tcase = apart_case(suite, "full disk", 60);
	tcase_add_test(tcase, disk_full);
	tcase_add_loop_test(tcase, one_line_for_the_rest, 0, 3);
	return suite;
}
