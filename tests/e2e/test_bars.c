/*
 * The screen during and after a transfer, on terminals of several sizes: its
 * rows, not the bytes that were written. The servers
 * are slow, or stall until the test lets them go on.
 */

#include <sys/stat.h>

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/harness/fake.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

static struct attempt attempt;
static struct terminal terminal;
static struct program client;
static struct server server;
static struct fake fake;
static atomic_bool goes_on; /* the server no longer stalls */

/* Waits until the test lets the server go on. */
static bool
stall(struct fake *of)
{
	while (!atomic_load(&goes_on))
		if (!fake_pause(of, 20 * CLOCK_MS))
			return false;
	return true;
}

/* Sends half of the file, stalls, and sends the rest. */
static void
play_stalling(struct fake *of)
{
	const struct attempt *argument = of->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(of, &asked))
		return;
	reply = fake_build_reply(&argument->file, 0, &len);
	if (fake_send(of, reply, len / 2) && stall(of))
		fake_send(of, reply + len / 2, len - len / 2);
	free(reply);
}

/* Returns whether a part file has half of the file. */
static bool
has_part(void *argument)
{
	char found[NAME_MAX + 1], name[NAME_MAX + 16];
	struct stat st;

	(void)argument;
	if (here_find_part("here", found) != 1)
		return false;
	snprintf(name, sizeof(name), "here/%s", found);
	return fstatat(scratch_fd(), name, &st, 0) == 0 &&
	    (uint64_t)st.st_size > attempt.file.size / 3;
}

static unsigned
count_rows(struct terminal *of)
{
	return program_lines(screen_text(&of->screen));
}

/* ---- one file ------------------------------------------------------------ */

static const struct {
	unsigned short rows, columns;
	enum screen_kind kind;
	const char *env;
	bool is_short;
} sizes[] = {
    {24, 80, SCREEN_CUTS, NULL, false},
    {12, 40, SCREEN_CUTS, NULL, true},
    {12, 40, SCREEN_WRAPS, "NO_COLOR=1", true},
    {50, 200, SCREEN_WRAPS, NULL, false},
    {6, 24, SCREEN_CUTS, NULL, true},
};

/* Nothing comes: this is told within a second, the time left goes, and no more
 * than one row is in use. */
START_TEST(a_stall_is_seen)
{
	const char *word = sizes[_i].columns < 40 ? "stalled 2" : "stalled 2 s";
	int64_t began = clock_now();
	unsigned row;

	attempt_prepare(&attempt, 0);
	atomic_store(&goes_on, false);
	fake_start(&attempt.fake, 1, play_stalling, &attempt);
	terminal_start_sized(&terminal, attempt.fake.port, HERE_LIST("f"),
	    sizes[_i].env, sizes[_i].kind, sizes[_i].rows, sizes[_i].columns);
	if (sizes[_i].columns >= 40)
		(void)terminal_await_row(&terminal,
		    sizes[_i].is_short ? "% " : "%  ");
	if (sizes[_i].columns < 40) {
		/* There is room for the share and the sizes. */
		row = terminal_await_row(&terminal, "49% ");
	} else {
		row = terminal_await_row(&terminal, word);
		/* It began to be told a second before. */
		ck_assert_int_ge(clock_now() - began, 2 * CLOCK_SEC);
		ck_assert_ptr_nonnull(strstr(terminal.text, "stalled 1 s"));
	}
	ck_assert_ptr_null(strstr(screen_row(&terminal.screen, row), "left"));
	ck_assert_uint_eq(row, 0);
	ck_assert_uint_eq(count_rows(&terminal), 1);
	ck_assert((screen_count_reverse(&terminal.screen, row) > 0) ==
	    (sizes[_i].env == NULL));
	atomic_store(&goes_on, true);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	fake_stop(&attempt.fake);
	ck_assert_uint_eq(terminal.screen.unknown, 0);
	ck_assert_ptr_eq(strstr(screen_text(&terminal.screen), "f -> newf  "),
	    screen_text(&terminal.screen));
}
END_TEST

/* Sends half of the file and ends the connection; the next one stalls, and then
 * has it all. */
static void
play_broken(struct fake *of)
{
	const struct attempt *argument = of->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (of->connection > 0) {
		if (stall(of))
			fake_serve(of, &argument->file);
		return;
	}
	if (!fake_ask(of, &asked))
		return;
	reply = fake_build_reply(&argument->file, 0, &len);
	(void)fake_send(of, reply, len / 2);
	free(reply);
}

