/* fileget -r --delete with a real server: what is removed, and what stays. When
 * nothing may be removed at all: test_deletes_refused.c. */

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

static struct server server;
static struct program client;

#define PART ".00112233445566778899aabbccddeeff.part"

static void
fill_served(void)
{
	tree_fill("served/t/a", 1000, 1);
	tree_fill("served/t/d/b", 1001, 2);
	tree_fill("served/t/e/f/c", 1002, 3);
	tree_make_way("served/t/none/");
}

/* Removes each name that the server lacks, and tells so. */
START_TEST(what_the_server_lacks_is_removed)
{
	fill_served();
	tree_fill("here/newt/old", 10, 1);
	tree_fill("here/newt/d/old", 11, 2);
	tree_fill("here/newt/gone/x/y", 12, 3);
	tree_make_way("here/newt/empty/");
	tree_fill("here/other", 13, 4);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "first",
	    HERE_LIST("-r", "--delete", "--json", "t"));
	tree_expect_same("here/newt", "served/t", "first");
	here_expect_names("here", "first", HERE_LIST("newt", "other"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"t/gone/x/y\",\"output\":\"newt/gone/x/y\","
	    "\"status\":\"removed\",\"exit\":0}\n"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), ", 6 removed\n"));
	/* There is nothing more. */
	here_get(&client, server.port, 0, "again",
	    HERE_LIST("-ru", "--delete", "t"));
	tree_expect_same("here/newt", "served/t", "again");
	ck_assert_ptr_null(strstr(program_err(&client), "removed"));
	server_stop(&server);
}
END_TEST

/* The options that change how a tree comes change nothing in what goes. */
START_TEST(with_other_options)
{
	static const char *const options[] = {"-u", "-j4", "--fsync",
	    "--no-verify", "--no-resume", "--no-sandbox", "-q", "-v"};
	char name[256];
	int i;

	fill_served();
	/* More than a page of names. */
	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "served/t/many/%0200d", i);
		tree_fill(name, 1, (uint64_t)i);
	}
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "before", HERE_LIST("-rq", "t"));
	tree_fill("here/newt/many/x", 1, 1);
	tree_fill("here/newt/many/z/z", 1, 1);
	tree_fill("here/newt/d/old", 1, 1);
	here_get(&client, server.port, 0, options[_i],
	    HERE_LIST("-r", options[_i], "--delete", "t"));
	tree_expect_same("here/newt", "served/t", options[_i]);
	server_stop(&server);
}
END_TEST

/* A mirror into a home folder. */
START_TEST(a_home_folder_keeps_its_dot_names)
{
	fill_served();
	tree_fill("here/.bashrc", 10, 1);
	tree_fill("here/.ssh/id", 11, 2);
	tree_fill("here/notes", 12, 3);
	tree_fill("here/d/.config/x", 13, 4);
	tree_fill("here/Documents/thesis", 14, 5);
	tree_fill("here/project/.git/config", 15, 6);
	tree_fill("here/project/src/main", 16, 7);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "home",
	    HERE_LIST("-r", "--delete", "-o", ".", "t"));
	here_expect_names("here", "home",
	    HERE_LIST(".bashrc", ".ssh", "a", "d", "e", "none", "project"));
	ck_assert(scratch_exists("here/.ssh/id"));
	ck_assert(scratch_exists("here/d/.config/x"));
	ck_assert(scratch_exists("here/project/.git/config"));
	here_expect_names("here/project", "home", HERE_LIST(".git"));
	server_stop(&server);
}
END_TEST

/* With --hidden they go, unless the server may not show such names. */
START_TEST(dot_names_with_hidden)
{
	fill_served();
	tree_fill("here/newt/.old", 10, 1);
	tree_fill("here/newt/.dir/x", 11, 2);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "no name listed",
	    HERE_LIST("-r", "--hidden", "--delete", "t"));
	ck_assert(scratch_exists("here/newt/.old"));
	server_stop(&server);
	tree_fill("served/t/d/.dot", 12, 3);
	server_start(&server, HERE_LIST("--hidden"));
	here_get(&client, server.port, 0, "without --hidden here",
	    HERE_LIST("-r", "--delete", "t"));
	ck_assert(scratch_exists("here/newt/.old"));
	here_get(&client, server.port, 0, "listed",
	    HERE_LIST("-r", "--hidden", "--delete", "t"));
	tree_expect_same("here/newt", "served/t", "listed");
	server_stop(&server);
}
END_TEST

