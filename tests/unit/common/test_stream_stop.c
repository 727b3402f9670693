/*
 * A process that is stopped and continued (^Z and fg, a debugger, a frozen
 * container) inside a call. On a socket with a time-out the kernel then ends
 * the call without a signal handler (signal(7)): with EINTR, or with the bytes
 * so far. Neither is a time-out.
 */

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

enum {
	STOPS = 100
};

static struct stream stream;
static int pair[2];

static void
setup(void)
{
	struct timeval limit = {.tv_sec = UNIT_TIMEOUT};
	int small = 4096;

	unit_tcp_pair(pair);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(pair[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	stream_open(&stream, pair[0], -1);
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	close(pair[1]);
}

/* Runs in a process of its own, which is stopped and continued. Its exit status
 * is the errno. */
static pid_t
start(int (*act)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(act() == 0 ? 0 : errno);
	return pid;
}

static void
stop_and_continue(pid_t pid)
{
	int i, status;

	for (i = 0; i < STOPS; i++) {
		kill(pid, SIGSTOP);
		ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
		ck_assert_msg(WIFSTOPPED(status), "ended after %d stops: %s", i,
		    strerror(WEXITSTATUS(status)));
		kill(pid, SIGCONT);
		ck_assert_int_eq(waitpid(pid, &status, WCONTINUED), pid);
		ck_assert_msg(WIFCONTINUED(status), "ended after %d stops: %s",
		    i + 1, strerror(WEXITSTATUS(status)));
	}
}

static void
expect_success(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s",
	    strerror(WEXITSTATUS(status)));
}

static int
flush(void)
{
	return stream_flush(&stream, false);
}

static int
fill(void)
{
	return stream_fill(&stream, CLOCK_NEVER) == 1 ? 0 : -1;
}

static int
await(void)
{
	return stream_await(&stream, true) == 1 ? 0 : -1;
}

START_TEST(test_flush)
{
	static uint8_t got[STREAM_OUT];
	uint8_t *room;
	int code;
	pid_t pid;

	room = stream_reserve(&stream, STREAM_OUT);
	ck_assert_ptr_nonnull(room);
	unit_fill(room, STREAM_OUT, 9);
	stream_commit(&stream, STREAM_OUT);
	pid = start(flush);
	/* Some bytes were sent, and the rest waits for us to read. */
	unit_wait(pair[1], POLLIN);
	stop_and_continue(pid);
	ck_assert_uint_eq(unit_receive(pair[1], got, STREAM_OUT, &code),
	    STREAM_OUT);
	ck_assert(memcmp(got, room, STREAM_OUT) == 0);
	expect_success(pid);
}
END_TEST

START_TEST(test_receive)
{
	pid_t pid;

	pid = start(fill);
	stop_and_continue(pid);
	unit_send(pair[1], "x", 1);
	expect_success(pid);
	pid = start(await);
	stop_and_continue(pid);
	unit_send(pair[1], "x", 1);
	expect_success(pid);
}
END_TEST

Suite *
stream_stop_suite(void)
{
	Suite *suite = suite_create("stream_stop");
	TCase *tcase = unit_case(suite, "stopped");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_flush);
	tcase_add_test(tcase, test_receive);
	return suite;
}
