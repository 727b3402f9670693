/*
 * Standard output as a file, a pipe and a socket; a reader that takes nothing
 * while a signal arrives, and one that left. Each in a process of its own.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "client/ui/stdout_writer.h"
#include "common/standard.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	LARGE = 16 * 1024 * 1024, /* bytes, more than any pipe holds */
};

static uint8_t bytes[LARGE];

static void
require(bool holds, int code)
{
	if (!holds)
		_exit(code);
}

static void
print_there(void *argument)
{
	(void)argument;
	stdout_writer_open();
	require(standard_stream() != stdout, 2);
	require(stdout_writer_write("one ", 4) == 0, 3);
	fputs("two", standard_stream());
	require(standard_end() == 0, 4);
}

/* Makes standard output one end of a pipe or socket, and returns the other. */
static int
connect_stdout(bool is_socket)
{
	int ends[2];

	if (is_socket)
		require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			    ends) == 0,
		    11);
	else
		require(pipe2(ends, O_CLOEXEC) == 0, 12);
	require(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO, 13);
	close(ends[1]);
	require(interrupt_open() == 0, 14);
	signal(SIGPIPE, SIG_IGN);
	stdout_writer_open();
	return ends[0];
}

/* argument: true for a socket. */
static void
fill_there(void *argument)
{
	const bool *is_socket = argument;
	char got[4] = "";
	int fd = connect_stdout(*is_socket);

	require(stdout_writer_write("abc", 3) == 0, 1);
	require(read(fd, got, 3) == 3 && strcmp(got, "abc") == 0, 2);
	raise(SIGTERM);
	require(stdout_writer_write(bytes, sizeof(bytes)) == -1, 3);
	require(errno == ECANCELED, 4);
}

static void
lose_reader_there(void *argument)
{
	const bool *is_socket = argument;
	int fd = connect_stdout(*is_socket);

	close(fd);
	require(stdout_writer_write("abc", 3) == -1, 1);
	require(errno == EPIPE, 2);
}

START_TEST(test_file)
{
	struct child child;

	child_run(&child, print_there, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_str_eq(child.out, "one two");
}
END_TEST

START_TEST(test_interrupted)
{
	bool is_socket = _i == 1;
	struct child child;

	child_run(&child, fill_there, &is_socket);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

START_TEST(test_reader_left)
{
	bool is_socket = _i == 1;
	struct child child;

	child_run(&child, lose_reader_there, &is_socket);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

Suite *
stdout_writer_suite(void)
{
	Suite *suite = suite_create("stdout_writer");
	TCase *tcase = unit_case(suite, "writes");

	tcase_add_test(tcase, test_file);
	tcase_add_loop_test(tcase, test_interrupted, 0, 2);
	tcase_add_loop_test(tcase, test_reader_left, 0, 2);
	return suite;
}
