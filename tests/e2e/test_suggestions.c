/*
 * A name that is not there: on a terminal, the nearest one that is.
 */

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/fake.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/terminal.h"

static struct program client;
static struct server server;
static struct terminal terminal;

static const struct {
	const char *args[4];
	const char *said; /* NULL: nothing is suggested */
} asked[] = {
    {{"reprot.txt"}, "did you mean report.txt?"},
    {{"REPORT.TXT"}, "did you mean report.txt?"},
    {{"report"}, "did you mean report.txt?"},
    {{"logs/tody.log"}, "did you mean logs/today.log?"},
    {{"-l", "log"}, "did you mean logs?"},
    {{"-r", "lgos"}, "did you mean logs?"},
    {{"-f", "reprot.txt"}, "did you mean report.txt?"},
    {{"-j", "2", "report.txt", "reprot.txt"}, "did you mean report.txt?"},
    {{"bel\a"}, "did you mean be\\a?"},
    {{"nothing-like-it"}, NULL},
    {{"lgos/today.log"}, NULL},
    {{"repro*"}, NULL},
    {{"-q", "reprot.txt"}, NULL},
};

static void
setup_served(const char *const *options)
{
	scratch_mkdir("served/logs");
	scratch_fill("served/report.txt", 10, 1);
	scratch_fill("served/logs/today.log", 10, 1);
	scratch_fill("served/be\a", 10, 1);
	server_start(&server, options);
}

START_TEST(on_a_terminal)
{
	setup_served(NULL);
	terminal_start(&terminal, server.port, asked[_i].args, NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	if (asked[_i].said != NULL)
		ck_assert_msg(terminal_shows(&terminal, asked[_i].said), "%s",
		    terminal.text);
	else
		ck_assert_msg(!terminal_shows(&terminal, "did you mean"), "%s",
		    terminal.text);
	server_stop(&server);
}
END_TEST

/* A script gets none, and its request is the only one. */
START_TEST(in_a_script)
{
	setup_served(NULL);
	here_get(&client, server.port, 4, "a script", HERE_LIST("reprot.txt"));
	ck_assert_ptr_null(strstr(program_err(&client), "did you mean"));
	server_stop(&server);
	ck_assert_ptr_null(strstr(program_err(&server.program), " LIST "));
}
END_TEST

START_TEST(at_the_prompt)
{
	setup_served(NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, ": ");
	terminal_type(&terminal, "cd lgos\r");
	terminal_await(&terminal, "did you mean logs?");
	terminal_await_prompt(&terminal, ": ");
	terminal_type(&terminal, "cd logs\r");
	terminal_await_prompt(&terminal, ": ");
	terminal_type(&terminal, "tody.log\r");
	terminal_await(&terminal, "did you mean today.log?");
	terminal_await_prompt(&terminal, ": ");
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	server_stop(&server);
}
END_TEST

/* A server that lists nothing is not complained about. */
START_TEST(without_listings)
{
	setup_served(HERE_LIST("--no-list"));
	terminal_start(&terminal, server.port, HERE_LIST("reprot.txt"), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	ck_assert(!terminal_shows(&terminal, "DENIED"));
	ck_assert(!terminal_shows(&terminal, "did you mean"));
	server_stop(&server);
}
END_TEST

static void
play_no_list(struct fake *fake)
{
	struct fake_asked asked_now;

	if (fake_ask(fake, &asked_now))
		fake_refuse(fake, PROTOCOL_NOT_FOUND, "none");
	fake_stall(fake);
}

/* One that does not answer is waited for two seconds. */
START_TEST(without_an_answer)
{
	struct fake fake;
	int64_t began = clock_now();

	fake_start(&fake, 1, play_no_list, NULL);
	terminal_start(&terminal, fake.port, HERE_LIST("reprot.txt"), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	ck_assert(clock_now() - began < 20 * CLOCK_SEC);
	ck_assert(!terminal_shows(&terminal, "trying again"));
	fake_stop(&fake);
}
END_TEST

/* Refuses the name, then sends a listing a byte at a time. */
static void
play_slow_list(struct fake *fake)
{
	static const uint8_t header[PROTOCOL_REPLY_HEADER_SIZE] = {
	    [PROTOCOL_REPLY_HEADER_SIZE - 2] = 0xff};
	struct fake_asked asked_now;
	unsigned i;

	if (!fake_ask(fake, &asked_now) ||
	    !fake_refuse(fake, PROTOCOL_NOT_FOUND, "none") ||
	    !fake_ask(fake, &asked_now) ||
	    !fake_send(fake, header, sizeof(header)))
		return;
	for (i = 0; i < 60 && fake_send(fake, "", 1); i++)
		clock_sleep(CLOCK_SEC);
}

/* Each byte began the two seconds anew. */
START_TEST(a_slow_answer)
{
	struct fake fake;
	int64_t began = clock_now();

	fake_start(&fake, 1, play_slow_list, NULL);
	terminal_start(&terminal, fake.port, HERE_LIST("reprot.txt"), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	ck_assert(clock_now() - began < 20 * CLOCK_SEC);
	fake_stop(&fake);
}
END_TEST

Suite *
suggestions_suite(void)
{
	Suite *suite = suite_create("suggestions");
	TCase *tcase = harness_case(suite, "suggestions", 60);

	tcase_add_loop_test(tcase, on_a_terminal, 0, HARNESS_ROWS(asked));
	tcase_add_test(tcase, in_a_script);
	tcase_add_test(tcase, at_the_prompt);
	tcase_add_test(tcase, without_listings);
	tcase_add_test(tcase, without_an_answer);
	tcase_add_test(tcase, a_slow_answer);
	return suite;
}
