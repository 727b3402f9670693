/*
 * Signals of a terminal: they come in job_control_poll alone, and have their
 * usual effect afterwards. Each test is in a process of its own.
 */

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/prompt/job_control.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static void
require(bool holds, int code)
{
	if (!holds)
		_exit(code);
}

/* A job in the background of a plain shell ignores SIGQUIT. */
static void
use_defaults(void)
{
	signal(SIGQUIT, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
}

/* Returns what poll brings after a signal has come. */
static struct job_control_events
poll_after(int number)
{
	struct job_control_events events;

	raise(number);
	events = job_control_take();
	require(events.to_raise == 0 && !events.resumed && !events.resized, 1);
	require(job_control_poll(NULL, 0) == -1 && errno == EINTR, 2);
	events = job_control_take();
	return events;
}

static void
catch_there(void *argument)
{
	struct job_control_events events;

	(void)argument;
	use_defaults();
	job_control_begin();
	events = poll_after(SIGTSTP);
	require(events.to_raise == SIGTSTP && !events.resumed, 3);
	events = poll_after(SIGQUIT);
	require(events.to_raise == SIGQUIT && !events.resized, 4);
	events = poll_after(SIGCONT);
	require(events.to_raise == 0 && events.resumed, 5);
	events = poll_after(SIGWINCH);
	require(events.resized && !events.resumed, 6);
	events = job_control_take();
	require(events.to_raise == 0 && !events.resized, 7);
	job_control_end();
	/* By default it is ignored, and the handler is gone. */
	raise(SIGWINCH);
	require(!job_control_take().resized, 8);
	job_control_begin();
	require(poll_after(SIGWINCH).resized, 9);
	job_control_end();
}

START_TEST(test_caught)
{
	struct child child;

	child_run(&child, catch_there, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

static void
quit_there(void *argument)
{
	(void)argument;
	use_defaults();
	job_control_begin();
	require(poll_after(SIGQUIT).to_raise == SIGQUIT, 3);
	job_control_raise(SIGQUIT);
}

START_TEST(test_quit_ends)
{
	struct child child;

	child_run(&child, quit_there, NULL);
	ck_assert_int_eq(child.code, -1);
}
END_TEST

/* A signal that was ignored at the start stays so. */
static void
ignore_there(void *argument)
{
	struct sigaction now;

	(void)argument;
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	job_control_begin();
	raise(SIGQUIT);
	raise(SIGTSTP);
	require(poll_after(SIGWINCH).to_raise == 0, 3);
	job_control_raise(SIGTSTP);
	job_control_raise(SIGQUIT);
	job_control_end();
	require(sigaction(SIGQUIT, NULL, &now) == 0 &&
		now.sa_handler == SIG_IGN,
	    4);
}

START_TEST(test_ignored)
{
	struct child child;

	child_run(&child, ignore_there, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

Suite *
job_control_suite(void)
{
	Suite *suite = suite_create("job_control");
	TCase *tcase = unit_case(suite, "signals");

	tcase_add_test(tcase, test_caught);
	tcase_add_test(tcase, test_quit_ends);
	tcase_add_test(tcase, test_ignored);
	return suite;
}
