/*
 * A fileserv that meets a fault while it stops, with a guest who is idle: it
 * ends, with 0 all the same.
 */

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "tests/faults/guest.h"
#include "tests/faults/haunted.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/wait.h"

static const struct {
	enum faults_call call;
	int error;
} rows[] = {
    {FAULTS_CLOSE, EINTR},
    {FAULTS_CLOSE, EIO},
    {FAULTS_IOCTL, ENOTTY},
    {FAULTS_POLL, EINTR},
    {FAULTS_POLL, ENOMEM},
    {FAULTS_RECV, ECONNRESET},
    {FAULTS_SHUTDOWN, ENOTCONN},
    {FAULTS_WRITE, EIO},
};

enum {
	MODES = 2, /* once, and from then on */
};

static bool
has_ended(void *argument)
{
	const struct server *server = argument;

	return program_ended(&server->program);
}

/* Stops one while the nth call fails: whether it did. */
static bool
stop(const struct fault *fault, unsigned nth)
{
	struct server server = {.port = 0};
	int fd, code;

	haunted_start(&server);
	fd = guest_stay(server.port, 1);
	ck_assert(server_await_sleep(&server));
	fault_arm(fault, nth);
	program_signal(&server.program, SIGTERM);
	ck_assert_msg(wait_until(has_ended, &server, WAIT_LIMIT),
	    "%s: it does not end", fault_print(fault, nth));
	code = program_wait(&server.program, WAIT_LIMIT);
	ck_assert_msg(code == 0, "%s: exit %d; it said:\n%s",
	    fault_print(fault, nth), code, program_err(&server.program));
	close(fd);
	return fault_disarm();
}

START_TEST(stops)
{
	struct fault fault = {rows[_i / MODES].call, rows[_i / MODES].error,
	    (enum faults_mode)(_i % MODES)};
	unsigned nth = 1;

	/* A signal that comes again and again is none. */
	if (fault.error == EINTR && fault.mode == FAULTS_ON)
		fault.mode = FAULTS_ALTERNATELY;
	haunted_open();
	while (stop(&fault, nth))
		nth = fault_next(nth);
	ck_assert_msg(nth > 1, "%s: it never came", fault_print(&fault, nth));
}
END_TEST

Suite *
server_stop_suite(void)
{
	Suite *suite = suite_create("server_stop");
	TCase *tcase = harness_case(suite, "a fault while it stops", 300);

	tcase_add_loop_test(tcase, stops, 0, (int)HARNESS_ROWS(rows) * MODES);
	return suite;
}
