/*
 * The prompt as a person sees it: on terminals of several sizes, with Ctrl-C,
 * with Ctrl-Z and fg in a shell, while the size changes.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/fake.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"

static struct server server;
static struct terminal terminal;

static const char prompt[] = "file to fetch (empty line to leave): ";

/* Waits until exactly one row of the screen is this text, and the cursor stands
 * behind it. */
static void
await_line(const char *text)
{
	unsigned row = terminal_await_row(&terminal, text);
	const struct screen *screen = &terminal.screen;

	ck_assert_str_eq(screen_row(&terminal.screen, row), text);
	ck_assert_uint_eq(screen->row, row);
	ck_assert_uint_eq(screen->column, strlen(text));
}

static void
leave(int code)
{
	terminal_type(&terminal, "\005\025quit\r");
	ck_assert_int_eq(terminal_wait(&terminal), code);
	ck_assert_uint_eq(terminal.screen.unknown, 0);
}

/* ---- Ctrl-C ------------------------------------------------------------- */

START_TEST(a_line_is_dropped)
{
	scratch_fill("served/a", 1000, 1);
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "half");
	terminal_await(&terminal, "half");
	/* The cursor stands amid the line. */
	terminal_type(&terminal, "\001\003");
	terminal_await(&terminal, "fileget: Ctrl-C again leaves");
	terminal_await_prompt(&terminal, prompt);
	/* A line that was begun is dropped too: that is no second one. */
	terminal_type(&terminal, "more");
	terminal_await(&terminal, "more");
	terminal_type(&terminal, "\003");
	terminal_await(&terminal, "fileget: Ctrl-C again leaves");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "a\r");
	terminal_await(&terminal, "-> newa");
	terminal_await_prompt(&terminal, prompt);
	/* The one before was two lines ago. */
	terminal_type(&terminal, "\003");
	terminal_await(&terminal, "fileget: Ctrl-C again leaves");
	terminal_await_prompt(&terminal, prompt);
	leave(0);
	sum_expect_files("here/newa", "served/a");
	server_stop(&server);
}
END_TEST

/* Answers STAT, and begins to send a file. */
static void
play_half_a_file(struct fake *fake)
{
	static uint8_t bytes[100000];
	const struct fake_file file = {bytes, sizeof(bytes), {7, 9}, 0100644,
	    1};
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	while (fake_ask(fake, &asked)) {
		if (asked.op != PROTOCOL_OP_FETCH) {
			if (!fake_answer(fake, &file, &asked))
				return;
			continue;
		}
		reply = fake_build_reply(&file, 0, &len);
		(void)fake_send(fake, reply, len / 2);
		free(reply);
		fake_stall(fake);
		return;
	}
}

static const struct {
	const char *row;
	const char *keys;
	int code;
} after_interrupt[] = {
    {"leaves", "\003", 130},
    {"goes on", "quit\r", 130}, /* the download was the first failure */
};

START_TEST(a_download_is_ended)
{
	struct fake fake;
	char part[NAME_MAX + 1];

	fake_start(&fake, 2, play_half_a_file, NULL);
	terminal_start(&terminal, fake.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "big\r");
	while (here_find_part("here", part) == 0)
		terminal_look(&terminal);
	terminal_type(&terminal, "\003");
	terminal_await(&terminal, "big: interrupted");
	terminal_await(&terminal, "fileget: Ctrl-C again leaves");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, after_interrupt[_i].keys);
	ck_assert_int_eq(terminal_wait(&terminal), after_interrupt[_i].code);
	ck_assert_uint_eq(here_find_part("here", part), 1);
	fake_stop(&fake);
}
END_TEST

/* The prompt is of use after an interrupted download. */
START_TEST(downloads_go_on_after_an_interrupt)
{
	char part[NAME_MAX + 1];

	scratch_fill("served/big", 4 * 1024 * 1024, 1);
	scratch_fill("served/small", 1000, 2);
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST("--limit-rate=1M"),
	    NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "big\r");
	while (here_find_part("here", part) == 0)
		terminal_look(&terminal);
	terminal_type(&terminal, "\003");
	terminal_await(&terminal, "fileget: Ctrl-C again leaves");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "small\r");
	terminal_await(&terminal, "-> newsmall");
	terminal_await_prompt(&terminal, prompt);
	sum_expect_files("here/newsmall", "served/small");
	terminal_type(&terminal, "big\r");
	terminal_await(&terminal, "-> newbig");
	terminal_await_prompt(&terminal, prompt);
	sum_expect_files("here/newbig", "served/big");
	leave(130);
	server_stop(&server);
}
END_TEST