/* The bar goes on below the message while nothing is connected. */
START_TEST(waiting_to_reconnect)
{
	unsigned row;

	attempt_prepare(&attempt, 0);
	atomic_store(&goes_on, false);
	fake_start(&attempt.fake, 2, play_broken, &attempt);
	terminal_start(&terminal, attempt.fake.port, HERE_LIST("f"), NULL);
	row = terminal_await_row(&terminal, "stalled 2 s");
	ck_assert_uint_ge(row, 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "trying again"), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "%"), 1);
	atomic_store(&goes_on, true);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	fake_stop(&attempt.fake);
	ck_assert_uint_eq(screen_count(&terminal.screen, "f -> newf  "), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "%"), 0);
}
END_TEST

static const struct {
	unsigned short rows, columns;
} changes[] = {{24, 40}, {12, 100}, {5, 30}, {24, 12}, {24, 80}, {24, 200}};

/* Whatever a terminal makes of rows that became too wide, nothing of them is
 * left; -v has a row more. */
START_TEST(another_size)
{
	bool verbose = _i >= 2;
	size_t i;

	attempt_prepare(&attempt, 0);
	atomic_store(&goes_on, false);
	fake_start(&attempt.fake, 1, play_stalling, &attempt);
	terminal_start_sized(&terminal, attempt.fake.port,
	    verbose ? HERE_LIST("-v", "f") : HERE_LIST("f"), NULL,
	    _i % 2 == 0 ? SCREEN_CUTS : SCREEN_WRAPS, 24, 80);
	(void)terminal_await_row(&terminal, "stalled");
	for (i = 0; i < HARNESS_ROWS(changes); i++) {
		terminal_resize(&terminal, changes[i].rows, changes[i].columns);
		terminal.seen = terminal.len;
		/* Two drawings later the first is complete. */
		terminal_await(&terminal, "\033[J");
		terminal_await(&terminal, "\033[J");
		ck_assert_msg(count_rows(&terminal) == (verbose ? 2 : 1),
		    "%u x %u:\n%s", changes[i].rows, changes[i].columns,
		    screen_text(&terminal.screen));
	}
	atomic_store(&goes_on, true);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	fake_stop(&attempt.fake);
	ck_assert_uint_eq(count_rows(&terminal), 1);
}
END_TEST

/* Names with characters of 2, 3 and 4 bytes and of 1 or 2 columns, and two that
 * exceed the bytes saved of a name. */
#define WIDE	"\346\227\245\346\234\254\350\252\236"
#define GREEK	"\316\261\316\262\316\263\316\264\316\265\316\266"
#define SMILE	"\360\237\230\200\360\237\230\201"
#define GREEK_5 GREEK GREEK GREEK GREEK GREEK

static const struct {
	const char *row;
	const char *name;
	unsigned short columns;
	const char *env;
} names[] = {
    {"greek", GREEK GREEK, 20, "LC_ALL=C.UTF-8"},
    {"greek, C", GREEK GREEK, 60, "LC_ALL=C"},
    {"no colour", GREEK GREEK, 60, "NO_COLOR=1"},
    {"wide", WIDE WIDE WIDE, 58, "LC_ALL=C.UTF-8"},
    {"wide, a column less", WIDE WIDE WIDE, 57, "LC_ALL=C.UTF-8"},
    {"smiles", SMILE SMILE SMILE SMILE, 60, "LC_ALL=C"},
    {"no UTF-8", "\377\316\377\316\377\316\377\316", 60, "LC_ALL=C"},
    {"long", "x" GREEK_5 GREEK_5 GREEK_5 GREEK_5 "/" GREEK, 300, "LC_ALL=C"},
    {"longer", GREEK_5 GREEK_5 GREEK_5 GREEK_5 "/" GREEK_5, 300, "LC_ALL=C"},
    {"one column", GREEK, 1, "LC_ALL=C.UTF-8"},
    {"no columns known", GREEK, 0, "LC_ALL=C.UTF-8"},
};

/* Regression: a row that did not fit was cut inside a character, or wrapped, so
 * that each drawing left a row. */
