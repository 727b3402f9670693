/*
 * The served folder is removed while it is served: that is logged once, and the
 * server continues.
 */

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static const char removed[] = "the served folder was removed";

static unsigned
count(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* Returns whether the file system of "served" is at the path too. */
static bool
is_mounted(void *path)
{
	char name[SCRATCH_PATH];

	snprintf(name, sizeof(name), "%s/f", (const char *)path);
	return access(name, F_OK) == 0;
}

static void
remove_folder(const char *name)
{
	scratch_clear(name);
	ck_assert_int_eq(unlinkat(scratch_fd(), name, AT_REMOVEDIR), 0);
}

/* Serves a subfolder of the scratch folder. */
static void
serve(struct server *server, const char *name)
{
	char path[SCRATCH_PATH];

	server_start(server,
	    (const char *const[]){"-d", scratch_path(path, name), NULL});
}

static void
expect_missing(int fd, const char *name)
{
	talk_ask(fd, PROTOCOL_OP_GET, name);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_FOUND);
}

/* Replacements of the folder. */
static const char *const successors[] = {"nothing", "a folder", "a link"};

/* Regression: after a build had removed the folder and made it again, each
 * request was NOT_FOUND, and the log did not say why. */
START_TEST(a_folder_that_is_removed)
{
	struct server server;
	const char *log;
	int fd, i;

	scratch_mkdir("d");
	scratch_text("d/f", "old");
	serve(&server, "d");
	fd = wire_connect(server.port);
	expect_missing(fd, "no such");
	ck_assert_ptr_null(strstr(server_log(&server), removed));
	remove_folder("d");
	if (_i == 1)
		scratch_mkdir("d");
	else if (_i == 2)
		scratch_symlink("served", "d");
	/* The server checks the folder once a second. */
	while (strstr(server_log(&server), removed) == NULL)
		expect_missing(fd, "f");
	for (i = 0; i < 3; i++) {
		expect_missing(fd, "f");
		clock_sleep(CLOCK_SEC);
		expect_missing(fd, "f");
	}
	log = server_log(&server);
	ck_assert_msg(count(log, removed) == 1, "%s: %s", successors[_i], log);
	ck_assert_ptr_nonnull(strstr(log, "restart fileserv"));
	close(fd);
	server_stop(&server);
}
END_TEST

/* LIST of the removed folder, which a person tries first. */
START_TEST(a_removed_folder_that_is_listed)
{
	struct server server;
	int fd;

	scratch_mkdir("d");
	serve(&server, "d");
	remove_folder("d");
	fd = wire_connect(server.port);
	talk_ask(fd, PROTOCOL_OP_LIST, ".");
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_NOT_FOUND);
	expect_missing(fd, "f");
	ck_assert_uint_eq(count(server_log(&server), removed), 1);
	close(fd);
	server_stop(&server);
}
END_TEST

/* A renamed folder is served as before, without a message. */
START_TEST(a_folder_that_is_renamed)
{
	struct server server;
	int fd;

	scratch_mkdir("d");
	scratch_text("d/f", "still here");
	serve(&server, "d");
	scratch_rename("d", "e");
	fd = wire_connect(server.port);
	expect_missing(fd, "no such");
	talk_ask(fd, PROTOCOL_OP_GET, "f");
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	ck_assert_ptr_null(strstr(server_log(&server), "the served folder"));
	close(fd);
	server_stop(&server);
}
END_TEST

/* Mounts an overlayfs of "lower" on "merged" in a mount namespace of this
 * process, which the scratch folder's descriptor does not see. Returns false if
 * that is impossible. */
static bool
mount_overlay(const char *lower, const char *rest, const char *merged)
{
	char upper[SCRATCH_PATH + 8], work[SCRATCH_PATH + 8];
	char options[4 * SCRATCH_PATH];

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("t", rest, "tmpfs", 0, NULL) != 0)
		return false;
	snprintf(upper, sizeof(upper), "%s/upper", rest);
	snprintf(work, sizeof(work), "%s/work", rest);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
	    lower, upper, work);
	return mkdir(upper, 0700) == 0 && mkdir(work, 0700) == 0 &&
	    mount("o", merged, "overlay", 0, options) == 0;
}

/* On overlayfs, as in containers, a removed folder of the image still has a
 * link count. */
START_TEST(a_folder_of_an_image)
{
	char lower[SCRATCH_PATH], rest[SCRATCH_PATH], merged[SCRATCH_PATH];
	char served[SCRATCH_PATH + 2];
	struct server server;
	int fd;

	scratch_mkdir("lower");
	scratch_mkdir("lower/d");
	scratch_mkdir("rest");
	scratch_mkdir("merged");
	scratch_path(lower, "lower");
	scratch_path(rest, "rest");
	scratch_path(merged, "merged");
	snprintf(served, sizeof(served), "%s/d", merged);
	if (mount_overlay(lower, rest, merged)) {
		server_start(&server,
		    (const char *const[]){"-d", served, NULL});
		ck_assert_int_eq(rmdir(served), 0);
		fd = wire_connect(server.port);
		expect_missing(fd, "f");
		expect_missing(fd, "f");
		ck_assert_uint_eq(count(server_log(&server), removed), 1);
		close(fd);
		server_stop(&server);
	} else {
		harness_skip("a_folder_of_an_image", strerror(errno));
	}
	umount2(merged, MNT_DETACH);
	umount2(rest, MNT_DETACH);
}
END_TEST

/* The daemon of a FUSE file system dies: nothing can be served any more, and
 * the log says so. */
START_TEST(a_file_system_that_has_gone)
{
	struct program daemon = {.pid = 0};
	char source[SCRATCH_PATH], target[SCRATCH_PATH];
	struct server server;
	int fd;

	scratch_mkdir("mounted");
	scratch_path(target, "mounted");
	scratch_text("served/f", "here");
	scratch_path(source, "served");
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		harness_skip("a_file_system_that_has_gone", strerror(errno));
		return;
	}
	program_start(&daemon,
	    &(struct program_options){.path = "/usr/bin/env",
		.args = (const char *const[]){"bindfs", "-f", source, target,
		    NULL}});
	if (!wait_until(is_mounted, target, 5 * CLOCK_SEC)) {
		program_kill(&daemon);
		harness_skip("a_file_system_that_has_gone", "no bindfs here");
		return;
	}
	server_start(&server, (const char *const[]){"-d", target, NULL});
	fd = wire_connect(server.port);
	talk_ask(fd, PROTOCOL_OP_GET, "f");
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	program_kill(&daemon);
	talk_ask(fd, PROTOCOL_OP_GET, "f");
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), 1);
	ck_assert_uint_eq(count(program_err(&server.program),
			      "its file system has gone, so fileserv ends"),
	    1);
	close(fd);
	umount2(target, MNT_DETACH);
}
END_TEST

Suite *
presence_suite(void)
{
	Suite *suite = suite_create("presence");
	TCase *tcase = harness_case(suite, "presence", 60);

	tcase_add_loop_test(tcase, a_folder_that_is_removed, 0,
	    HARNESS_ROWS(successors));
	tcase_add_test(tcase, a_removed_folder_that_is_listed);
	tcase_add_test(tcase, a_folder_that_is_renamed);
	tcase_add_test(tcase, a_folder_of_an_image);
	tcase_add_test(tcase, a_file_system_that_has_gone);
	return suite;
}
