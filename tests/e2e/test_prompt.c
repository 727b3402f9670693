/* The prompt, with a pipe and with a terminal as standard input. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"

static struct server server;
static struct program client;
static struct terminal terminal;

static void
start(const char *const *options)
{
	scratch_fill("served/a", 100000, 1);
	scratch_fill("served/b", 200, 2);
	scratch_fill("served/c", 0, 3);
	scratch_mkdir("served/folder");
	server_start(&server, options);
}

static bool
is_there(void *name)
{
	return scratch_exists(name) != 0;
}

/* Waits until here/new<letter> exists; it is complete from its first moment. */
static void
await_file(char letter)
{
	char got[16], wanted[16];

	snprintf(got, sizeof(got), "here/new%c", letter);
	snprintf(wanted, sizeof(wanted), "served/%c", letter);
	ck_assert_msg(wait_until(is_there, got, WAIT_LIMIT), "no %s", got);
	sum_expect_files(got, wanted);
}

/* ---- on a pipe ---------------------------------------------------------- */

static const struct {
	const char *row;
	const char *input;
	int code;
	const char *fetched; /* letters of fetched files */
} inputs[] = {
    {"nothing", "", 0, ""},
    {"one", "a\n", 0, "a"},
    {"three", "a\nb\nc\n", 0, "abc"},
    {"an unknown one between", "a\nmissing\nb\n", 4, "ab"},
    {"the first failure counts", "folder\nmissing\na\n", 5, "a"},
    {"no name", "../a\na\n", 2, "a"},
    {"an empty line ends", "a\n\nb\n", 0, "a"},
    {"an empty line at once", "\na\n", 0, ""},
    {"a line of blanks is none", "a\n \t \nb\n", 0, "ab"},
    {"blanks around names", " a\nb \n\t c \t\r\n", 0, "abc"},
    {"no newline at the end", "a\nb", 0, "ab"},
    {"lines as of a Windows file", "a\r\nb\r\n\r\nc\r\n", 0, "ab"},
    {"the same twice", "a\na\n", 0, "a"},
    {"words that only a person types", "quit\nget a\na\n", 4, "a"},
};

START_TEST(names_on_a_pipe)
{
	const char *letter;

	start(NULL);
	client_start_with_input(&client, server.port, NULL, NULL);
	program_say(&client, inputs[_i].input);
	program_hang_up(&client);
	here_expect_exit(&client, inputs[_i].code, inputs[_i].row);
	for (letter = inputs[_i].fetched; *letter != '\0'; letter++)
		await_file(*letter);
	ck_assert_uint_eq(scratch_count("here"), strlen(inputs[_i].fetched));
	server_stop(&server);
}
END_TEST

/* Each name is fetched before the next is read, on one connection. */
START_TEST(each_name_at_once)
{
	start(HERE_LIST("-v"));
	client_start_with_input(&client, server.port, NULL, NULL);
	program_say(&client, "a\n");
	await_file('a');
	program_say(&client, "missing\n");
	program_await_err(&client, "missing");
	program_say(&client, "b\n");
	await_file('b');
	program_hang_up(&client);
	here_expect_exit(&client, 4, "one by one");
	server_stop(&server);
	ck_assert_ptr_null(strstr(program_err(&server.program), " #2 "));
}
END_TEST

/* The server ends an idle connection; the next name reconnects. */
START_TEST(reconnects_by_itself)
{
	start(HERE_LIST("-v", "--timeout", "1"));
	client_start_with_input(&client, server.port, HERE_LIST("--retry=0"),
	    NULL);
	program_say(&client, "a\n");
	await_file('a');
	program_await_err(&server.program, " #1 closed");
	program_say(&client, "b\n");
	await_file('b');
	program_await_err(&server.program, " #2 closed");
	program_say(&client, "missing\nc\n");
	await_file('c');
	program_hang_up(&client);
	here_expect_exit(&client, 4, "idle");
	ck_assert_ptr_null(strstr(program_err(&client), "trying again"));
	server_stop(&server);
}
END_TEST

/* A server that is gone is reported, and used again when it is back. */
START_TEST(server_restarted_between_names)
{
	char port[8];

	start(NULL);
	client_start_with_input(&client, server.port, HERE_LIST("--retry=0"),
	    NULL);
	program_say(&client, "a\n");
	await_file('a');
	server_stop(&server);
	program_say(&client, "b\n");
	program_await_err(&client, "cannot connect");
	snprintf(port, sizeof(port), "%u", server.port);
	server_start(&server, HERE_LIST("-p", port));
	program_say(&client, "c\n");
	await_file('c');
	program_hang_up(&client);
	here_expect_exit(&client, 3, "gone between");
	here_expect_names("here", "b failed", HERE_LIST("newa", "newc"));
	server_stop(&server);
}
END_TEST

