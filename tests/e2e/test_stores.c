/*
 * Target folders on other file systems, where these can be mounted: FUSE that
 * refuses modes, that has neither links nor RENAME_NOREPLACE, that ignores
 * case, or that has a coarse clock; and default ACLs. Other cases are skipped
 * with a message.
 */

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static struct program mounter, maker, client;
static struct server server;

/* ---- mounts ------------------------------------------------------------- */

static bool
is_mounted(void *argument)
{
	struct stat here, above;

	(void)argument;
	return fstatat(scratch_fd(), "here", &here, 0) == 0 &&
	    fstatat(scratch_fd(), ".", &above, 0) == 0 &&
	    here.st_dev != above.st_dev;
}

static bool
is_mounted_or_over(void *argument)
{
	return is_mounted(argument) || program_ended(&mounter);
}

/* Mounts "here" by a program that stays in the foreground. Returns false, with
 * a message, if that is impossible. */
static bool
mount_by(const char *path, const char *const *args)
{
	if (access(path, X_OK) != 0 || access("/dev/fuse", R_OK | W_OK) != 0) {
		harness_skip(path, strerror(errno));
		return false;
	}
	program_start(&mounter,
	    &(struct program_options){.path = path, .args = args});
	if (wait_until(is_mounted_or_over, NULL, WAIT_LIMIT) &&
	    is_mounted(NULL))
		return true;
	harness_skip(path, program_err(&mounter));
	return false;
}

static void
unmount(void)
{
	char here[SCRATCH_PATH];

	ck_assert_int_eq(umount2(scratch_path(here, "here"), MNT_DETACH), 0);
	/* It ends when its mount is gone. */
	(void)program_wait(&mounter, WAIT_LIMIT);
	server_stop(&server);
}

static bool
mount_bindfs(const char *option)
{
	char back[SCRATCH_PATH], here[SCRATCH_PATH];

	scratch_mkdir("back");
	return mount_by("/usr/bin/bindfs",
	    HERE_LIST("-f", option, scratch_path(back, "back"),
		scratch_path(here, "here")));
}

static bool
mount_rclone(const char *mode)
{
	char back[SCRATCH_PATH], cache[SCRATCH_PATH], here[SCRATCH_PATH];
	char remote[SCRATCH_PATH + 8];

	scratch_mkdir("back");
	scratch_mkdir("cache");
	snprintf(remote, sizeof(remote), ":local:%s",
	    scratch_path(back, "back"));
	return mount_by("/usr/bin/rclone",
	    HERE_LIST("mount", "--vfs-cache-mode", mode, "--vfs-write-back",
		"2s", "--cache-dir", scratch_path(cache, "cache"), remote,
		scratch_path(here, "here")));
}

static bool
mount_ntfs(const char *option)
{
	char image[SCRATCH_PATH], here[SCRATCH_PATH];

	scratch_sparse("image", 32 << 20);
	scratch_path(image, "image");
	if (access("/usr/sbin/mkfs.ntfs", X_OK) != 0) {
		harness_skip("mkfs.ntfs", strerror(errno));
		return false;
	}
	program_start(&maker,
	    &(struct program_options){.path = "/usr/sbin/mkfs.ntfs",
		.args = HERE_LIST("-F", "-Q", image)});
	ck_assert_int_eq(program_wait(&maker, WAIT_LIMIT), 0);
	return mount_by("/usr/bin/lowntfs-3g",
	    HERE_LIST("-o", option, image, scratch_path(here, "here")));
}

static mode_t
mode_of(const char *name)
{
	struct stat stat;

	ck_assert_msg(fstatat(scratch_fd(), name, &stat, 0) == 0, "%s: %s",
	    name, strerror(errno));
	return stat.st_mode & 07777;
}

static void
set_mode(const char *name, mode_t mode)
{
	ck_assert_int_eq(fchmodat(scratch_fd(), name, mode, 0), 0);
}

/* ---- each in turn ------------------------------------------------------- */

/* The verified file is kept, and one line reports the missing mode. */
START_TEST(modes_are_refused)
{
	const char *err;

	scratch_mkdir("served/t");
	scratch_mkdir("served/t/d");
	scratch_fill("served/f", 3000000, 1);
	scratch_text("served/t/a", "a");
	scratch_text("served/t/d/b", "b");
	set_mode("served/t", 0755);
	set_mode("served/t/d", 0500);
	server_start(&server, NULL);
	umask(022);
	if (!mount_bindfs("--chmod-deny"))
		return;
	here_get(&client, server.port, 0, "file", HERE_LIST("f"));
	sum_expect_files("here/newf", "served/f");
	ck_assert_uint_eq(mode_of("here/newf"), 0644);
	err = program_err(&client);
	ck_assert_ptr_nonnull(strstr(err, "the mode of 1 file or folder"));
	here_get(&client, server.port, 0, "tree", HERE_LIST("-r", "t"));
	ck_assert_uint_eq(mode_of("here/newt"), 0755);
	ck_assert_uint_eq(mode_of("here/newt/d") & 0700, 0700);
	sum_expect_files("here/newt/d/b", "served/t/d/b");
	err = strstr(program_err(&client), "could not be set here");
	ck_assert_ptr_nonnull(err);
	ck_assert_ptr_null(strstr(err + 1, "could not be set here"));
	here_get(&client, server.port, 0, "quiet", HERE_LIST("-q", "f"));
	ck_assert_str_eq(program_err(&client), "");
	unmount();
}
END_TEST