START_TEST(names_of_any_width)
{
	unsigned i;

	attempt_prepare(&attempt, 0);
	atomic_store(&goes_on, false);
	fake_start(&attempt.fake, 1, play_stalling, &attempt);
	terminal_start_narrow(&terminal, attempt.fake.port,
	    HERE_LIST("-o", "x", names[_i].name), names[_i].env,
	    names[_i].columns);
	for (i = 0; i < 5; i++)
		terminal_await(&terminal, "\033[J");
	ck_assert_msg(count_rows(&terminal) == (names[_i].columns != 1),
	    "%s:\n%s", names[_i].row, screen_text(&terminal.screen));
	/* No byte of half a character. */
	ck_assert_uint_eq(screen_count(&terminal.screen, "?"), 0);
	atomic_store(&goes_on, true);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	fake_stop(&attempt.fake);
}
END_TEST

/* A name that does not exist yet is waited for, and it is told how many names
 * are here. */
START_TEST(waiting_for_a_name)
{
	unsigned row;

	scratch_text("served/f", "f");
	server_start(&server, NULL);
	terminal_start(&terminal, server.port,
	    HERE_LIST("--wait", "60", "f", "g"), NULL);
	row = terminal_await_row(&terminal, "waiting");
	while (
	    strstr(screen_row(&terminal.screen, row), "1 of 2 files") == NULL) {
		terminal_await(&terminal, "\033[J");
		row = terminal_await_row(&terminal, "1 of 2 files");
	}
	scratch_text("served/g", "g");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert_uint_eq(screen_count(&terminal.screen, "2 files, 2 B"), 1);
	server_stop(&server);
}
END_TEST

/* ---- many files ---------------------------------------------------------- */

/* Expects that no drawing tells more than there is, or less than the one
 * before, and that all tell so many files. There are no colours. */
static void
expect_figures(const char *text, unsigned files)
{
	unsigned percent, before = 0, n = 0, all;
	const char *at = text;
	char what[16];

	while ((at = strstr(at, "%  ")) != NULL) {
		while (at > text && at[-1] >= '0' && at[-1] <= '9')
			at--;
		ck_assert_int_eq(sscanf(at, "%u%%", &percent), 1);
		ck_assert_msg(percent <= 100 && percent >= before,
		    "%u after %u", percent, before);
		before = percent;
		n++;
		at = strstr(at, "  ");
	}
	ck_assert_uint_gt(n, 3);
	ck_assert_uint_gt(before, 50);
	/* Fewer while the folders are being listed. */
	for (at = text; (at = strstr(at, " of ")) != NULL; at++)
		if (sscanf(at, " of %u%15s", &all, what) == 2 &&
		    (strncmp(what, "files", 5) == 0 || what[0] == '+'))
			ck_assert_msg(all == files ||
				(all < files && what[0] == '+'),
			    "%.60s", at);
}

/* Regression: with -j the bar stayed at one name; -r counted folders. */
START_TEST(all_of_a_tree)
{
	char name[32];
	unsigned i;

	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "served/t/%u/d/f", i);
		tree_fill(name, 500000, i + 1);
	}
	server_start(&server, HERE_LIST("--limit-rate", "1M"));
	terminal_start(&terminal, server.port,
	    _i == 0 ? HERE_LIST("-r", "t") : HERE_LIST("-r", "-j4", "t"),
	    "NO_COLOR=1");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	server_stop(&server);
	expect_figures(terminal.text, 8);
	ck_assert(terminal_shows(&terminal, " of 3.8 MiB  "));
	ck_assert(terminal_shows(&terminal, " left"));
	/* No line for a file; only the totals stay. */
	ck_assert_uint_eq(count_rows(&terminal), 1);
	ck_assert_ptr_eq(strstr(screen_row(&terminal.screen, 0),
			     "8 files, 3.8 MiB in "),
	    screen_row(&terminal.screen, 0));
	tree_expect_same("here/newt", "served/t", "all of it");
}
END_TEST

/* Pieces of one file over several connections. */
START_TEST(all_pieces)
{
	scratch_fill("served/f", 80 << 20, 1);
	server_start(&server, HERE_LIST("--limit-rate", "20M"));
	terminal_start(&terminal, server.port, HERE_LIST("-j4", "f"),
	    "NO_COLOR=1");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	server_stop(&server);
	ck_assert(terminal_shows(&terminal, " of 80 MiB  "));
	expect_figures(terminal.text, 1);
	sum_expect_files("here/newf", "served/f");
}
END_TEST

