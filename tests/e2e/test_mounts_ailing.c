/*
 * The served folder, or a folder in it, is a mount that fails: errors of one
 * file and of the whole, storage that hangs or is slow, inodes that change. The
 * file system is tests/mounts/ailing.c; without it these tests are skipped.
 */

#include <sys/wait.h>

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

static const char end_line[] = "its file system has gone, so fileserv ends";

static struct server server;
static struct program client;

/* Serves the mount itself. Returns false if there is none. */
static bool
serve_mount(const char *test, bool shuffle)
{
	if (!ailing_mount(test, "served", shuffle))
		return false;
	server_start(&server, NULL);
	return true;
}

static unsigned
count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* The server ends with one line that says why. */
static void
expect_end(void)
{
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), 1);
	ck_assert_uint_eq(count(program_err(&server.program), end_line), 1);
}

static const char *const gone[] = {"0 ESTALE all /", "0 ENOTCONN all /",
    "0 EIO all /"};

/* A request meets the error; or nobody asks, and the server looks by itself. */
START_TEST(the_top_is_gone)
{
	int fd = -1;

	if (!serve_mount("the_top_is_gone", false))
		return;
	ck_assert_ptr_nonnull(strstr(server_log(&server), "is on FUSE"));
	if (_i > 0)
		fd = wire_connect(server.port);
	ailing_tell(gone[_i]);
	if (_i > 0) {
		talk_ask(fd, PROTOCOL_OP_STAT, ".");
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
	}
	expect_end();
	if (fd >= 0)
		close(fd);
	ailing_unmount("served");
}
END_TEST

/* The daemon dies while a client receives a file: what is read already arrives,
 * the connection breaks, the server ends within seconds. */
START_TEST(the_daemon_dies_under_load)
{
	uint64_t length;
	int fd;

	scratch_mkdir("below");
	scratch_fill("below/f", 64 * 1024 * 1024, 1);
	if (!serve_mount("the_daemon_dies_under_load", false))
		return;
	fd = wire_connect_with(server.port,
	    &(struct wire_options){.receive_buffer = 16 * 1024});
	talk_ask(fd, PROTOCOL_OP_GET, "f");
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, 64 * 1024 * 1024);
	program_kill(ailing_daemon());
	close(fd);
	(void)talk_status_of(server.port, PROTOCOL_OP_STAT, "f", 1);
	expect_end();
	ailing_unmount("served");
}
END_TEST

/* An error that is over at the second look ends nothing. */
START_TEST(a_hiccup_of_the_top)
{
	int fd;

	scratch_mkdir("below");
	scratch_text("below/f", "fine");
	if (!serve_mount("a_hiccup_of_the_top", false))
		return;
	fd = wire_connect(server.port);
	/* The kernel tries a path again after ESTALE, a descriptor not. */
	ailing_tell("1 EIO getattr /");
	talk_ask(fd, PROTOCOL_OP_STAT, "no such file");
	(void)talk_read_status(fd);
	clock_sleep(3 * CLOCK_SEC);
	talk_expect_file(fd, "f");
	ck_assert_ptr_null(strstr(server_log(&server), "the served folder"));
	close(fd);
	server_stop(&server);
	ailing_unmount("served");
}
END_TEST

static const struct {
	const char *ailment;
	enum protocol_status status; /* OK: the second try succeeds */
} errors[] = {
    {"0 ESTALE open /f", PROTOCOL_BUSY},
    {"0 ENOTCONN open /f", PROTOCOL_BUSY},
    {"0 EIO open /f", PROTOCOL_BUSY},
    {"0 ESTALE read /f", PROTOCOL_BUSY},
    {"0 EIO read /f", PROTOCOL_BUSY},
    {"1 ESTALE read /f", PROTOCOL_OK},
    {"2 ESTALE open /f", PROTOCOL_OK},
};

/* One file cannot be read for now: BUSY, so that the client tries again. The
 * others are served. */