START_TEST(excluded_names_stay)
{
	fill_served();
	tree_fill("served/t/cache/new", 10, 1);
	tree_fill("served/t/x/f", 10, 1);
	tree_fill("here/newt/old.txt", 10, 1);
	tree_fill("here/newt/old.jpg", 11, 2);
	tree_fill("here/newt/gone/old.txt", 12, 3);
	tree_fill("here/newt/gone/old.jpg", 12, 3);
	tree_fill("here/newt/cache/mine", 13, 4);
	/* A folder there, which is excluded, and a file here, which is not. */
	tree_fill("here/newt/x", 14, 5);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "excluded",
	    HERE_LIST("-r", "--delete", "--exclude", "*.txt", "--exclude",
		"cache/", "--exclude", "x/", "t"));
	ck_assert(scratch_exists("here/newt/old.txt"));
	ck_assert(!scratch_exists("here/newt/old.jpg"));
	here_expect_names("here/newt/gone", "excluded", HERE_LIST("old.txt"));
	here_expect_names("here/newt/cache", "excluded", HERE_LIST("mine"));
	ck_assert(scratch_exists("here/newt/x"));
	server_stop(&server);
}
END_TEST

/* Links, special files and part files; nothing is reached through a link. */
START_TEST(links_and_part_files_stay)
{
	static const char y_part[] = "y" PART;

	fill_served();
	tree_fill("here/newt/gone/x" PART, 10, 1);
	tree_fill("here/newt/y" PART, 10, 1);
	tree_fill("here/newt/gone2/z", 10, 1);
	tree_fill("outside/keep/f", 11, 2);
	scratch_symlink("../../outside/keep", "here/newt/to-folder");
	scratch_symlink("../../outside/keep/f", "here/newt/to-file");
	scratch_symlink("nothing", "here/newt/gone2/dangling");
	ck_assert_int_eq(mkfifoat(scratch_fd(), "here/newt/fifo", 0600), 0);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "links",
	    HERE_LIST("-r", "--delete", "t"));
	here_expect_names("here/newt", "links",
	    HERE_LIST("a", "d", "e", "none", "gone", "gone2", y_part,
		"to-folder", "to-file", "fifo"));
	here_expect_names("here/newt/gone", "links", HERE_LIST("x" PART));
	here_expect_names("here/newt/gone2", "links", HERE_LIST("dangling"));
	ck_assert(scratch_exists("outside/keep/f"));
	server_stop(&server);
}
END_TEST

/* A file that this run would have refused is not one that it left behind. */
START_TEST(larger_files_stay)
{
	fill_served();
	tree_fill("here/newt/small", 5000, 1);
	tree_fill("here/newt/large", 5001, 2);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "--max-size",
	    HERE_LIST("-r", "--delete", "--max-size", "5000", "t"));
	ck_assert(!scratch_exists("here/newt/small"));
	ck_assert(scratch_exists("here/newt/large"));
	server_stop(&server);
}
END_TEST

/* A hard link of a file that stays is a name of its own. */
START_TEST(hard_links_are_names)
{
	fill_served();
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "before", HERE_LIST("-r", "t"));
	ck_assert_int_eq(linkat(scratch_fd(), "here/newt/a", scratch_fd(),
			     "here/newt/again", 0),
	    0);
	here_get(&client, server.port, 0, "-u",
	    HERE_LIST("-ru", "--delete", "t"));
	tree_expect_same("here/newt", "served/t", "-u");
	server_stop(&server);
}
END_TEST

/* The removal of one hard link changes the ctime that the others show: they
 * were kept as changed, one more run for each. */
START_TEST(hard_links_of_one_file)
{
	fill_served();
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "before", HERE_LIST("-r", "t"));
	tree_fill("here/newt/one", 10, 1);
	ck_assert_int_eq(linkat(scratch_fd(), "here/newt/one", scratch_fd(),
			     "here/newt/two", 0),
	    0);
	ck_assert_int_eq(linkat(scratch_fd(), "here/newt/one", scratch_fd(),
			     "here/newt/d/three", 0),
	    0);
	/* A file that is replaced had one, too. */
	ck_assert_int_eq(linkat(scratch_fd(), "here/newt/a", scratch_fd(),
			     "here/newt/again", 0),
	    0);
	here_get(&client, server.port, 0, "all at once",
	    HERE_LIST("-r", "--delete", "t"));
	tree_expect_same("here/newt", "served/t", "all at once");
	ck_assert_ptr_null(strstr(program_err(&client), "kept"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), ", 4 removed\n"));
	server_stop(&server);
}
END_TEST

/* Only the trees that were asked for, each by itself. */
START_TEST(several_names)
{
	fill_served();
	tree_fill("here/newd/old", 10, 1);
	tree_fill("here/newe/old/x", 11, 2);
	tree_fill("here/newa", 12, 3);
	tree_fill("here/new/old", 13, 4);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "several",
	    HERE_LIST("-r", "--delete", "t/[de]", "t/a"));
	here_expect_names("here", "several",
	    HERE_LIST("newd", "newe", "newa", "new"));
	tree_expect_same("here/newd", "served/t/d", "d");
	tree_expect_same("here/newe", "served/t/e", "e");
	ck_assert(scratch_exists("here/new/old"));
	server_stop(&server);
}
END_TEST

