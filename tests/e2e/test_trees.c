/*
 * fileget -r and a real server: whole trees, whose files and folders are
 * compared by SHA-256, mtime and mode.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/names.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

static struct program client;
static struct server server;

/* 255 bytes, the longest name of a file. */
#define LONG_51	 "long-long-long-long-long-long-long-long-long-long-x"
#define LONG_255 LONG_51 LONG_51 LONG_51 LONG_51 LONG_51

static const struct {
	const char *name;
	uint64_t size;
	mode_t mode;
	int64_t mtime_ns;
} files[] = {
    {"served/t/plain", 100000, 0644, INT64_C(1500000000123456789)},
    {"served/t/empty", 0, 0600, INT64_C(1500000001000000001)},
    {"served/t/runs", 5000, 0755, 0},
    {"served/t/read-only", 5000, 0444, INT64_C(1)},
    {"served/t/set-id", 5000, 06755, INT64_C(1500000000999999999)},
    {"served/t/before 1970", 10, 0640, INT64_C(-1500000000)},
    {"served/t/large", 3000000, 0640, INT64_C(1500000002000000000)},
    {"served/t/odd/with space", 10, 0644, INT64_C(1600000000000000001)},
    {"served/t/odd/new\nline", 11, 0644, INT64_C(1600000000000000002)},
    {"served/t/odd/\303\244\342\202\254\360\237\230\200", 12, 0644, 3},
    {"served/t/odd/\377\376\200", 13, 0644, 4},
    {"served/t/odd/-r", 14, 0644, 5},
    {"served/t/odd/--", 15, 0644, 6},
    {"served/t/odd/back\\slash", 16, 0644, 7},
    {"served/t/odd/\033[31mred", 17, 0644, 8},
    {"served/t/odd/..leading", 18, 0644, 9},
    {"served/t/odd/%s%n", 19, 0644, 10},
    {"served/t/odd/~", 20, 0644, 11},
    {"served/t/odd/*", 21, 0644, 11},
    {"served/t/odd/x.part", 22, 0644, 11},
    {"served/t/long/" LONG_255, 23, 0644, 12},
    {"served/t/" LONG_255 "/" LONG_255 "/" LONG_255, 24, 0644, 13},
    {"served/t/a/b/c/d/e/f/g/h/i/j", 25, 0644, 14},
    {"served/t/closed/f", 26, 0400, 15},
    {"served/t/private/f", 27, 0600, 16},
    {"served/t/-k/f", 28, 0600, 16},
    {"served/t/same/name", 29, 0600, 16},
    {"served/t/name/same", 30, 0600, 16},
};

/* The deepest first: making an entry changes the time of its folder. */
static const struct {
	const char *name;
	mode_t mode;
	int64_t mtime_ns;
} folders[] = {
    {"served/t/none/none", 0755, INT64_C(1400000000000000001)},
    {"served/t/none", 0700, INT64_C(1400000000000000002)},
    {"served/t/closed/none", 0555, INT64_C(1400000000000000003)},
    {"served/t/closed", 0555, INT64_C(1400000000000000004)},
    {"served/t/private", 0700, INT64_C(1400000000987654321)},
    {"served/t/sticky", 01777, INT64_C(1400000000000000005)},
    {"served/t/odd", 0711, INT64_C(1400000000000000006)},
    {"served/t/a/b/c", 0500, INT64_C(-5)},
    {"served/t/" LONG_255 "/" LONG_255, 0700, 8},
    {"served/t/" LONG_255, 0700, 8},
    {"served/t", 0750, INT64_C(1400000000000000007)},
};

static void
make_tree(void)
{
	size_t i;

	for (i = 0; i < HARNESS_ROWS(files); i++) {
		tree_fill(files[i].name, files[i].size, i + 1);
		tree_dress(files[i].name, files[i].mode, files[i].mtime_ns);
	}
	tree_make_way("served/t/none/none/");
	tree_make_way("served/t/closed/none/");
	tree_make_way("served/t/sticky/");
	for (i = 0; i < HARNESS_ROWS(folders); i++)
		tree_dress(folders[i].name, folders[i].mode,
		    folders[i].mtime_ns);
}