/* -v has a row for each file under way. */
START_TEST(a_row_for_each)
{
	char name[32];
	unsigned i, rows;

	/* Too large to be asked for by one connection at once. */
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "served/t/f%u", i);
		tree_fill(name, 16 << 20, i + 1);
	}
	server_start(&server, HERE_LIST("--limit-rate", "1M"));
	terminal_start_sized(&terminal, server.port,
	    HERE_LIST("-v", "-r", "-j4", "t"), NULL, SCREEN_CUTS, 5, 80);
	/* Two rows at least, and the totals below. */
	while (screen_count(&terminal.screen, " of 16 MiB") < 2)
		terminal_await(&terminal, "\033[J");
	rows = terminal_await_row(&terminal, " files");
	ck_assert_uint_ge(rows, 2);
	ck_assert_ptr_nonnull(
	    strstr(screen_row(&terminal.screen, rows), " of 64 MiB  "));
	ck_assert_ptr_eq(strstr(screen_row(&terminal.screen, rows - 1), "t/f"),
	    screen_row(&terminal.screen, rows - 1));
	ck_assert_int_eq(kill(terminal.pid, SIGINT), 0);
	ck_assert_int_eq(terminal_wait(&terminal), 130);
	ck_assert_uint_eq(screen_count(&terminal.screen, " of 16 MiB"), 0);
	ck_assert_uint_eq(terminal.screen.unknown, 0);
	server_stop(&server);
}
END_TEST

/* The bytes of an earlier run are here, but have not been received. */
START_TEST(continued)
{
	unsigned percent;
	const char *at;

	scratch_fill("served/f", 3 << 20, 1);
	server_start(&server, HERE_LIST("--limit-rate", "1M"));
	terminal_start(&terminal, server.port, HERE_LIST("f"), NULL);
	(void)terminal_await_row(&terminal, "  2.");
	ck_assert_int_eq(kill(terminal.pid, SIGINT), 0);
	ck_assert_int_eq(terminal_wait(&terminal), 130);
	terminal_start(&terminal, server.port, HERE_LIST("f"), "NO_COLOR=1");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	server_stop(&server);
	at = strstr(terminal.text, "%  ");
	ck_assert_ptr_nonnull(at);
	while (at[-1] >= '0' && at[-1] <= '9')
		at--;
	ck_assert_int_eq(sscanf(at, "%u", &percent), 1);
	ck_assert_uint_ge(percent, 60);
	ck_assert(!terminal_shows(&terminal, "0 MiB/s  0:0"));
	sum_expect_files("here/newf", "served/f");
}
END_TEST

/* Answers the first page of a folder, and stalls. */
static void
play_folder(struct fake *of)
{
	struct fake_page page = {.bytes = NULL};
	struct fake_asked asked;

	if (!fake_ask(of, &asked) || !fake_send_stat(of, 0040755, 7) ||
	    !fake_ask(of, &asked))
		return;
	fake_begin_page(&page, 5);
	fake_add_entry(&page, 0100644, "a", 1);
	fake_add_entry(&page, 0100644, "b", 1);
	fake_add_entry(&page, 0040755, "d", 1);
	if (fake_send_page(of, &page))
		(void)stall(of);
}

/* There may be more: a plus tells so, and no time left is guessed. */
START_TEST(a_folder_being_listed)
{
	unsigned row;

	atomic_store(&goes_on, false);
	fake_start(&fake, 1, play_folder, NULL);
	terminal_start(&terminal, fake.port, HERE_LIST("-r", "t"), NULL);
	row = terminal_await_row(&terminal, "  0 of 2+ files");
	ck_assert_ptr_null(strstr(screen_row(&terminal.screen, row), "%"));
	(void)terminal_await_row(&terminal, "waiting 1 s");
	ck_assert_int_eq(kill(terminal.pid, SIGINT), 0);
	ck_assert_int_eq(terminal_wait(&terminal), 130);
	fake_stop(&fake);
	(void)screen_text(&terminal.screen);
	ck_assert_uint_eq(screen_count(&terminal.screen, "not begun"), 2);
}
END_TEST

/* ---- what stays ---------------------------------------------------------- */

/* Failures that have left the screen come again. */
START_TEST(failures_again)
{
	char line[32];
	unsigned i;

	scratch_text("served/f", "f");
	for (i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "missing%u\n", i);
		if (i == 0)
			scratch_text("here/names", line);
		else
			scratch_append("here/names", line);
	}
	scratch_append("here/names", "f\n");
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST("-i", "names"), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	ck_assert_uint_eq(screen_count(&terminal.screen, "once more:"), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "missing0: "), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "missing9: "), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "and 30 more"), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, "1 file, 1 B in "), 1);
	ck_assert_uint_eq(screen_count(&terminal.screen, ", 40 failed"), 1);
	/* Two are on the screen anyway. */
	terminal_start(&terminal, server.port, HERE_LIST("f", "no", "nor"),
	    NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 4);
	ck_assert_uint_eq(count_rows(&terminal), 3);
	server_stop(&server);
}
END_TEST

