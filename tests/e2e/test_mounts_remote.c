/*
 * fileget and a server on a far mount: inodes that change while a file is
 * fetched, slow reads, a mount that is another one in the next run. The file
 * system is tests/mounts/ailing.c; without it these tests are skipped.
 */

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/ailing.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	REMOTE_SIZE = 12 * 1024 * 1024 /* bytes, three seconds at its rate */
};

static struct server server;
static struct program client;

/* Serves the mount, whose inodes and ctimes change each second. */
static bool
serve_shuffled(const char *test)
{
	if (!ailing_mount(test, "served", true))
		return false;
	server_start(&server, NULL);
	return true;
}

static const char *const plain[] = {"--limit-rate", "4M", "f", NULL};
static const char *const pieces[] = {"-j", "4", "--limit-rate", "4M", "f",
    NULL};
static const char *const tree[] = {"-r", "--limit-rate", "4M", ".", "-o",
    "tree", NULL};

static const struct {
	const char *const *args;
	const char *file;
} fetches[] = {
    {plain, "here/newf"},
    {pieces, "here/newf"},
    {tree, "here/tree/f"},
};

/* Inode and ctime say nothing on such a mount: the file arrives, and is
 * proved. */
START_TEST(inodes_that_change)
{
	scratch_mkdir("below");
	scratch_fill("below/f", REMOTE_SIZE, 1);
	scratch_age("below/f");
	if (!serve_shuffled("inodes_that_change"))
		return;
	client_start(&client, server.port, fetches[_i].args, NULL);
	here_expect_exit(&client, 0, "shuffled");
	sum_expect_files(fetches[_i].file, "below/f");
	server_stop(&server);
	ailing_unmount("served");
}
END_TEST

/* The server is started anew on a mount made anew: what is here is kept. */
START_TEST(a_mount_made_anew)
{
	char part[NAME_MAX + 1];
	const char *const args[] = {"-v", "f", NULL};

	scratch_mkdir("below");
	scratch_fill("below/f", REMOTE_SIZE, 1);
	scratch_age("below/f");
	if (!serve_shuffled("a_mount_made_anew"))
		return;
	client_start(&client, server.port, plain, NULL);
	while (here_find_part("here", part) == 0)
		clock_sleep(10 * CLOCK_MS);
	clock_sleep(CLOCK_SEC);
	program_signal(&client, SIGTERM);
	(void)program_wait(&client, WAIT_LIMIT);
	server_stop(&server);
	ailing_unmount("served");
	if (!serve_shuffled("a_mount_made_anew"))
		return;
	ck_assert_int_eq(client_run(&client, server.port, args), 0);
	ck_assert_msg(strstr(program_err(&client), "goes on from byte") != NULL,
	    "%s", program_err(&client));
	sum_expect_files("here/newf", "below/f");
	server_stop(&server);
	ailing_unmount("served");
}
END_TEST

/* Storage that needs longer than a second for each read: DIGESTs of it wait for
 * each other, and none is refused. */
START_TEST(slow_reads)
{
	int fds[6], fd;
	size_t i;

	scratch_mkdir("below");
	scratch_fill("below/f", 100000, 1);
	if (!serve_shuffled("slow_reads"))
		return;
	ailing_tell("1500 SLOW read /f");
	for (i = 0; i < HARNESS_ROWS(fds); i++) {
		fds[i] = wire_connect(server.port);
		talk_ask_range(fds[i], PROTOCOL_OP_DIGEST, 0, "f", 0,
		    PROTOCOL_TO_END);
	}
	for (i = 0; i < HARNESS_ROWS(fds); i++) {
		ck_assert_int_eq(talk_read_status(fds[i]), PROTOCOL_OK);
		close(fds[i]);
	}
	ailing_tell("");
	fd = wire_connect(server.port);
	talk_expect_file(fd, "f");
	close(fd);
	server_stop(&server);
	ailing_unmount("served");
}
END_TEST

Suite *
mounts_remote_suite(void)
{
	Suite *suite = suite_create("mounts_remote");
	TCase *tcase = apart_case(suite, "far mounts", 120);

	tcase_add_loop_test(tcase, inodes_that_change, 0,
	    HARNESS_ROWS(fetches));
	tcase_add_test(tcase, a_mount_made_anew);
	tcase_add_test(tcase, slow_reads);
	return suite;
}
