/*
 * fileget -f and a log whose id changes although it is the same log: at another
 * server, which has a copy, and on a file system that gives new ids. Each line
 * arrives once and in order.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/ailing.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"

enum {
	LINES = 2000, /* more bytes than fileget keeps of them */
	TRUTH = 64 * 1024,
};

static struct server server, another;
static struct program client;
/* All lines that are written. */
static char truth[TRUTH];
static size_t written;
static unsigned line;

/* Appends n further lines to the log below each of two folders. */
static void
append(unsigned n, const char *first, const char *second)
{
	size_t begin = written;

	while (n-- > 0)
		written += (size_t)snprintf(truth + written, TRUTH - written,
		    "line %u\n", ++line);
	ck_assert_uint_lt(written, TRUTH);
	scratch_append(first, truth + begin);
	if (second != NULL)
		scratch_append(second, truth + begin);
}

static void
setup(void)
{
	written = line = 0;
	memset(&server, 0, sizeof(server));
	memset(&another, 0, sizeof(another));
	memset(&client, 0, sizeof(client));
	scratch_mkdir("served/a");
	scratch_mkdir("served/b");
	scratch_text("served/a/log", "");
	scratch_text("served/b/log", "");
	append(LINES, "served/a/log", "served/b/log");
}

static void
start(struct server *started, const char *folder)
{
	char path[SCRATCH_PATH], port[8];

	snprintf(port, sizeof(port), "%u", started->port);
	server_start(started,
	    HERE_LIST("-d", scratch_path(path, folder), "-p", port));
}

/* Starts the server of one of the folders, on the port of the last one. */
static void
serve(const char *folder)
{
	start(&server, folder);
}

/* Kills the server and starts that of another folder. */
static void
move_to(const char *folder)
{
	program_kill(&server.program);
	serve(folder);
}

/* Waits until the output has all lines from an offset on, and compares. */
static void
expect_lines(const char *output, size_t from)
{
	size_t len;
	char *got;

	scratch_await_size(output, written - from);
	got = scratch_read(output, &len);
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(len, written - from);
	ck_assert_mem_eq(got, truth + from, len);
	free(got);
}

static void
stop(const char *what)
{
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, what);
	server_stop(&server);
}

START_TEST(another_server)
{
	serve("served/a");
	client_start(&client, server.port, HERE_LIST("-v", "-f", "log"), NULL);
	expect_lines(client.out_name, 0);
	move_to("served/b");
	append(3, "served/a/log", "served/b/log");
	expect_lines(client.out_name, 0);
	/* And back. */
	move_to("served/a");
	append(3, "served/a/log", "served/b/log");
	expect_lines(client.out_name, 0);
	program_await_err(&client, "the same bytes");
	ck_assert_ptr_null(strstr(program_err(&client), "from its start"));
	ck_assert_ptr_null(strstr(program_err(&client), "missing"));
	stop("another server");
}
END_TEST

/* A list of servers: the next one is asked when the one in use is killed. */
START_TEST(list_of_servers)
{
	char host[64];

	serve("served/a");
	start(&another, "served/b");
	snprintf(host, sizeof(host), "127.0.0.1:%u,127.0.0.1:%u", server.port,
	    another.port);
	client_start_plain(&client,
	    HERE_LIST("-f", "--retry", "0", host, "log"));
	expect_lines(client.out_name, 0);
	program_kill(&server.program);
	append(3, "served/a/log", "served/b/log");
	expect_lines(client.out_name, 0);
	serve("served/a");
	program_kill(&another.program);
	append(3, "served/a/log", "served/b/log");
	expect_lines(client.out_name, 0);
	stop("list of servers");
}
END_TEST

/* The file of -o, and a beginning by --lines: only a part of the log is
 * known. */
START_TEST(last_lines)
{
	size_t from;

	for (from = written, line = 0; line < 401; from--)
		line += truth[from - 1] == '\n';
	line = LINES;
	serve("served/a");
	client_start(&client, server.port,
	    HERE_LIST("-f", "--lines", "400", "-o", "out", "log"), NULL);
	expect_lines("here/out", from + 1);
	move_to("served/b");
	append(3, "served/a/log", "served/b/log");
	expect_lines("here/out", from + 1);
	ck_assert_str_eq(program_out(&client), "");
	stop("last lines");
}
END_TEST