static const int endings[] = {SIGTERM, SIGHUP};

START_TEST(other_signals_end_at_once)
{
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	ck_assert_int_eq(kill(terminal.pid, endings[_i]), 0);
	ck_assert_int_eq(terminal_wait(&terminal), 130);
	server_stop(&server);
}
END_TEST

/* ---- Ctrl-Z and fg ------------------------------------------------------ */

/* A shell with job control that runs fileget and brings it back whenever it was
 * stopped; it tells whether the terminal was left in its usual mode. */
static const char shell[] =
    "#!/bin/sh\n"
    "set -m\n"
    "%s \"$@\"\n"
    "code=$?\n"
    "check() { stty -a | grep -q -e '-icanon' && echo '(no lines)'; }\n"
    "while [ $code -eq %d ]; do\n"
    "	check\n"
    "	echo '(stopped)'\n"
    "	fg\n"
    "	code=$?\n"
    "done\n"
    "check\n"
    "exit $code\n";

/* Starts fileget as a job of that shell. */
static void
start_in_shell(const char *const *args, const char *env)
{
	static char path[SCRATCH_PATH];
	char text[2 * SCRATCH_PATH];

	snprintf(text, sizeof(text), shell, harness_fileget, 128 + SIGTSTP);
	scratch_text("shell", text);
	ck_assert_int_eq(chmod(scratch_path(path, "shell"), 0755), 0);
	harness_fileget = path;
	/* A job in the background of a plain shell ignores them. */
	signal(SIGQUIT, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	terminal_start(&terminal, server.port, args, env);
}

START_TEST(a_line_is_drawn_again)
{
	int round;

	scratch_fill("served/abc", 1000, 1);
	server_start(&server, NULL);
	start_in_shell(HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "ab");
	terminal_await(&terminal, "ab");
	/* Regression: it was drawn the first time only. */
	for (round = 0; round < 3; round++) {
		terminal_type(&terminal, "\032");
		terminal_await(&terminal, "(stopped)");
		terminal_await_prompt(&terminal, "leave): ab");
	}
	ck_assert(!terminal_shows(&terminal, "(no lines)"));
	terminal_type(&terminal, "c\r");
	terminal_await(&terminal, "-> newabc");
	terminal_await_prompt(&terminal, prompt);
	leave(0);
	sum_expect_files("here/newabc", "served/abc");
	server_stop(&server);
}
END_TEST

/* Ctrl-\ ends fileget, and leaves the terminal in its usual mode. */
START_TEST(a_quit_leaves_the_terminal_usable)
{
	server_start(&server, NULL);
	start_in_shell(HERE_LIST(NULL), _i == 0 ? NULL : "TERM=dumb");
	terminal_await(&terminal, prompt);
	if (_i == 0)
		terminal_await_prompt(&terminal, "");
	terminal_type(&terminal, "\034");
	ck_assert_int_eq(terminal_wait(&terminal), 128 + SIGQUIT);
	ck_assert(!terminal_shows(&terminal, "(no lines)"));
	server_stop(&server);
}
END_TEST

START_TEST(a_question_is_drawn_again_without_an_editor)
{
	int round;

	scratch_fill("served/a", 1000, 1);
	server_start(&server, NULL);
	start_in_shell(HERE_LIST(NULL), "TERM=dumb");
	terminal_await(&terminal, prompt);
	for (round = 0; round < 2; round++) {
		terminal_type(&terminal, "\032");
		terminal_await(&terminal, "(stopped)");
		terminal_await(&terminal, prompt);
	}
	terminal_type(&terminal, "a\n");
	terminal_await(&terminal, "-> newa");
	terminal_await(&terminal, prompt);
	terminal_type(&terminal, "quit\n");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	sum_expect_files("here/newa", "served/a");
	server_stop(&server);
}
END_TEST

START_TEST(a_download_goes_on)
{
	char part[NAME_MAX + 1];

	scratch_fill("served/big", 3 * 1024 * 1024, 1);
	server_start(&server, NULL);
	start_in_shell(HERE_LIST("--limit-rate=1M"), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "big\r");
	while (here_find_part("here", part) == 0)
		terminal_look(&terminal);
	terminal_type(&terminal, "\032");
	terminal_await(&terminal, "(stopped)");
	terminal_await(&terminal, "-> newbig");
	terminal_await_prompt(&terminal, prompt);
	ck_assert(!terminal_shows(&terminal, "(no lines)"));
	leave(0);
	sum_expect_files("here/newbig", "served/big");
	server_stop(&server);
}
END_TEST

/* ---- sizes -------------------------------------------------------------- */

static const struct {
	unsigned short rows, columns;
	const char *question;
} sizes[] = {
    {24, 80, "file to fetch (empty line to leave): "},
    {12, 40, "fileget> "},
    {50, 200, "file to fetch (empty line to leave): "},
};

/* No row is full: a line that fits leaves the last column free. */
static void
expect_fits(void)
{
	unsigned columns = terminal.screen.columns, row;

	terminal_look(&terminal);
	for (row = 0; row < terminal.screen.rows; row++) {
		ck_assert_msg(!terminal.screen.lines[row].goes_on,
		    "row %u is wrapped:\n%s", row,
		    screen_text(&terminal.screen));
		ck_assert_str_eq(terminal.screen.lines[row]
				     .cells[columns - 1]
				     .text,
		    "");
	}
}

START_TEST(lines_fit_the_terminal)
{
	char name[32];
	int i;

	scratch_mkdir("served/logs");
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "served/logs/entry-%d", i);
		scratch_text(name, "1");
	}
	scratch_text("served/logs/a-name-of-many-letters-and-words-that-is-"
		     "wider-than-forty-columns",
	    "1");
	scratch_text("served/logs/\346\227\245\346\234\254\350\252\236", "1");
	server_start(&server, NULL);
	terminal_start_sized(&terminal, server.port, HERE_LIST(NULL), NULL,
	    SCREEN_CUTS, sizes[_i].rows, sizes[_i].columns);
	terminal_await_prompt(&terminal, sizes[_i].question);
	expect_fits();
	terminal_type(&terminal, "help\r");
	terminal_await(&terminal, "Ctrl-C");
	terminal_await_prompt(&terminal, sizes[_i].question);
	expect_fits();
	terminal_type(&terminal, "logs/\t");
	terminal_await(&terminal, "entry-19");
	terminal_await(&terminal, "logs/");
	expect_fits();
	leave(0);
	server_stop(&server);
}
END_TEST

