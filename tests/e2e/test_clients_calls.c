/*
 * The system calls behind a name that a client may not read: none reaches the
 * file system, so that neither an answer nor its time can tell what is there.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/trace.h"
#include "tests/harness/visitor.h"

static const enum protocol_op ops[] = {PROTOCOL_OP_GET, PROTOCOL_OP_FETCH,
    PROTOCOL_OP_STAT, PROTOCOL_OP_LIST, PROTOCOL_OP_DIGEST};

static struct server server;
static struct visitor visitor;
static struct trace trace;

static void
start(void)
{
	char text[128], key[SCRATCH_PATH], list[SCRATCH_PATH];

	scratch_mkdir("served/a");
	scratch_mkdir("served/b");
	scratch_text("served/a/file", "readable");
	scratch_text("served/b/file", "not readable");
	key_pair_make(&visitor.key);
	snprintf(text, sizeof(text), "me %s a\n", visitor.key.name);
	scratch_text("outside/clients", text);
	server_start(&server,
	    (const char *const[]){"-q", "--key-file",
		scratch_path(key, "outside/key.pem"), "--clients",
		scratch_path(list, "outside/clients"), NULL});
	visitor_connect(&visitor, server.port);
}

/* Asks for a name with each op. Returns false if nothing can be traced. */
static bool
trace_name(const char *name, enum protocol_status status, char **calls)
{
	size_t i;

	if (!trace_begin(&trace, &server.program, "clients_calls"))
		return false;
	for (i = 0; i < HARNESS_ROWS(ops); i++)
		if (status == PROTOCOL_NOT_FOUND || ops[i] != PROTOCOL_OP_LIST)
			ck_assert_int_eq(visitor_ask(&visitor, ops[i], name),
			    status);
	*calls = trace_end(&trace);
	return true;
}

static void
expect_calls(const char *name, enum protocol_status status, bool expected)
{
	const char *call;
	char *calls;

	if (!trace_name(name, status, &calls))
		return;
	call = trace_find_file_call(calls);
	ck_assert_msg((call != NULL) == expected, "%s: %s", name,
	    call == NULL ? "no call" : call);
	free(calls);
}

START_TEST(outside_names_reach_no_file_system)
{
	start();
	/* The control: the trace sees how a file is opened. */
	expect_calls("a/file", PROTOCOL_OK, true);
	expect_calls("b/file", PROTOCOL_NOT_FOUND, false);
	expect_calls("b/no", PROTOCOL_NOT_FOUND, false);
	visitor_close(&visitor);
	server_stop(&server);
	key_pair_free(&visitor.key);
}
END_TEST

START_TEST(folders_above_reach_no_file_system)
{
	char *calls;

	start();
	if (trace_begin(&trace, &server.program, "clients_calls")) {
		visitor_expect_list(&visitor, ".", "a ");
		ck_assert_int_eq(visitor_ask(&visitor, PROTOCOL_OP_STAT, "."),
		    PROTOCOL_OK);
		calls = trace_end(&trace);
		ck_assert_ptr_null(trace_find_file_call(calls));
		free(calls);
	}
	visitor_close(&visitor);
	server_stop(&server);
	key_pair_free(&visitor.key);
}
END_TEST

Suite *
clients_calls_suite(void)
{
	Suite *suite = suite_create("clients_calls");
	TCase *tcase = harness_case(suite, "clients_calls", 120);

	tcase_add_test(tcase, outside_names_reach_no_file_system);
	tcase_add_test(tcase, folders_above_reach_no_file_system);
	return suite;
}