/* Target folders: the options, and the contents of "here" before. */
static const struct {
	const char *row;
	const char *const args[8];
	const char *got;
	const char *served;
	const char *there; /* folder that exists before */
} places[] = {
    {"plain", {"-r", "t", NULL}, "here/newt", "served/t", NULL},
    {"--recursive", {"t", "--recursive", NULL}, "here/newt", "served/t", NULL},
    {"unverified", {"-r", "--no-verify", "t", NULL}, "here/newt", "served/t",
	NULL},
    {"to the disk", {"-r", "--fsync", "t", NULL}, "here/newt", "served/t",
	NULL},
    {"several connections", {"-r", "-j4", "t", NULL}, "here/newt", "served/t",
	NULL},
    {"there already", {"-r", "t", NULL}, "here/newt", "served/t",
	"here/newt/a/"},
    {"-k", {"-rk", "t", NULL}, "here/t", "served/t", NULL},
    {"below", {"-r", "t/a/b", NULL}, "here/newb", "served/t/a/b", NULL},
    {"all of it", {"-r", ".", NULL}, "here/new127.0.0.1", "served", NULL},
    {"a slash behind", {"-r", "t/", NULL}, "here/newt", "served/t", NULL},
    {"slashes behind", {"-r", "t/a/b///", NULL}, "here/newb", "served/t/a/b",
	NULL},
    {"all of it, a slash behind", {"-r", "./", NULL}, "here/new127.0.0.1",
	"served", NULL},
    {"all of it, -k", {"-rk", ".", NULL}, "here/127.0.0.1", "served", NULL},
    {"-o", {"-r", "-o", "x", "t", NULL}, "here/x", "served/t", NULL},
    {"-o, a slash", {"-r", "-o", "x/", "t", NULL}, "here/x", "served/t", NULL},
    {"-o, there", {"-r", "-o", "x", "t", NULL}, "here/x", "served/t",
	"here/x/"},
    {"-o, below", {"-r", "-o", "y/x", "t", NULL}, "here/y/x", "served/t",
	"here/y/"},
    {"-o .", {"-r", "-o", ".", "t", NULL}, "here", "served/t", NULL},
    {"-o ., all", {"-r", "-o", ".", ".", NULL}, "here", "served", NULL},
    {"-P", {"-r", "-P", "y", "t", NULL}, "here/y/newt", "served/t", "here/y/"},
    {"-P -k", {"-rk", "-P", "y", "t", NULL}, "here/y/t", "served/t", "here/y/"},
    {"-P .., of a folder", {"-rk", "-P", "y/..", "t", NULL}, "here/t",
	"served/t", "here/y/"},
};

/* A name in the tree begins with dots. */
static void
add_hidden(const char *const *args, const char *all[10])
{
	size_t n = 0;

	for (; *args != NULL; args++)
		all[n++] = *args;
	all[n++] = "--hidden";
	all[n] = NULL;
}

START_TEST(whole_trees)
{
	const char *args[10];
	char way[64];

	make_tree();
	add_hidden(places[_i].args, args);
	server_start(&server, HERE_LIST("--hidden"));
	if (places[_i].there != NULL) {
		strlcpy(way, places[_i].there, sizeof(way));
		tree_make_way(way);
	}
	here_get(&client, server.port, 0, places[_i].row, args);
	tree_expect_same(places[_i].got, places[_i].served, places[_i].row);
	here_expect_harmless(program_err(&client), places[_i].row);
	/* A second run over the existing files and read-only folders. */
	here_start_after(&client, server.port, args, here_drop_power);
	here_expect_exit(&client, 0, places[_i].row);
	tree_expect_same(places[_i].got, places[_i].served, "again");
	tree_undress("here");
	tree_undress("served");
	server_stop(&server);
}
END_TEST