/* The names stand in columns, and the line below them. */
START_TEST(tab_lists_in_columns)
{
	static const char *const names[] = {"alpha", "beta", "gamma-ray",
	    "delta", "epsilon"};
	char path[32];
	unsigned row;
	size_t i;

	for (i = 0; i < HARNESS_ROWS(names); i++) {
		snprintf(path, sizeof(path), "served/%s", names[i]);
		scratch_text(path, "1");
	}
	server_start(&server, NULL);
	terminal_start_sized(&terminal, server.port, HERE_LIST(NULL), NULL,
	    SCREEN_CUTS, 12, 30);
	terminal_await_prompt(&terminal, "fileget> ");
	terminal_type(&terminal, "\t");
	row = terminal_await_row(&terminal, "alpha");
	terminal_await_row(&terminal, "beta");
	terminal_await_row(&terminal, "gamma-ray");
	ck_assert_str_eq(screen_row(&terminal.screen, row),
	    "alpha  delta    gamma-ray");
	ck_assert_str_eq(screen_row(&terminal.screen, row + 1),
	    "beta   epsilon");
	terminal_type(&terminal, "x");
	await_line("fileget> x");
	leave(0);
	server_stop(&server);
}
END_TEST

/* The line takes several rows, and the cursor stands in the first. */
START_TEST(tab_lists_below_a_long_line)
{
	static const char folder[] =
	    "a-folder-whose-name-is-longer-than-the-terminal";
	char path[128];
	unsigned row;

	snprintf(path, sizeof(path), "served/%s", folder);
	scratch_mkdir(path);
	snprintf(path, sizeof(path), "served/%s/one", folder);
	scratch_text(path, "1");
	snprintf(path, sizeof(path), "served/%s/two", folder);
	scratch_text(path, "1");
	server_start(&server, NULL);
	terminal_start_sized(&terminal, server.port, HERE_LIST(NULL), NULL,
	    SCREEN_CUTS, 12, 30);
	terminal_await_prompt(&terminal, "fileget> ");
	terminal_type(&terminal, "a\t");
	terminal_await_row(&terminal, "terminal/");
	terminal_type(&terminal, "\t");
	row = terminal_await_row(&terminal, "one  two");
	terminal_type(&terminal, "x");
	ck_assert_uint_gt(terminal_await_row(&terminal, "terminal/x"), row);
	leave(0);
	server_stop(&server);
}
END_TEST