/* Receives a request and resets the connection, so that the port is free at
 * once. */
static void
play_leave(struct fake *fake)
{
	struct fake_asked asked;

	fake_ask(fake, &asked);
	fake_reset(fake);
}

/* Regression: after one name had used up all tries, the next names failed at
 * once, though the server was back. */
START_TEST(tries_used_up_for_one_name)
{
	struct fake fake;
	char port[8];

	scratch_fill("served/c", 100000, 1);
	fake_start(&fake, 1, play_leave, NULL);
	client_start_with_input(&client, fake.port, HERE_LIST("--retry=1"),
	    NULL);
	program_say(&client, "a\n");
	program_await_err(&client, "a: ");
	program_say(&client, "b\n");
	program_await_err(&client, "b: ");
	fake_stop(&fake);
	snprintf(port, sizeof(port), "%u", fake.port);
	server_start(&server, HERE_LIST("-p", port));
	program_say(&client, "c\n");
	await_file('c');
	program_hang_up(&client);
	here_expect_exit(&client, 3, "tries used up");
	here_expect_names("here", "tries used up", HERE_LIST("newc"));
	server_stop(&server);
}
END_TEST

/* SIGINT between two names. */
START_TEST(interrupt_on_a_pipe)
{
	start(NULL);
	client_start_with_input(&client, server.port, NULL, NULL);
	program_say(&client, "a\n");
	await_file('a');
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "SIGINT");
	here_expect_names("here", "SIGINT", HERE_LIST("newa"));
	server_stop(&server);
}
END_TEST

/* ---- on a terminal ------------------------------------------------------ */

static const char prompt[] = "leave): ";

static const struct {
	const char *row;
	const char *keys; /* one line after the prompt */
	char fetched;	  /* letter, or '\0' for a failure */
} lines[] = {
    {"typed", "a\r", 'a'},
    {"backspace", "axy\177\177\r", 'a'},
    {"left and delete", "xa\001\004\r", 'a'},
    {"kill the line", "nonsense\025b\r", 'b'},
    {"history", "\033[A\r", 'b'},
    {"history, twice up", "\033[A\033[A\r", 'b'},
    {"unknown", "missing\r", '\0'},
    {"after a failure", "c\r", 'c'},
};

