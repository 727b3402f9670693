/*
 * signals: which signals ask for what, and how a terminal that hangs up is told
 * from a wish to reload. Each test runs in a child, which it may end.
 */

#include <sys/ioctl.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/signals.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct child child;
static struct signals signals;

static void
open_all(bool reloads)
{
	if (signals_open(&signals, reloads) != 0 ||
	    signals_take(&signals) != SIGNALS_NONE)
		_exit(1);
}

static void
take_each(void *argument)
{
	static const struct {
		int signal;
		enum signals_wish wish;
	} rows[] = {
	    {SIGTERM, SIGNALS_STOP},
	    {SIGHUP, SIGNALS_RELOAD},
	    {SIGINT, SIGNALS_STOP},
	    {SIGALRM, SIGNALS_NONE},
	};
	size_t i;

	(void)argument;
	open_all(true);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		/* Two that wait are one. */
		(void)raise(rows[i].signal);
		(void)raise(rows[i].signal);
		if (signals_take(&signals) != rows[i].wish ||
		    signals_take(&signals) != SIGNALS_NONE)
			_exit(2 + (int)i);
	}
	signals_close(&signals);
	signals_close(&signals);
	if (signals.fd != -1)
		_exit(9);
}

START_TEST(test_wishes)
{
	child_run(&child, take_each, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

/* Without anything to reload, SIGHUP ends the program as ever. */
static void
end_by_hup(void *argument)
{
	(void)argument;
	signal(SIGHUP, SIG_DFL);
	open_all(false);
	(void)raise(SIGHUP);
}

START_TEST(test_default)
{
	child_run(&child, end_by_hup, NULL);
	ck_assert_int_eq(child.code, -1);
}
END_TEST

/* Makes a new terminal the standard input, and this process the leader of its
 * session. Returns the other side. */
static int
get_terminal(void)
{
	int other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), fd;

	if (other < 0 || grantpt(other) != 0 || unlockpt(other) != 0 ||
	    setsid() < 0)
		_exit(2);
	fd = open(ptsname(other), O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 ||
	    dup2(fd, STDIN_FILENO) != STDIN_FILENO)
		_exit(3);
	return other;
}

static void
hang_up(void *argument)
{
	bool ignored = *(const bool *)argument;
	int other = get_terminal();

	signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
	open_all(true);
	/* An interactive shell is the leader too, and may be told to. */
	if (raise(SIGHUP) != 0 || signals_take(&signals) != SIGNALS_RELOAD)
		_exit(4);
	close(other);
	if (signals_take(&signals) != (ignored ? SIGNALS_RELOAD : SIGNALS_STOP))
		_exit(5);
	/* A shell passes the signal on. */
	if (raise(SIGHUP) != 0 ||
	    signals_take(&signals) != (ignored ? SIGNALS_RELOAD : SIGNALS_STOP))
		_exit(6);
	/* Another process may still ask for a reload. */
	signals.leader = getppid();
	if (raise(SIGHUP) != 0 || signals_take(&signals) != SIGNALS_RELOAD)
		_exit(7);
}

static const bool ignored[] = {false, true};

START_TEST(test_hang_up)
{
	bool row = ignored[_i];

	child_run(&child, hang_up, &row);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

Suite *
signals_suite(void)
{
	Suite *suite = suite_create("signals");
	TCase *tcase = unit_case(suite, "signals");

	tcase_add_test(tcase, test_wishes);
	tcase_add_test(tcase, test_default);
	tcase_add_loop_test(tcase, test_hang_up, 0, (int)UNIT_ROWS(ignored));
	return suite;
}