/* Only what had begun has failed. */
START_TEST(not_begun)
{
	const char *out;

	attempt_prepare(&attempt, 0);
	atomic_store(&goes_on, false);
	fake_start(&attempt.fake, 1, play_stalling, &attempt);
	client_start(&client, attempt.fake.port,
	    HERE_LIST("--json", "f", "g", "h"), NULL);
	ck_assert(wait_until(has_part, NULL, WAIT_LIMIT));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	fake_stop(&attempt.fake);
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: f: interrupted; the same command goes on from what is "
	    "here\nfileget: 2 more names were not begun\n"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
				  " s, 2 not begun, 1 failed\n") != NULL ?
		"" :
		strstr(program_err(&client), "/s, 2 not begun, 1 failed\n"));
	out = program_out(&client);
	ck_assert_ptr_nonnull(strstr(out,
	    "{\"name\":\"f\",\"output\":null,\"status\":\"failed\","
	    "\"exit\":130,"));
	ck_assert_ptr_nonnull(strstr(out,
	    "{\"name\":\"h\",\"output\":null,\"status\":\"not_begun\","
	    "\"exit\":130,"));
}
END_TEST

static const struct {
	const char *row, *option;
	unsigned lines; /* on standard error */
} logs[] = {
    {"as it is", "--progress=auto", 3},
    {"-v", "-v", 43},
    {"-q", "-q", 1},
    {"--json", "--json", 3},
};

/* In a file: the start, the failures and the totals. */
START_TEST(short_logs)
{
	tree_fill_many("served/t", 40);
	server_start(&server, NULL);
	here_get(&client, server.port, 4, logs[_i].row,
	    HERE_LIST("-r", logs[_i].option, "t", "missing"));
	server_stop(&server);
	ck_assert_msg(program_lines(program_err(&client)) == logs[_i].lines,
	    "%s:\n%s", logs[_i].row, program_err(&client));
	if (strcmp(logs[_i].option, "--json") == 0)
		ck_assert_uint_eq(program_lines(program_out(&client)), 41);
	else
		ck_assert_str_eq(program_out(&client), "");
}
END_TEST

/* An object once a second, besides those of the names. */
START_TEST(objects_of_progress)
{
	const char *out, *at;
	unsigned n = 0;

	scratch_fill("served/f", 3000000, 1);
	server_start(&server, HERE_LIST("--limit-rate", "1M"));
	here_get(&client, server.port, 0, "progress",
	    HERE_LIST("--json=progress", "f"));
	server_stop(&server);
	out = program_out(&client);
	for (at = out;
	     (at = strstr(at, "{\"status\":\"progress\",\"here\":")) != NULL;
	     at++)
		n++;
	ck_assert_msg(n >= 1 && n + 1 == program_lines(out), "%s", out);
	ck_assert_ptr_nonnull(
	    strstr(out, "\"all\":3000000,\"all_known\":true,"));
	ck_assert_ptr_nonnull(strstr(out, "\"status\":\"ok\""));
}
END_TEST

Suite *
bars_suite(void)
{
	Suite *suite = suite_create("bars");
	TCase *tcase;

	tcase = harness_case(suite, "one file", 60);
	tcase_add_loop_test(tcase, a_stall_is_seen, 0,
	    (int)HARNESS_ROWS(sizes));
	tcase_add_test(tcase, waiting_to_reconnect);
	tcase_add_loop_test(tcase, another_size, 0, 4);
	tcase_add_loop_test(tcase, names_of_any_width, 0,
	    (int)HARNESS_ROWS(names));
	tcase_add_test(tcase, waiting_for_a_name);
	tcase = harness_case(suite, "many files", 60);
	tcase_add_loop_test(tcase, all_of_a_tree, 0, 2);
	tcase_add_test(tcase, all_pieces);
	tcase_add_test(tcase, a_row_for_each);
	tcase_add_test(tcase, continued);
	tcase_add_test(tcase, a_folder_being_listed);
	tcase = harness_case(suite, "what stays", 60);
	tcase_add_test(tcase, failures_again);
	tcase_add_test(tcase, not_begun);
	tcase_add_loop_test(tcase, short_logs, 0, (int)HARNESS_ROWS(logs));
	tcase_add_test(tcase, objects_of_progress);
	return suite;
}
