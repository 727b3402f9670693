/*
 * Makes one call after another fail in a fileserv that starts. It must print
 * one line and exit with 1 before it announces its address, or do without the
 * call and serve.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/faults/guest.h"
#include "tests/faults/haunted.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/wait.h"

static const struct {
	enum faults_call call;
	int error;
} rows[] = {
    {FAULTS_BIND, EADDRINUSE},
    {FAULTS_BIND, ENOMEM},
    {FAULTS_CALLOC, ENOMEM},
    {FAULTS_CLOSE, EIO},
    {FAULTS_CLOSE, EINTR},
    {FAULTS_EVENTFD, EMFILE},
    {FAULTS_EVENTFD, ENOMEM},
    {FAULTS_GETSOCKNAME, ENOBUFS},
    {FAULTS_LISTEN, EADDRINUSE},
    {FAULTS_MALLOC, ENOMEM},
    {FAULTS_MMAP, ENOMEM},
    {FAULTS_OPEN, EMFILE},
    {FAULTS_OPEN, ENFILE},
    {FAULTS_OPEN, EIO},
    {FAULTS_OPENAT2, EMFILE},
    {FAULTS_OPENAT2, ENOSYS},
    {FAULTS_REALLOC, ENOMEM},
    {FAULTS_SETSOCKOPT, ENOPROTOOPT},
    {FAULTS_SETSOCKOPT, ENOBUFS},
    {FAULTS_SIGNALFD, EMFILE},
    {FAULTS_SOCKET, EAFNOSUPPORT},
    {FAULTS_SOCKET, EMFILE},
    {FAULTS_SOCKET, ENOBUFS},
    {FAULTS_WRITE, EINTR},
    {FAULTS_WRITE, EIO},
    {FAULTS_WRITE, ENOSPC},
    {FAULTS_WRITE, EPIPE},
    {FAULTS_WRITE, FAULTS_SHORT},
};

enum {
	MODES = 2, /* once, and from then on */
};

/* Returns whether it ended, or announced its address, or reported that it could
 * not. */
static bool
has_decided(void *argument)
{
	struct server *server = argument;

	server->port = server_announced(&server->program);
	return program_ended(&server->program) ||
	    strstr(program_out(&server->program), "\nfileget ") != NULL ||
	    strstr(program_err(&server->program), "standard output: ") != NULL;
}

/* Returns the last line it wrote. */
static const char *
last_line(const char *text)
{
	const char *at = text + strlen(text);

	while (at > text + 1 && at[-2] != '\n')
		at--;
	return at > text ? at - 1 : text;
}

static void
expect_failure(struct server *server, const char *fault)
{
	int code = program_wait(&server->program, WAIT_LIMIT);
	const char *text = program_err(&server->program);

	ck_assert_msg(code == 1, "%s: exit %d; it said:\n%s", fault, code,
	    text);
	/* Warnings may precede it. */
	ck_assert_msg(strstr(text, "fileserv: ") == last_line(text),
	    "%s: it said:\n%s", fault, text);
	ck_assert_msg(program_out(&server->program)[0] == '\0',
	    "%s: it promised:\n%s", fault, program_out(&server->program));
}

/* Starts a server while the nth call fails. Returns whether a call failed. */
static bool
start_with_fault(const struct fault *fault, unsigned nth)
{
	struct server server = {.port = 0};
	const char *wrong = NULL;
	bool struck;

	haunted_try(&server, fault, nth);
	ck_assert_msg(wait_until(has_decided, &server, WAIT_LIMIT),
	    "%s: it neither ends nor serves:\n%s", fault_print(fault, nth),
	    program_err(&server.program));
	struck = fault_disarm();
	if (program_ended(&server.program)) {
		expect_failure(&server, fault_print(fault, nth));
		return struck;
	}
	if (server.port > 0)
		wrong = guest_visit(server.port, GUEST_ALL_WELL);
	ck_assert_msg(wrong == NULL, "%s: %s", fault_print(fault, nth), wrong);
	server_stop(&server);
	return struck;
}

START_TEST(starts_or_says_why_not)
{
	struct fault fault = {rows[_i / MODES].call, rows[_i / MODES].error,
	    (enum faults_mode)(_i % MODES)};
	unsigned nth = 1;

	if (fault_is_skipped(&fault, (1U << MODES) - 1,
		_i < MODES ? FAULTS_NONE : rows[_i / MODES - 1].call))
		return;
	/* A program that cannot write at all cannot report anything. */
	if (fault.call == FAULTS_WRITE && fault.mode == FAULTS_ON &&
	    fault.error != FAULTS_SHORT)
		return;
	/* A signal at every single call is not realistic. */
	if (fault.error == EINTR && fault.mode == FAULTS_ON)
		fault.mode = FAULTS_ALTERNATELY;
	haunted_open();
	while (start_with_fault(&fault, nth))
		nth = fault_next(nth);
	ck_assert_msg(nth > 1, "%s: it never came", fault_print(&fault, nth));
}
END_TEST

Suite *
server_start_suite(void)
{
	Suite *suite = suite_create("server_start");
	TCase *tcase = harness_case(suite, "a fault while it starts", 300);

	tcase_add_loop_test(tcase, starts_or_says_why_not, 0,
	    (int)HARNESS_ROWS(rows) * MODES);
	return suite;
}
