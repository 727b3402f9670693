/*
 * Makes one call after another fail in a fileserv that starts with a list of
 * clients. It must print one line and exit with 1, or serve: the listed client
 * its own folder and nothing else, and strangers not at all.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/faults/haunted.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/visitor.h"
#include "tests/harness/wait.h"

static const struct {
	enum faults_call call;
	int error;
} rows[] = {
    {FAULTS_CALLOC, ENOMEM},
    {FAULTS_OPEN, EMFILE},
    {FAULTS_OPENAT2, EIO},
    {FAULTS_OPENAT2, EMFILE},
    {FAULTS_PREAD, EIO},
    {FAULTS_PREAD, FAULTS_SHORT},
    {FAULTS_STATX, EIO},
    {FAULTS_STATX, ENOMEM},
};

static struct visitor visitor;
static struct key_pair stranger;
static char key_path[SCRATCH_PATH], list_path[SCRATCH_PATH];
static const char *const options[] = {"--key-file", key_path, "--clients",
    list_path, NULL};

static void
prepare(void)
{
	char text[128];

	fault_open();
	scratch_mkdir("served/a");
	scratch_text("served/a/file", "mine");
	scratch_text("served/other", "not mine");
	key_pair_make(&visitor.key);
	key_pair_make(&stranger);
	snprintf(text, sizeof(text), "me %s a\n", visitor.key.name);
	scratch_text("outside/clients", text);
	scratch_path(list_path, "outside/clients");
	key_pair_write(&stranger, "outside/key.pem");
	scratch_path(key_path, "outside/key.pem");
}

static bool
has_decided(void *argument)
{
	struct server *server = argument;

	server->port = server_announced(&server->program);
	return program_ended(&server->program) || server->port > 0;
}

static void
expect_limits(struct server *server, const char *fault)
{
	visitor_connect(&visitor, server->port);
	ck_assert_msg(visitor_ask(&visitor, PROTOCOL_OP_GET, "a/file") ==
		PROTOCOL_OK,
	    "%s: refused", fault);
	ck_assert_msg(visitor_ask(&visitor, PROTOCOL_OP_GET, "other") ==
		PROTOCOL_NOT_FOUND,
	    "%s: too much", fault);
	visitor_close(&visitor);
	ck_assert_int_ne(visitor_refused(&stranger, server->port), 0);
	server_stop(server);
}

/* Starts a server while the nth call fails. Returns whether a call failed. */
static bool
start_with_fault(const struct fault *fault, unsigned nth)
{
	struct server server = {.port = 0};
	const char *what = fault_print(fault, nth);
	bool struck;

	haunted_try_with(&server, fault, nth, options);
	ck_assert_msg(wait_until(has_decided, &server, WAIT_LIMIT), "%s", what);
	struck = fault_disarm();
	if (program_ended(&server.program))
		ck_assert_msg(program_wait(&server.program, WAIT_LIMIT) == 1 &&
			strstr(program_err(&server.program), "fileserv: ") !=
			    NULL,
		    "%s: it said:\n%s", what, program_err(&server.program));
	else
		expect_limits(&server, what);
	return struck;
}

START_TEST(starts_or_says_why_not)
{
	const struct fault fault = {rows[_i].call, rows[_i].error, FAULTS_ONCE};
	unsigned nth = 1;

	prepare();
	while (start_with_fault(&fault, nth))
		nth = fault_next(nth);
	ck_assert_msg(nth > 1, "%s: it never came", fault_print(&fault, nth));
	key_pair_free(&visitor.key);
	key_pair_free(&stranger);
}
END_TEST

Suite *
server_clients_suite(void)
{
	Suite *suite = suite_create("server_clients");
	TCase *tcase =
	    harness_case(suite, "a fault while clients are read", 300);

	tcase_add_loop_test(tcase, starts_or_says_why_not, 0,
	    (int)HARNESS_ROWS(rows));
	return suite;
}