/* Files and folders together, and a missing one. */
START_TEST(several_names)
{
	make_tree();
	tree_fill("served/one", 1000, 50);
	tree_fill("served/u/f", 1000, 51);
	server_start(&server, HERE_LIST("--hidden"));
	here_get(&client, server.port, 4, "several",
	    HERE_LIST("-r", "--hidden", "one", "missing", "t", "t/plain", "u"));
	tree_expect_same("here/newt", "served/t", "t");
	tree_expect_same("here/newu", "served/u", "u");
	sum_expect_files("here/newone", "served/one");
	sum_expect_files("here/newplain", "served/t/plain");
	here_expect_names("here", "several",
	    HERE_LIST("newt", "newu", "newone", "newplain"));
	tree_undress("here");
	tree_undress("served");
	server_stop(&server);
}
END_TEST

/* The numbers in the last line and in JSON. */
START_TEST(reported_numbers)
{
	tree_fill_many("served/t", 20);
	tree_fill("served/t/sub/f", 1000, 1);
	tree_make_way("served/t/none/");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "first", HERE_LIST("-r", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "\n21 files, "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "/s\n"));
	scratch_append("served/t/f3", "more");
	scratch_remove("here/newt/f4");
	scratch_remove("here/newt/f5");
	scratch_mkdir("here/newt/f5");
	here_get(&client, server.port, 10, "update", HERE_LIST("-ru", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "\n2 files, "));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), ", 18 unchanged, 1 failed\n"));
	here_get(&client, server.port, 10, "JSON",
	    HERE_LIST("-ru", "--json", "t"));
	ck_assert_uint_eq(program_lines(program_out(&client)), 21);
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/sub/f\",\"output\":\"newt/sub/f\","
	    "\"status\":\"skipped\",\"exit\":0}\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/f5\",\"output\":null,\"status\":\"failed\","
	    "\"exit\":10,"));
	here_get(&client, server.port, 10, "quiet", HERE_LIST("-ruq", "t"));
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	server_stop(&server);
}
END_TEST

/* Regression: an entry that was skipped was reported without its folder. */
START_TEST(names_are_reported_in_full)
{
	static const char part[] =
	    "t/sub/x.00112233445566778899aabbccddeeff.part";
	char path[SCRATCH_PATH], line[SCRATCH_PATH];

	snprintf(path, sizeof(path), "served/%s", part);
	tree_fill(path, 1000, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "JSON",
	    HERE_LIST("-r", "--json", "t"));
	snprintf(line, sizeof(line), "{\"name\":\"%s\",", part);
	ck_assert_msg(strstr(program_out(&client), line) != NULL, "%s",
	    program_out(&client));
	snprintf(line, sizeof(line), "fileget: %s: ", part);
	ck_assert_msg(strstr(program_err(&client), line) != NULL, "%s",
	    program_err(&client));
	server_stop(&server);
}
END_TEST

enum {
	TREES_LEVELS = 16, /* nested folders */
	TREES_LONG = 255,  /* bytes of their names */
};

/* Writes the name of a level without "/"; the last one is as long as a file "f"
 * in it allows, whose name below "t" has 4,095 bytes. */
static const char *
level(int i, char name[TREES_LONG + 1])
{
	size_t len =
	    i == TREES_LEVELS - 1 ? 4095 - 2 - 15 * 256 - 2 : TREES_LONG;

	memset(name, 'a' + i, len);
	name[len] = '\0';
	return name;
}

/* Walks down the levels from a folder, and makes them if wanted. Returns the
 * deepest. */