static bool
is_stored(void *argument)
{
	struct stat stat;

	(void)argument;
	return fstatat(scratch_fd(), "back/newf", &stat, 0) == 0 &&
	    stat.st_size == 3000000;
}

static const char *const modes[] = {"writes"};

/* Without link(2) and RENAME_NOREPLACE new trees and -n still work. */
START_TEST(links_are_refused)
{
	scratch_mkdir("served/t");
	scratch_fill("served/f", 3000000, 1);
	scratch_text("served/g", "small");
	scratch_text("served/t/a", "a");
	scratch_text("served/t/b", "b");
	server_start(&server, NULL);
	if (!mount_rclone(modes[_i]))
		return;
	here_get(&client, server.port, 0, "new tree", HERE_LIST("-r", "t"));
	here_get(&client, server.port, 0, "again", HERE_LIST("-r", "t"));
	sum_expect_files("here/newt/a", "served/t/a");
	here_get(&client, server.port, 0, "-n", HERE_LIST("-n", "f", "g"));
	/* On the storage too: an empty file had been left there. */
	ck_assert(wait_until(is_stored, NULL, WAIT_LIMIT));
	sum_expect_files("back/newf", "served/f");
	sum_expect_files("here/newg", "served/g");
	scratch_overwrite("served/f", 0, 100, 2);
	here_get(&client, server.port, 10, "-n, there", HERE_LIST("-n", "f"));
	here_get(&client, server.port, 0, "replaced", HERE_LIST("f", "g"));
	sum_expect_files("here/newf", "served/f");
	here_expect_names("here", modes[_i], HERE_LIST("newt", "newf", "newg"));
	unmount();
}
END_TEST

static const struct {
	const char *row;
	const char *args[4];
	const char *input;
} pairs[] = {
    {"operands", {"-k", "c/README", "c/readme"}, NULL},
    {"-i", {"-k", "-i", "-"}, "c/README\nc/readme\n"},
    {"pattern", {"-k", "c/[Rr]*"}, NULL},
    {"tree", {"-r", "-o", "t", "c"}, NULL},
    {"tree, several", {"-rj3", "-o", "t", "c"}, NULL},
};

static void
expect_first_alone(const char *folder, const char *row)
{
	char *text, path[64];
	size_t len;

	ck_assert_msg(scratch_count(folder) == 1, "%s: %u", row,
	    scratch_count(folder));
	snprintf(path, sizeof(path), "%s/README", folder);
	text = scratch_read(path, &len);
	ck_assert_msg(text != NULL &&
		(strstr(program_err(&client),
		     strcmp(text, "first") == 0 ? "readme" : "README") != NULL),
	    "%s: %s", row, program_err(&client));
	free(text);
	ck_assert_msg(strstr(program_err(&client),
			  "another name of this run") != NULL,
	    "%s: %s", row, program_err(&client));
}

/* Two names that are the same here: the second fails by name, the first is
 * kept. */
START_TEST(case_is_ignored)
{
	bool is_tree = pairs[_i].args[0][1] == 'r';

	scratch_mkdir("served/c");
	scratch_text("served/c/README", "first");
	scratch_text("served/c/readme", "second one");
	server_start(&server, NULL);
	if (!mount_ntfs("no_detach,ignore_case"))
		return;
	if (is_tree)
		scratch_mkdir("here/t");
	client_start_with_input(&client, server.port, pairs[_i].args, NULL);
	if (pairs[_i].input != NULL)
		program_say(&client, pairs[_i].input);
	program_hang_up(&client);
	here_expect_exit(&client, 10, pairs[_i].row);
	expect_first_alone(is_tree ? "here/t" : "here", pairs[_i].row);
	unmount();
}
END_TEST

/* With a clock of 100 ns the file is fetched once only. */
START_TEST(clock_is_coarse)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    {.tv_sec = 1234567890, .tv_nsec = 123456789}};
	int i;

	scratch_mkdir("served/t");
	scratch_text("served/t/a", "a");
	ck_assert_int_eq(utimensat(scratch_fd(), "served/t/a", times, 0), 0);
	server_start(&server, NULL);
	if (!mount_ntfs("no_detach"))
		return;
	for (i = 0; i < 3; i++) {
		here_get(&client, server.port, 0, "update",
		    HERE_LIST("-ru", "t"));
		ck_assert_ptr_nonnull(strstr(program_err(&client),
		    i == 0 ? "\n1 file, " : "\n0 files, "));
		ck_assert((strstr(program_err(&client), ", 1 unchanged\n") ==
			      NULL) == (i == 0));
	}
	/* A file that was written to within a second is another one. */
	scratch_text("served/t/a", "b");
	here_get(&client, server.port, 0, "changed", HERE_LIST("-ru", "t"));
	sum_expect_files("here/newt/a", "served/t/a");
	unmount();
}
END_TEST

