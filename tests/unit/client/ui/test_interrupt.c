/*
 * Signals that ask the program to stop, each in a process of its own.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void
require(bool holds, int code)
{
	if (!holds)
		_exit(code);
}

static bool
is_readable(void)
{
	struct pollfd fd = {.fd = interrupt_fd(), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* argument: the signal. */
static void
stop_there(void *argument)
{
	const int *number = argument;
	int64_t begin;

	/* nohup(1) ignores SIGHUP. */
	signal(*number, SIG_DFL);
	require(interrupt_open() == 0, 1);
	require(!interrupt_pending() && interrupt_check() == 0, 2);
	require(!is_readable(), 3);
	require(interrupt_wait(CLOCK_MS), 4);
	raise(*number);
	require(interrupt_pending() && is_readable(), 5);
	errno = 0;
	require(interrupt_check() == -1 && errno == ECANCELED, 6);
	begin = clock_now();
	require(!interrupt_wait(UNIT_TIMEOUT * CLOCK_SEC), 7);
	require(clock_now() - begin < UNIT_TIMEOUT * CLOCK_SEC, 8);
}

static void
stop_twice(void *argument)
{
	const int *number = argument;

	signal(*number, SIG_DFL);
	require(interrupt_open() == 0, 1);
	raise(*number);
	raise(*number);
}

/* A prompt goes on after SIGINT, as often as it comes. */
static void
forget_there(void *argument)
{
	int i;

	(void)argument;
	signal(SIGINT, SIG_DFL);
	require(interrupt_open() == 0, 1);
	require(interrupt_forget(), 2);
	for (i = 0; i < 3; i++) {
		raise(SIGINT);
		require(interrupt_pending() && is_readable(), 3);
		require(interrupt_forget(), 4);
		require(!interrupt_pending() && !is_readable(), 5);
	}
	raise(SIGINT);
	raise(SIGTERM);
	require(!interrupt_forget(), 6);
	require(interrupt_pending() && is_readable(), 7);
}

static void
ignore_there(void *argument)
{
	const int *number = argument;

	signal(*number, SIG_IGN);
	require(interrupt_open() == 0, 1);
	raise(*number);
	require(!interrupt_pending() && !is_readable(), 2);
}

static void
expect(void (*work)(void *argument), int code)
{
	struct child child;
	size_t i;

	for (i = 0; i < UNIT_ROWS(signals); i++) {
		int number = signals[i];

		child_run(&child, work, &number);
		ck_assert_msg(child.code == code, "signal %d: %d", number,
		    child.code);
	}
}

START_TEST(test_stop)
{
	expect(stop_there, CHILD_ALIVE);
}
END_TEST

START_TEST(test_second_one_kills)
{
	expect(stop_twice, -1);
}
END_TEST

START_TEST(test_ignored)
{
	expect(ignore_there, CHILD_ALIVE);
}
END_TEST

START_TEST(test_forgotten)
{
	struct child child;

	child_run(&child, forget_there, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

Suite *
interrupt_suite(void)
{
	Suite *suite = suite_create("interrupt");
	TCase *tcase = unit_case(suite, "signals");

	tcase_add_test(tcase, test_stop);
	tcase_add_test(tcase, test_second_one_kills);
	tcase_add_test(tcase, test_ignored);
	tcase_add_test(tcase, test_forgotten);
	return suite;
}