START_TEST(errors_of_one_file)
{
	static const enum protocol_op ops[] = {PROTOCOL_OP_GET,
	    PROTOCOL_OP_FETCH, PROTOCOL_OP_DIGEST};
	uint8_t bytes[128];
	size_t i;
	int fd;

	scratch_mkdir("below");
	scratch_fill("below/f", _i % 2 == 0 ? 200 : 200000, 1);
	scratch_text("below/ok", "fine");
	if (!serve_mount("errors_of_one_file", false))
		return;
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(ops); i++) {
		ailing_tell(errors[_i / 2].ailment);
		wire_send(fd, bytes, talk_encode(bytes, ops[i], "f"));
		ck_assert_msg(talk_read_status(fd) == errors[_i / 2].status,
		    "%s: %s", errors[_i / 2].ailment,
		    protocol_op_name((uint8_t)ops[i]));
		ailing_tell("");
	}
	talk_expect_file(fd, "ok");
	ck_assert_ptr_null(strstr(server_log(&server), "the served folder"));
	close(fd);
	server_stop(&server);
	ailing_unmount("served");
}
END_TEST

/* A client waits until the storage is back. */
START_TEST(a_client_tries_again)
{
	scratch_mkdir("below");
	scratch_fill("below/f", 200000, 1);
	if (!serve_mount("a_client_tries_again", false))
		return;
	ailing_tell("0 ESTALE read /f");
	client_start(&client, server.port, HERE_LIST("f"), NULL);
	program_await_err(&server.program, "f BUSY");
	ailing_tell("");
	ck_assert_int_eq(program_wait(&client, WAIT_LIMIT), 0);
	sum_expect_files("here/newf", "below/f");
	server_stop(&server);
	ailing_unmount("served");
}
END_TEST

static const char *const hangs[] = {"0 HANG open /f", "0 HANG read /f"};

/* A thread that waits for dead storage holds its connection alone; the server
 * stops within --drain. */
START_TEST(one_file_hangs)
{
	static const enum protocol_op ops[] = {PROTOCOL_OP_GET,
	    PROTOCOL_OP_FETCH, PROTOCOL_OP_STAT, PROTOCOL_OP_DIGEST};
	int fds[HARNESS_ROWS(ops)], fd;
	size_t i;

	scratch_mkdir("below");
	scratch_fill("below/f", 200000, 1);
	scratch_text("below/ok", "fine");
	if (!ailing_mount("one_file_hangs", "served", false))
		return;
	server_start(&server, (const char *const[]){"--drain", "1", NULL});
	ailing_tell(hangs[_i]);
	for (i = 0; i < HARNESS_ROWS(ops); i++) {
		fds[i] = wire_connect(server.port);
		talk_ask(fds[i], ops[i], "f");
	}
	for (i = 0; i < 4; i++) {
		fd = wire_connect(server.port);
		talk_expect_file(fd, "ok");
		close(fd);
	}
	program_signal(&server.program, SIGTERM);
	ck_assert_int_eq(program_wait(&server.program, 10 * CLOCK_SEC), 0);
	for (i = 0; i < HARNESS_ROWS(ops); i++)
		close(fds[i]);
	ailing_unmount("served");
}
END_TEST

/* The whole file system hangs, and is killed later. */
START_TEST(the_daemon_hangs)
{
	siginfo_t info;
	int fd;

	scratch_mkdir("below");
	scratch_text("below/f", "fine");
	if (!serve_mount("the_daemon_hangs", false))
		return;
	fd = wire_connect(server.port);
	talk_expect_file(fd, "f");
	program_signal(ailing_daemon(), SIGSTOP);
	/* Until all of its threads have stopped, one may still answer. */
	ck_assert_int_eq(waitid(P_PID, (id_t)ailing_daemon()->pid, &info,
			     WSTOPPED),
	    0);
	talk_ask(fd, PROTOCOL_OP_GET, "f");
	program_await_err(&server.program, "(FUSE) does not answer");
	program_kill(ailing_daemon());
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
	expect_end();
	close(fd);
	ailing_unmount("served");
}
END_TEST

Suite *
mounts_ailing_suite(void)
{
	Suite *suite = suite_create("mounts_ailing");
	TCase *tcase = apart_case(suite, "mounts that fail", 120);

	tcase_add_loop_test(tcase, the_top_is_gone, 0, HARNESS_ROWS(gone));
	tcase_add_test(tcase, the_daemon_dies_under_load);
	tcase_add_test(tcase, a_hiccup_of_the_top);
	tcase_add_loop_test(tcase, errors_of_one_file, 0,
	    2 * HARNESS_ROWS(errors));
	tcase_add_test(tcase, a_client_tries_again);
	tcase_add_loop_test(tcase, one_file_hangs, 0, HARNESS_ROWS(hangs));
	tcase_add_test(tcase, the_daemon_hangs);
	return suite;
}
