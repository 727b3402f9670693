/*
 * Makes one call after another fail in a fileserv that stops, with an idle
 * guest: it must end, and with 0.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "tests/faults/guest.h"
#include "tests/faults/haunted.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static const struct {
	enum faults_call call;
	int error;
} rows[] = {
    {FAULTS_CLOSE, EINTR},
    {FAULTS_CLOSE, EIO},
    {FAULTS_IOCTL, ENOTTY},
    {FAULTS_POLL, EINTR},
    {FAULTS_POLL, ENOMEM},
    {FAULTS_READ, EINTR},
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

/* Stops a server while the nth call fails. Returns whether a call failed. */
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

	/* A signal at every single call is not realistic. */
	if (fault.error == EINTR && fault.mode == FAULTS_ON)
		fault.mode = FAULTS_ALTERNATELY;
	haunted_open();
	while (stop(&fault, nth))
		nth = fault_next(nth);
	ck_assert_msg(nth > 1, "%s: it never came", fault_print(&fault, nth));
}
END_TEST

/* A guest has unread bytes: the server waits for it, without load. */
START_TEST(waits_for_what_is_on_its_way)
{
	struct fault fault = {FAULTS_POLL, ENOMEM, FAULTS_ON};
	struct wire_options slow = {.receive_buffer = 4096};
	struct server server = {.port = 0};
	unsigned cpu;
	int fd;

	haunted_open();
	haunted_start(&server);
	fd = wire_connect_with(server.port, &slow);
	talk_ask(fd, PROTOCOL_OP_GET, "small");
	ck_assert(wait_ready(fd, POLLIN, WAIT_LIMIT));
	ck_assert(server_await_sleep(&server));
	fault_arm(&fault, 1);
	cpu = server_cpu_ms(&server);
	program_signal(&server.program, SIGTERM);
	ck_assert(!wait_ready(server.program.pid_fd, POLLIN, CLOCK_SEC / 2));
	ck_assert_uint_lt(server_cpu_ms(&server) - cpu, 250);
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), 0);
	close(fd);
}
END_TEST

Suite *
server_stop_suite(void)
{
	Suite *suite = suite_create("server_stop");
	TCase *tcase = harness_case(suite, "a fault while it stops", 300);

	tcase_add_loop_test(tcase, stops, 0, (int)HARNESS_ROWS(rows) * MODES);
	tcase_add_test(tcase, waits_for_what_is_on_its_way);
	return suite;
}