/* The copy has not got the last lines yet. */
START_TEST(copy_behind)
{
	serve("served/a");
	append(1, "served/a/log", NULL);
	client_start(&client, server.port, HERE_LIST("-f", "log"), NULL);
	expect_lines(client.out_name, 0);
	move_to("served/b");
	program_await_err(&client, "waiting for the others");
	scratch_append("served/b/log", truth + written - strlen("line 2001\n"));
	append(2, "served/b/log", NULL);
	expect_lines(client.out_name, 0);
	ck_assert_ptr_null(strstr(program_err(&client), "from its start"));
	stop("copy behind");
}
END_TEST

/* The other server has another file, of the same size and more. */
START_TEST(another_file)
{
	char *text = strdup(truth);

	ck_assert_ptr_nonnull(text);
	text[5] ^= 1;
	scratch_text("served/b/log", text);
	free(text);
	serve("served/a");
	client_start(&client, server.port, HERE_LIST("-f", "log"), NULL);
	expect_lines(client.out_name, 0);
	move_to("served/b");
	scratch_await_size(client.out_name, 2 * written);
	program_await_err(&client, "reading the new one from its start");
	stop("another file");
}
END_TEST

/* The same server shows the log under a new id, as after a remount or after an
 * editor has saved it: the old one is nowhere else. */
START_TEST(new_id)
{
	unsigned i;

	serve("served/a");
	client_start(&client, server.port, HERE_LIST("-f", "log"), NULL);
	expect_lines(client.out_name, 0);
	for (i = 0; i < 3; i++) {
		append(1, "served/b/log", NULL);
		scratch_rename("served/b/log", "served/a/log");
		scratch_text("served/b/log", truth);
		expect_lines(client.out_name, 0);
	}
	ck_assert_str_eq(program_err(&client), "");
	stop("new id");
}
END_TEST

/* The new log begins with the bytes of the old one, which has another name: it
 * is a rotation all the same. */
START_TEST(rotated)
{
	size_t before = written;

	serve("served/a");
	client_start(&client, server.port, HERE_LIST("-f", "log"), NULL);
	expect_lines(client.out_name, 0);
	scratch_rename("served/a/log", "served/a/log.1");
	scratch_rename("served/b/log", "served/a/log");
	memmove(truth + before, truth, before);
	written += before;
	expect_lines(client.out_name, 0);
	program_await_err(&client, "from its start");
	stop("rotated");
}
END_TEST

/* Returns true once the log on the mount has another inode. */
static bool
has_other_inode(void *argument)
{
	struct stat now;
	ino_t *before = argument;
	char path[SCRATCH_PATH];

	if (stat(scratch_path(path, "served/mount/log"), &now) != 0 ||
	    now.st_ino == *before)
		return false;
	*before = now.st_ino;
	return true;
}

/* A file system that gives every file another inode each second, also an open
 * one; and that does not answer for a while. */
START_TEST(changing_inodes)
{
	ino_t inode = 0;
	unsigned i;

	scratch_mkdir("below");
	scratch_mkdir("served/mount");
	scratch_rename("served/b/log", "below/log");
	if (!ailing_mount("changing_inodes", "served/mount", true))
		return;
	serve("served");
	client_start(&client, server.port, HERE_LIST("-f", "mount/log"), NULL);
	expect_lines(client.out_name, 0);
	for (i = 0; i < 4; i++) {
		ck_assert(wait_until(has_other_inode, &inode, WAIT_LIMIT));
		append(1, "below/log", NULL);
		expect_lines(client.out_name, 0);
	}
	ck_assert_str_eq(program_err(&client), "");
	ailing_tell("0 ENOTCONN all *");
	program_await_err(&client, "does not answer");
	append(1, "below/log", NULL);
	ailing_tell("");
	expect_lines(client.out_name, 0);
	stop("changing inodes");
	ailing_unmount("served/mount");
}
END_TEST

Suite *
follow_elsewhere_suite(void)
{
	Suite *suite = suite_create("follow_elsewhere");
	TCase *tcase = harness_case(suite, "follow_elsewhere", 90);
	TCase *mounts = apart_case(suite, "mounts", 90);

	tcase_add_checked_fixture(mounts, setup, NULL);
	tcase_add_test(mounts, changing_inodes);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, another_server);
	tcase_add_test(tcase, list_of_servers);
	tcase_add_test(tcase, last_lines);
	tcase_add_test(tcase, copy_behind);
	tcase_add_test(tcase, another_file);
	tcase_add_test(tcase, new_id);
	tcase_add_test(tcase, rotated);
	return suite;
}