/* The size changes while a line is typed, on both kinds of terminals. */
START_TEST(another_size)
{
	static const enum screen_kind kinds[] = {SCREEN_CUTS, SCREEN_WRAPS};

	scratch_fill("served/abc", 1000, 1);
	server_start(&server, NULL);
	terminal_start_sized(&terminal, server.port, HERE_LIST(NULL), NULL,
	    kinds[_i], 24, 80);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "ab");
	await_line("file to fetch (empty line to leave): ab");
	terminal_resize(&terminal, 24, 100);
	terminal_await(&terminal, prompt);
	await_line("file to fetch (empty line to leave): ab");
	terminal_resize(&terminal, 12, 50);
	await_line("fileget> ab");
	terminal_resize(&terminal, 24, 80);
	await_line("file to fetch (empty line to leave): ab");
	terminal_type(&terminal, "c\r");
	terminal_await(&terminal, "-> newabc");
	terminal_await_prompt(&terminal, prompt);
	leave(0);
	sum_expect_files("here/newabc", "served/abc");
	server_stop(&server);
}
END_TEST

/* The size changes during a download: the next question fits. */
START_TEST(another_size_in_a_download)
{
	char part[NAME_MAX + 1];

	scratch_fill("served/big", 2 * 1024 * 1024, 1);
	server_start(&server, NULL);
	terminal_start(&terminal, server.port,
	    HERE_LIST("--limit-rate=1M", "--progress", "none"), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "big\r");
	while (here_find_part("here", part) == 0)
		terminal_look(&terminal);
	terminal_resize(&terminal, 12, 40);
	terminal_await(&terminal, "-> newbig");
	terminal_await_prompt(&terminal, "fileget> ");
	leave(0);
	sum_expect_files("here/newbig", "served/big");
	server_stop(&server);
}
END_TEST

Suite *
prompt_screen_suite(void)
{
	Suite *suite = suite_create("prompt_screen");
	TCase *tcase;

	tcase = harness_case(suite, "interrupts", 60);
	tcase_add_test(tcase, a_line_is_dropped);
	tcase_add_loop_test(tcase, a_download_is_ended, 0,
	    (int)HARNESS_ROWS(after_interrupt));
	tcase_add_test(tcase, downloads_go_on_after_an_interrupt);
	tcase_add_loop_test(tcase, other_signals_end_at_once, 0,
	    (int)HARNESS_ROWS(endings));
	tcase = harness_case(suite, "stops", 60);
	tcase_add_test(tcase, a_line_is_drawn_again);
	tcase_add_loop_test(tcase, a_quit_leaves_the_terminal_usable, 0, 2);
	tcase_add_test(tcase, a_question_is_drawn_again_without_an_editor);
	tcase_add_test(tcase, a_download_goes_on);
	tcase = harness_case(suite, "sizes", 60);
	tcase_add_loop_test(tcase, lines_fit_the_terminal, 0,
	    (int)HARNESS_ROWS(sizes));
	tcase_add_test(tcase, tab_lists_in_columns);
	tcase_add_test(tcase, tab_lists_below_a_long_line);
	tcase_add_loop_test(tcase, another_size, 0, 2);
	tcase_add_test(tcase, another_size_in_a_download);
	return suite;
}