/* ---- without a mount ---------------------------------------------------- */

/* user::rwx, user:2:rw-, group::r-x, mask::rwx, other::r-x (acl(5)). */
static const unsigned char default_acl[] = {2, 0, 0, 0,		      /**/
    0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 6, 0, 2, 0, 0, 0, /**/
    0x04, 0, 5, 0, 0xff, 0xff, 0xff, 0xff, 0x10, 0, 7, 0, 0xff, 0xff, 0xff,
    0xff, 0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff};

/* Rights that a default ACL grants to others remain: the mode's group bits are
 * the mask of an ACL. */
START_TEST(default_acls)
{
	char here[SCRATCH_PATH];

	scratch_mkdir("served/t");
	scratch_mkdir("served/t/d");
	scratch_fill("served/f", 300000, 1);
	scratch_text("served/g", "small");
	scratch_text("served/x", "program");
	scratch_text("served/t/d/a", "a");
	set_mode("served/f", 0644);
	set_mode("served/g", 0600);
	set_mode("served/x", 0755);
	set_mode("served/t", 0755);
	set_mode("served/t/d", 0750);
	set_mode("served/t/d/a", 0640);
	server_start(&server, NULL);
	if (setxattr(scratch_path(here, "here"), "system.posix_acl_default",
		default_acl, sizeof(default_acl), 0) != 0) {
		harness_skip("default_acls", strerror(errno));
		return;
	}
	here_get(&client, server.port, 0, "files", HERE_LIST("f", "g", "x"));
	ck_assert_uint_eq(mode_of("here/newf"), 0664);
	ck_assert_uint_eq(mode_of("here/newg"), 0660);
	ck_assert_uint_eq(mode_of("here/newx"), 0775);
	here_get(&client, server.port, 0, "tree", HERE_LIST("-r", "t"));
	ck_assert_uint_eq(mode_of("here/newt"), 0775);
	ck_assert_uint_eq(mode_of("here/newt/d"), 0770);
	ck_assert_uint_eq(mode_of("here/newt/d/a"), 0660);
	/* A folder that exists keeps its mask. */
	set_mode("here/newt/d", 0750);
	here_get(&client, server.port, 0, "tree", HERE_LIST("-r", "t"));
	ck_assert_uint_eq(mode_of("here/newt/d"), 0750);
	server_stop(&server);
}
END_TEST

/* Local files that are links of each other are the same, or replaced. */
START_TEST(hard_links_here)
{
	scratch_mkdir("served/t");
	scratch_text("served/t/a", "same");
	scratch_text("served/t/b", "same");
	scratch_age("served/t/a");
	scratch_age("served/t/b");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "first", HERE_LIST("-r", "t"));
	scratch_remove("here/newt/b");
	ck_assert_int_eq(linkat(scratch_fd(), "here/newt/a", scratch_fd(),
			     "here/newt/b", 0),
	    0);
	here_get(&client, server.port, 0, "linked", HERE_LIST("-ru", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "2 unchanged"));
	scratch_text("served/t/b", "other");
	here_get(&client, server.port, 0, "replaced", HERE_LIST("-ru", "t"));
	sum_expect_files("here/newt/a", "served/t/a");
	sum_expect_files("here/newt/b", "served/t/b");
	server_stop(&server);
}
END_TEST

/* Times that few file systems support are set as far as possible, and cause no
 * further fetch. */
START_TEST(times_that_do_not_fit)
{
	static const time_t seconds[] = {-3000000000, -1, 0, 4102444800,
	    9200000000};
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}};
	char name[64];
	size_t i;

	scratch_mkdir("served/t");
	for (i = 0; i < HARNESS_ROWS(seconds); i++) {
		snprintf(name, sizeof(name), "served/t/%zu", i);
		scratch_text(name, "x");
		times[1].tv_sec = seconds[i];
		times[1].tv_nsec = 500000000;
		ck_assert_int_eq(utimensat(scratch_fd(), name, times, 0), 0);
	}
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "first", HERE_LIST("-ru", "t"));
	here_get(&client, server.port, 0, "again", HERE_LIST("-ru", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "5 unchanged"));
	server_stop(&server);
}
END_TEST

Suite *
stores_suite(void)
{
	Suite *suite = suite_create("stores");
	TCase *tcase;

	tcase = apart_case(suite, "mounts", 60);
	tcase_add_test(tcase, modes_are_refused);
	tcase_add_loop_test(tcase, links_are_refused, 0, HARNESS_ROWS(modes));
	tcase_add_loop_test(tcase, case_is_ignored, 0, HARNESS_ROWS(pairs));
	tcase_add_test(tcase, clock_is_coarse);
	tcase = harness_case(suite, "here", 60);
	tcase_add_test(tcase, default_acls);
	tcase_add_test(tcase, hard_links_here);
	tcase_add_test(tcase, times_that_do_not_fit);
	return suite;
}
