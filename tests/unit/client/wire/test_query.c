/*
 * Short questions to a server that follows a script: what a reply leads to, and
 * what becomes of the connection.
 */

#include <sys/stat.h>

#include <string.h>

#include "client/wire/query.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

static struct script script;
static struct failure failure;
static struct protocol_attributes attributes;
static int attempts;

static void
setup(void)
{
	script_open(&script);
	memset(&failure, 0xee, sizeof(failure));
	attempts = 0;
}

static void
teardown(void)
{
	script_close(&script);
}

/* Asks for the state of "f". */
static enum outcome
ask_state(void *argument)
{
	enum outcome outcome;

	(void)argument;
	attempts++;
	outcome =
	    query_ask(&script.connection, PROTOCOL_OP_STAT, 0, "f", &failure);
	return outcome == OUTCOME_OK ?
	    query_receive_state(&script.connection, &attributes, &failure) :
	    outcome;
}

static int
run(bool end)
{
	script_start(&script, end);
	return query_run(&script.connection, ask_state, NULL, &failure);
}

START_TEST(test_reply)
{
	script_stat(&script, S_IFREG | 0644, 7);
	ck_assert_int_eq(run(false), 0);
	ck_assert_int_eq(failure.code, EXIT_OK);
	ck_assert_uint_eq(attributes.token.id, 7);
	ck_assert_int_eq(attempts, 1);
	ck_assert(script.report.has_answer);
}
END_TEST

/* The connection serves for the next question. */
START_TEST(test_refused)
{
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	ck_assert_int_eq(run(false), -1);
	ck_assert_int_eq(failure.code, EXIT_NOT_FOUND);
	ck_assert_int_ge(script.connection.fd, 0);
	ck_assert_int_eq(attempts, 1);
}
END_TEST

/* Nobody listens where it would connect again. */
START_TEST(test_busy)
{
	script_refuse(&script, PROTOCOL_BUSY, "full");
	ck_assert_int_eq(run(false), -1);
	ck_assert_int_eq(failure.code, EXIT_BUSY);
	ck_assert_ptr_nonnull(strstr(failure.text, "full"));
	ck_assert_int_lt(script.connection.fd, 0);
	ck_assert_int_eq(attempts, 1);
}
END_TEST

START_TEST(test_lost)
{
	ck_assert_int_eq(run(true), -1);
	ck_assert(query_is_over(&failure));
	ck_assert_int_lt(script.connection.fd, 0);
}
END_TEST

/* Against the protocol: no further try, whatever --retry allows. */
START_TEST(test_violation)
{
	script.settings.retry = 3;
	connection_limit(&script.connection, CONNECTION_NO_LIMIT);
	script_add(&script, "HTTP/1.1 400 Bad Request\r\n", 26);
	ck_assert_int_eq(run(false), -1);
	ck_assert_int_eq(failure.code, EXIT_PROTOCOL);
	ck_assert_int_lt(script.connection.fd, 0);
	ck_assert_int_eq(attempts, 1);
}
END_TEST

START_TEST(test_is_over)
{
	static const struct {
		enum exit_code code;
		bool is_over;
	} rows[] = {
	    {EXIT_CONNECT, true},
	    {EXIT_STALLED, true},
	    {EXIT_BUSY, true},
	    {EXIT_INTERRUPTED, true},
	    {EXIT_NOT_FOUND, false},
	    {EXIT_DENIED, false},
	    {EXIT_PROTOCOL, false},
	    {EXIT_LOCAL, false},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		failure.code = rows[i].code;
		ck_assert_msg(query_is_over(&failure) == rows[i].is_over, "%d",
		    rows[i].code);
	}
}
END_TEST

START_TEST(test_outcomes)
{
	struct reply_reader reader = {.end = OUTCOME_FATAL};

	ck_assert_int_eq(query_end(&reader), OUTCOME_FATAL);
	reader.end = OUTCOME_LOST;
	ck_assert_int_eq(query_end(&reader), OUTCOME_LOST);
	reader.end = OUTCOME_CLOSED;
	ck_assert_int_eq(query_end(&reader), OUTCOME_LOST);
	ck_assert_int_eq(query_violation(&failure, "why"), OUTCOME_FATAL);
	ck_assert_int_eq(failure.code, EXIT_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(failure.text, "why"));
}
END_TEST

Suite *
query_suite(void)
{
	Suite *suite = suite_create("query");
	TCase *tcase = unit_case(suite, "replies");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_reply);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_busy);
	tcase_add_test(tcase, test_lost);
	tcase_add_test(tcase, test_violation);
	tcase_add_test(tcase, test_is_over);
	tcase_add_test(tcase, test_outcomes);
	return suite;
}