static int
go_down(const char *top, bool makes)
{
	char name[TREES_LONG + 1];
	int i, fd, next;

	fd = openat(scratch_fd(), top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < TREES_LEVELS && fd >= 0; i++) {
		if (makes)
			ck_assert_int_eq(mkdirat(fd, level(i, name), 0755), 0);
		next = openat(fd, level(i, name),
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

/*
 * Regression: the local path, which is longer by "new", was cut, and the file
 * was written into a folder of the cut path.
 */
START_TEST(as_deep_as_names_go)
{
	struct stat stat;
	int fd;

	scratch_mkdir("served/t");
	fd = go_down("served/t", true);
	ck_assert_int_eq(symlinkat("/dev/null", fd, "g"), 0);
	close(openat(fd, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	close(fd);
	/* The folder that a path without its beginning would lead to. */
	fd = go_down("here", true);
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "too deep", HERE_LIST("-r", "t"));
	ck_assert_int_ne(fstatat(fd, "f", &stat, 0), 0);
	close(fd);
	here_get(&client, server.port, 0, "deep",
	    HERE_LIST("-r", "-o", "x", "t"));
	fd = go_down("here/x", false);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstatat(fd, "f", &stat, 0), 0);
	close(fd);
	server_stop(&server);
}
END_TEST

/* 300 nested folders. */
START_TEST(many_levels)
{
	char name[SCRATCH_PATH] = "served/t/";
	int i;

	for (i = 0; i < 300; i++)
		strlcat(name, "d/", sizeof(name));
	tree_make_way(name);
	strlcat(name, "f", sizeof(name));
	scratch_text(name, "deep");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "deep", HERE_LIST("-r", "t"));
	tree_expect_same("here/newt", "served/t", "deep");
	server_stop(&server);
}
END_TEST

static void
limit_descriptors(void)
{
	struct rlimit limit = {64, 64};

	setrlimit(RLIMIT_NOFILE, &limit);
}

START_TEST(a_thousand_folders_with_few_descriptors)
{
	char name[64];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "served/t/d%d/e/f", i);
		tree_fill(name, 100, (uint64_t)i);
		snprintf(name, sizeof(name), "served/t/d%d/g", i);
		tree_fill(name, 100, (uint64_t)i);
	}
	server_start(&server, NULL);
	here_start_after(&client, server.port, HERE_LIST("-r", "t"),
	    limit_descriptors);
	here_expect_exit(&client, 0, "few descriptors");
	tree_expect_same("here/newt", "served/t", "few descriptors");
	here_start_after(&client, server.port,
	    HERE_LIST("-r", "-j4", "-o", "x", "t"), limit_descriptors);
	here_expect_exit(&client, 0, "few descriptors, -j");
	tree_expect_same("here/x", "served/t", "few descriptors, -j");
	server_stop(&server);
}
END_TEST

START_TEST(many_files)
{
	char name[64];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "served/t/d%d", i);
		tree_fill_many(name, HARNESS_SLOW ? 100 : 1000);
	}
	tree_fill_many("served/t", HARNESS_SLOW ? 500 : 10000);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "many", HERE_LIST("-rq", "t"));
	tree_expect_same("here/newt", "served/t", "many");
	here_get(&client, server.port, 0, "many, -j",
	    HERE_LIST("-rq", "-j8", "-o", "x", "t"));
	tree_expect_same("here/x", "served/t", "many, -j");
	server_stop(&server);
}
END_TEST

/* Links that form circles: the run ends and reports them. */
START_TEST(circles)
{
	tree_fill("served/t/a/f", 100, 1);
	tree_fill("served/t/b/g", 100, 2);
	scratch_symlink(".", "served/t/self");
	scratch_symlink("..", "served/t/a/up");
	scratch_symlink("../b", "served/t/a/to-b");
	scratch_symlink("../a", "served/t/b/to-a");
	scratch_symlink("../..", "served/t/b/top");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "circles", HERE_LIST("-r", "t"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "t/self leads back"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "t/a/up leads back"));
	sum_expect_files("here/newt/a/f", "served/t/a/f");
	sum_expect_files("here/newt/a/to-b/g", "served/t/b/g");
	sum_expect_files("here/newt/b/to-a/f", "served/t/a/f");
	ck_assert(!scratch_exists("here/newt/a/to-b/to-a"));
	ck_assert(!scratch_exists("here/newt/self"));
	here_get(&client, server.port, 0, "all", HERE_LIST("-r", "."));
	here_get(&client, server.port, 0, "again", HERE_LIST("-ru", "."));
	server_stop(&server);
}
END_TEST