/* Folders with the server's read-only modes, removed by a plain user. */
START_TEST(read_only_folders)
{
	fill_served();
	tree_fill("served/t/d/old", 10, 1);
	tree_fill("served/t/gone/x/y", 10, 1);
	tree_dress("served/t/gone/x", 0555, 1);
	tree_dress("served/t/gone", 0555, 1);
	tree_dress("served/t/d", 0555, 2);
	tree_dress("served/t", 0555, 3);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "before", HERE_LIST("-r", "t"));
	tree_undress("served");
	scratch_remove("served/t/d/old");
	scratch_rename("served/t/gone", "outside/gone");
	tree_dress("served/t/d", 0555, 2);
	tree_dress("served/t", 0555, 3);
	here_start_after(&client, server.port,
	    HERE_LIST("-ru", "--delete", "t"), here_drop_power);
	here_expect_exit(&client, 0, "plain user");
	tree_expect_same("here/newt", "served/t", "plain user");
	tree_undress("here");
	tree_undress("served");
	server_stop(&server);
}
END_TEST

/* A name that cannot be removed fails; the others are removed. */
START_TEST(what_cannot_be_removed_fails)
{
	fill_served();
	tree_fill("here/newt/gone/x", 10, 1);
	tree_fill("here/newt/old", 10, 1);
	server_start(&server, NULL);
	/* Another user's folder. */
	ck_assert_int_eq(fchownat(scratch_fd(), "here/newt/gone", 12345, 12345,
			     0),
	    0);
	tree_dress("here/newt/gone", 0755, 1);
	here_start_after(&client, server.port, HERE_LIST("-r", "--delete", "t"),
	    here_drop_power);
	here_expect_exit(&client, 10, "not ours");
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: newt/gone/x: cannot be removed: Permission denied\n"));
	ck_assert(scratch_exists("here/newt/gone/x"));
	ck_assert(!scratch_exists("here/newt/old"));
	server_stop(&server);
}
END_TEST

/* Another file system below the target, by a name that the server has, and by
 * one that it has not. The top itself may be one. */
START_TEST(other_file_systems_stay)
{
	static const char *const points[] = {"here/newt", "here/newt/d",
	    "here/newt/disk", "here/newt/same"};
	char path[SCRATCH_PATH], from[SCRATCH_PATH];
	size_t i;

	if (geteuid() != 0) {
		harness_skip("other_file_systems_stay", "not root");
		return;
	}
	fill_served();
	tree_fill("outside/bound/f", 10, 1);
	for (i = 0; i < HARNESS_ROWS(points); i++) {
		scratch_mkdir(points[i]);
		scratch_path(path, points[i]);
		ck_assert_int_eq(i < 3 ?
			mount("tmpfs", path, "tmpfs", 0, "") :
			mount(scratch_path(from, "outside/bound"), path, NULL,
			    MS_BIND, NULL),
		    0);
	}
	tree_fill("here/newt/old", 10, 1);
	tree_fill("here/newt/d/mine", 11, 2);
	tree_fill("here/newt/disk/mine", 12, 3);
	tree_fill("here/newt/file", 13, 4);
	ck_assert_int_eq(mount(scratch_path(from, "outside/bound/f"),
			     scratch_path(path, "here/newt/file"), NULL,
			     MS_BIND, NULL),
	    0);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "mounts",
	    HERE_LIST("-r", "--delete", "t"));
	ck_assert(!scratch_exists("here/newt/old"));
	ck_assert(scratch_exists("here/newt/d/mine"));
	ck_assert(scratch_exists("here/newt/disk/mine"));
	ck_assert(scratch_exists("outside/bound/f"));
	ck_assert(scratch_exists("here/newt/file"));
	umount2(scratch_path(path, "here/newt/file"), MNT_DETACH);
	sum_expect_files("here/newt/d/b", "served/t/d/b");
	for (i = HARNESS_ROWS(points); i-- > 0;)
		umount2(scratch_path(path, points[i]), MNT_DETACH);
	server_stop(&server);
}
END_TEST

Suite *
deletes_suite(void)
{
	Suite *suite = suite_create("deletes");
	TCase *tcase = harness_case(suite, "deletes", 120);
	TCase *apart = apart_case(suite, "mounts", 60);

	tcase_add_test(tcase, what_the_server_lacks_is_removed);
	tcase_add_loop_test(tcase, with_other_options, 0, 8);
	tcase_add_test(tcase, a_home_folder_keeps_its_dot_names);
	tcase_add_test(tcase, dot_names_with_hidden);
	tcase_add_test(tcase, excluded_names_stay);
	tcase_add_test(tcase, links_and_part_files_stay);
	tcase_add_test(tcase, larger_files_stay);
	tcase_add_test(tcase, hard_links_are_names);
	tcase_add_test(tcase, hard_links_of_one_file);
	tcase_add_test(tcase, several_names);
	tcase_add_test(tcase, read_only_folders);
	tcase_add_test(tcase, what_cannot_be_removed_fails);
	tcase_add_test(apart, other_file_systems_stay);
	return suite;
}