START_TEST(names_on_a_terminal)
{
	char got[16];
	size_t i;

	start(NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	for (i = 0; i < HARNESS_ROWS(lines); i++) {
		terminal_await_prompt(&terminal, prompt);
		terminal_type(&terminal, lines[i].keys);
		if (lines[i].fetched == '\0') {
			terminal_await(&terminal, "missing: ");
			continue;
		}
		snprintf(got, sizeof(got), "-> new%c", lines[i].fetched);
		terminal_await(&terminal, got);
		await_file(lines[i].fetched);
		snprintf(got, sizeof(got), "here/new%c", lines[i].fetched);
		scratch_remove(got);
	}
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	here_expect_names("here", "all seen", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	const char *keys;
	int code;
} leavings[] = {
    {"an empty line", "\r", 0},
    {"end of file", "\004", 0},
    {"exit", "exit\r", 0},
    {"quit", "quit\r", 0},
    {"bye", "  bye \r", 0},
};

START_TEST(ways_to_leave)
{
	int code;

	start(NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "a\r");
	terminal_await(&terminal, "-> newa");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, leavings[_i].keys);
	code = terminal_wait(&terminal);
	ck_assert_msg(code == leavings[_i].code, "%s: exit %d",
	    leavings[_i].row, code);
	await_file('a');
	here_expect_names("here", leavings[_i].row, HERE_LIST("newa"));
	server_stop(&server);
}
END_TEST

enum {
	PROMPT_ROUNDS = HARNESS_SLOW ? 8 : 25
};

/*
 * SIGINT at any moment after the prompt appears, while the line editor starts;
 * and once more. Regression: a signal just before the editor's read(2) was lost
 * until the next key.
 */
START_TEST(interrupt_at_any_moment)
{
	int round, code;

	start(NULL);
	for (round = 0; round < PROMPT_ROUNDS; round++) {
		terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
		terminal_await(&terminal, round % 2 == 0 ? "file to" : prompt);
		if (round % 4 < 2)
			terminal_type(&terminal, "\003");
		else
			ck_assert_int_eq(kill(terminal.pid, SIGINT), 0);
		terminal_await(&terminal, "Ctrl-C again leaves");
		terminal_await(&terminal, prompt);
		terminal_type(&terminal, "\003");
		code = terminal_wait(&terminal);
		ck_assert_msg(code == 130, "round %d: exit %d", round, code);
	}
	here_expect_names("here", "Ctrl-C", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* "grün €" in UTF-8. Regression: in a locale with single-byte characters the
 * line editor changed its bytes. */
#define PROMPT_GREEN "gr\303\274n \342\202\254"

static const char *const locales[] = {"LC_ALL=C", "LC_ALL=POSIX",
    "LC_ALL=C.UTF-8", "LC_ALL=xx_XX.nonsense", "LC_ALL="};

START_TEST(names_that_are_not_ascii)
{
	scratch_fill("served/" PROMPT_GREEN, 5000, 1);
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), locales[_i]);
	terminal_await_prompt(&terminal, prompt);
	/* One further character, which Backspace removes with both bytes. */
	terminal_type(&terminal, PROMPT_GREEN "\303\266\177\r");
	terminal_await(&terminal, "-> new" PROMPT_GREEN);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	here_expect_names("here", locales[_i], HERE_LIST("new" PROMPT_GREEN));
	sum_expect_files("here/new" PROMPT_GREEN, "served/" PROMPT_GREEN);
	server_stop(&server);
}
END_TEST

/* Terminals of editors and build servers: no control sequences. */
static const char *const dumb[] = {"TERM=dumb", "TERM=", "TERM=unknown"};

START_TEST(a_terminal_that_cannot_draw)
{
	start(NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), dumb[_i]);
	terminal_await(&terminal, "help\r\n");
	terminal_await(&terminal, "file to fetch (empty line to leave): ");
	terminal_type(&terminal, "a\n");
	terminal_await(&terminal, "a -> newa  ");
	terminal_await(&terminal, "file to fetch (empty line to leave): ");
	terminal_type(&terminal, "cd folder\n");
	terminal_await(&terminal, "file to fetch from folder (");
	terminal_type(&terminal, "\n");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert_msg(!terminal_shows(&terminal, "\033"), "%s", terminal.text);
	sum_expect_files("here/newa", "served/a");
	server_stop(&server);
}
END_TEST

START_TEST(an_interrupt_without_an_editor)
{
	start(NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), "TERM=dumb");
	terminal_await(&terminal, "file to fetch (empty line to leave): ");
	terminal_type(&terminal, "half\003");
	terminal_await(&terminal, "Ctrl-C again leaves");
	terminal_await(&terminal, "file to fetch (empty line to leave): ");
	terminal_type(&terminal, "a\n");
	terminal_await(&terminal, "a -> newa  ");
	terminal_await(&terminal, "file to fetch (empty line to leave): ");
	terminal_type(&terminal, "\003");
	terminal_await(&terminal, "Ctrl-C again leaves");
	terminal_type(&terminal, "\003");
	ck_assert_int_eq(terminal_wait(&terminal), 130);
	server_stop(&server);
}
END_TEST

Suite *
prompt_suite(void)
{
	Suite *suite = suite_create("prompt");
	TCase *tcase;

	tcase = harness_case(suite, "pipe", 60);
	tcase_add_loop_test(tcase, names_on_a_pipe, 0,
	    (int)HARNESS_ROWS(inputs));
	tcase_add_test(tcase, each_name_at_once);
	tcase_add_test(tcase, reconnects_by_itself);
	tcase_add_test(tcase, server_restarted_between_names);
	tcase_add_test(tcase, tries_used_up_for_one_name);
	tcase_add_test(tcase, interrupt_on_a_pipe);
	tcase = harness_case(suite, "terminal", 60);
	tcase_add_test(tcase, names_on_a_terminal);
	tcase_add_loop_test(tcase, ways_to_leave, 0,
	    (int)HARNESS_ROWS(leavings));
	tcase_add_test(tcase, interrupt_at_any_moment);
	tcase_add_loop_test(tcase, names_that_are_not_ascii, 0,
	    (int)HARNESS_ROWS(locales));
	tcase_add_loop_test(tcase, a_terminal_that_cannot_draw, 0,
	    HARNESS_ROWS(dumb));
	tcase_add_test(tcase, an_interrupt_without_an_editor);
	return suite;
}