/*
 * Regression: files with names too long for a request were missing in the list,
 * and nothing failed. The other files of that folder arrive and are listed,
 * also those after them.
 */
START_TEST(names_that_are_too_long)
{
	char longest[NAMES_MAX + 1];
	size_t len, step;
	int fd, next, i;

	tree_fill("served/t/f", 10, 1);
	fd = openat(scratch_fd(), "served/t", O_RDONLY | O_CLOEXEC);
	len = strlcpy(longest, "t", sizeof(longest));
	while (len < NAMES_MAX - 100) {
		step = NAMES_MAX - 50 - len > 200 ? 200 : NAMES_MAX - 50 - len;
		longest[len] = '/';
		memset(longest + len + 1, 'd', step);
		longest[len + 1 + step] = '\0';
		ck_assert_int_eq(mkdirat(fd, longest + len + 1, 0755), 0);
		next = openat(fd, longest + len + 1, O_RDONLY | O_CLOEXEC);
		ck_assert_int_ge(next, 0);
		close(fd);
		fd = next;
		len += 1 + step;
	}
	memset(longest, 'a', 100);
	longest[100] = '\0';
	for (i = 0; i < 2; i++) {
		close(openat(fd, longest, O_WRONLY | O_CREAT, 0644));
		close(openat(fd, i == 0 ? "b" : "c", O_WRONLY | O_CREAT, 0644));
		longest[0] = 'b';
	}
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "fetched",
	    HERE_LIST("-r", "-o", "x", "t"));
	sum_expect_files("here/x/f", "served/t/f");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "\n3 files, "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), " 2 failed\n"));
	here_get(&client, server.port, 2, "listed", HERE_LIST("-lr", "t"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "/c\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), longest));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "too long for a request"));
	close(fd);
	server_stop(&server);
}
END_TEST

/* Unreadable files fail; the others arrive. */
START_TEST(unreadable_files)
{
	tree_fill("served/t/a", 1000, 1);
	tree_fill("served/t/b", 1000, 2);
	tree_fill("served/t/c/f", 1000, 3);
	tree_fill("served/t/d/f", 1000, 4);
	tree_dress("served/t/b", 0, 5);
	tree_dress("served/t/c", 0, 5);
	server_start_after(&server, NULL, here_drop_power);
	here_get(&client, server.port, 5, "denied", HERE_LIST("-r", "t"));
	sum_expect_files("here/newt/a", "served/t/a");
	sum_expect_files("here/newt/d/f", "served/t/d/f");
	ck_assert(!scratch_exists("here/newt/b"));
	ck_assert(!scratch_exists("here/newt/c/f"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "\n2 files, "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), " 2 failed\n"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "fileget: t/b: "));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "fileget: t/c: "));
	tree_undress("here");
	tree_undress("served");
	server_stop(&server);
}
END_TEST

/* Regression: entries of a folder that the server may read but not search were
 * missing in the list, and nothing failed. A local file that looks like such an
 * entry is not the same. */
START_TEST(unsearchable_folders)
{
	static const char *const options[][3] = {{"-rq", NULL}, {"-rqu", NULL},
	    {"-rq", "-j4", NULL}};
	size_t i;

	tree_fill("served/t/a", 1000, 1);
	tree_fill("served/t/b/f", 1000, 2);
	tree_fill("served/t/b/sub/g", 1000, 3);
	scratch_symlink("../a", "served/t/b/to-a");
	tree_dress("served/t/b", 0644, 5);
	server_start_after(&server, NULL, here_drop_power);
	tree_fill("here/newt/b/f", 0, 1);
	tree_dress("here/newt/b/f", 0600, 0);
	for (i = 0; i < HARNESS_ROWS(options); i++) {
		here_get(&client, server.port, 5, options[i][0],
		    HERE_LIST(options[i][0], "t", options[i][1]));
		sum_expect_files("here/newt/a", "served/t/a");
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), "fileget: t/b/f: "));
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), "fileget: t/b/sub: "));
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), "fileget: t/b/to-a: "));
	}
	here_get(&client, server.port, 5, "counted", HERE_LIST("-r", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), " 3 failed\n"));
	here_get(&client, server.port, 5, "a pattern", HERE_LIST("t/b/f*"));
	here_get(&client, server.port, 0, "listed", HERE_LIST("-l", "t/b"));
	ck_assert_str_eq(program_out(&client),
	    "-?????????  ?  ?  f\n"
	    "d?????????  ?  ?  sub\n"
	    "-?????????  ?  ?  to-a\n");
	here_get(&client, server.port, 5, "all listed", HERE_LIST("-lr", "t"));
	tree_undress("here");
	tree_undress("served");
	server_stop(&server);
}
END_TEST

/* Slashes after names in a list of names are removed too. */
START_TEST(slashes_in_a_list)
{
	tree_fill("served/t/f", 10, 1);
	tree_fill("served/u/f", 10, 2);
	scratch_text("names", "t/\nu//\n");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "-i",
	    HERE_LIST("-r", "-i", "../names"));
	tree_expect_same("here/newt", "served/t", "-i");
	tree_expect_same("here/newu", "served/u", "-i");
	server_stop(&server);
}
END_TEST

/* Slashes are removed only at the end of a folder's name. */
static const struct {
	const char *row;
	const char *const args[3];
} slashes[] = {
    {"no folder wanted", {"t/", NULL}},
    {"a file", {"t/f/", NULL}},
    {"-r, in front", {"-r", "/t/", NULL}},
    {"-r, between", {"-r", "t//a/", NULL}},
    {"-r, behind a dot", {"-r", "t/./", NULL}},
    {"-r, behind a pattern", {"-r", "*/", NULL}},
};

START_TEST(slashes_that_are_refused)
{
	tree_fill("served/t/f", 10, 1);
	tree_fill("served/t/a/f", 10, 2);
	server_start(&server, NULL);
	here_get(&client, server.port, 2, slashes[_i].row, slashes[_i].args);
	ck_assert_ptr_nonnull(strstr(program_err(&client), "not a name"));
	here_expect_names("here", slashes[_i].row, HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

START_TEST(no_list)
{
	tree_fill("served/t/a", 1000, 1);
	server_start(&server, HERE_LIST("--no-list"));
	here_get(&client, server.port, 5, "no list",
	    HERE_LIST("-r", "t", "t/a"));
	sum_expect_files("here/newa", "served/t/a");
	server_stop(&server);
}
END_TEST

Suite *
trees_suite(void)
{
	Suite *suite = suite_create("trees");
	TCase *tcase;

	tcase = harness_case(suite, "whole", 120);
	tcase_add_loop_test(tcase, whole_trees, 0, (int)HARNESS_ROWS(places));
	tcase_add_test(tcase, several_names);
	tcase_add_test(tcase, reported_numbers);
	tcase_add_test(tcase, names_are_reported_in_full);
	tcase_add_test(tcase, as_deep_as_names_go);
	tcase_add_test(tcase, many_levels);
	tcase_add_test(tcase, circles);
	tcase_add_test(tcase, unreadable_files);
	tcase_add_test(tcase, unsearchable_folders);
	tcase_add_test(tcase, names_that_are_too_long);
	tcase_add_test(tcase, no_list);
	tcase_add_test(tcase, slashes_in_a_list);
	tcase_add_loop_test(tcase, slashes_that_are_refused, 0,
	    (int)HARNESS_ROWS(slashes));
	tcase = harness_case(suite, "many", 240);
	tcase_add_test(tcase, a_thousand_folders_with_few_descriptors);
	tcase_add_test(tcase, many_files);
	return suite;
}
