/* Tells every lie to every way of running fileget, then to controls, which must
 * fail. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "common/clock.h"
#include "tests/attack/client_suites.h"
#include "tests/attack/siege.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"

/* Returns the number of lies told at the same time. */
static size_t
at_once(void)
{
	return attack_is_full() ? 3 : 9;
}

/* ---- all of them -------------------------------------------------------- */

static struct siege *sieges;

static void
begin_all(const struct lie *lie, struct siege *first)
{
	size_t i;

	for (i = 0; i < siege_ways_n; i++)
		siege_begin(&first[i], lie, &siege_ways[i]);
}

/* Returns the number of sieges that did not hold. */
static unsigned
end_all(struct siege *first, char *why, size_t size)
{
	unsigned failed = 0;
	struct siege *siege;

	for (siege = first; siege < first + siege_ways_n; siege++) {
		siege_end(siege);
		if (siege->verdict.held)
			continue;
		if (failed++ == 0)
			why[0] = '\0';
		strlcat(why, siege->way->row, size);
		strlcat(why, ": ", size);
		strlcat(why, siege->verdict.why, size);
		strlcat(why, "\n", size);
	}
	return failed;
}

START_TEST(told_in_every_way)
{
	size_t first = (size_t)_i * at_once(), n, i;
	unsigned failed = 0;
	char why[1500], all[4000] = "";

	n = lies_n - first < at_once() ? lies_n - first : at_once();
	siege_prepare();
	sieges = calloc(n * siege_ways_n, sizeof(*sieges));
	ck_assert_ptr_nonnull(sieges);
	for (i = 0; i < n; i++)
		begin_all(&lies[first + i], sieges + i * siege_ways_n);
	for (i = 0; i < n; i++) {
		if (end_all(sieges + i * siege_ways_n, why, sizeof(why)) == 0)
			continue;
		failed++;
		strlcat(all, lies[first + i].row, sizeof(all));
		strlcat(all, ":\n", sizeof(all));
		strlcat(all, why, sizeof(all));
	}
	free(sieges);
	ck_assert_msg(failed == 0, "%s", all);
}
END_TEST

/* ---- at a terminal ------------------------------------------------------ */

static const struct {
	const char *lie;
	const char *args[4];
	const char *keys; /* typed at the prompt; NULL: no prompt */
	bool shows;	  /* the word appears, within an escaped sequence */
} shown[] = {
    {"orders in a message", {"f"}, NULL, true},
    {"orders in a message", {"-v", "-j3", "f", "g"}, NULL, true},
    {"orders in a message", {"-r", "t"}, NULL, true},
    {"orders in a message", {"-l"}, NULL, true},
    {"orders in a message", {"--json", "f"}, NULL, true},
    {"orders in a message", {"t/*"}, NULL, true},
    {"orders in a message", {NULL}, "f\n\n", true},
    {"orders from one that is busy", {"--retry=0", "f"}, NULL, true},
    {"orders in the name of a file", {"-l", "t"}, NULL, true},
    {"orders in the name of a file", {"-lr"}, NULL, true},
    {"orders in the name of a file", {"-lr", "--json"}, NULL, true},
    {"orders in the name of a folder", {"-r", "t"}, NULL, true},
    {"orders in the name of a file", {NULL}, "ls t\n\n", true},
    {"orders in the name of a file", {NULL}, "t/\t\t\n\n", false},
    {"orders in the name of a folder", {NULL}, "cd t\nls\n\n", true},
    {"orders in the name of a folder", {NULL}, "cd t/\t\t\n\n", false},
};

/* Nothing of them is there as it was sent. */
static void
expect_not_obeyed(struct terminal *terminal, const char *row)
{
	static const char *const orders[] = {"\033]0;", "\007", "\033[2J",
	    "\302\233", "\r\b", "\177"};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(orders); i++)
		ck_assert_msg(!terminal_shows(terminal, orders[i]),
		    "%s: order %zu is obeyed", row, i);
}

static struct terminal terminal;

START_TEST(shown_at_a_terminal)
{
	struct siege siege = {.lie = lies_find(shown[_i].lie),
	    .way = siege_find_way("fetch")};

	fake_start(&siege.fake, 100, siege_play, &siege);
	terminal_start(&terminal, siege.fake.port, shown[_i].args, NULL);
	if (shown[_i].keys != NULL) {
		terminal_await_prompt(&terminal, "to leave): ");
		terminal_type(&terminal, shown[_i].keys);
	}
	ck_assert_int_ge(terminal_wait(&terminal), 0);
	fake_stop(&siege.fake);
	ck_assert_msg(!shown[_i].shows || terminal_shows(&terminal, LIES_WORD),
	    "%s: not shown at all: %s", shown[_i].lie, terminal.text);
	expect_not_obeyed(&terminal, shown[_i].lie);
}
END_TEST

/* The Tab key sends a request: the prompt must come back after any reply;
 * Ctrl-C must end a dripping one, and another one the program. */
static const struct {
	const char *lie;
	const char *keys;
} asked_by_tab[] = {
    {"silence", "\025\n"},
    {"a message without end", "\025\n"},
    {"entries without end", "\025\n"},
    {"empty pages without end", "\025\n"},
    {"pages that go round", "\025\n"},
    {"a listing of 2^56 - 1", "\025\n"},
    {"a name of 65,535", "\025\n"},
    {"a byte, and a reset", "\025\n"},
    {"a listing, dripping", "\003"},
};

static bool
was_asked(void *argument)
{
	const struct siege *siege = argument;

	return atomic_load(&siege->fake.asks) > 1;
}

/* Tells the truth when the prompt starts, and lies afterwards. */
static void
play_behind_the_start(struct fake *fake)
{
	struct fake_asked asked;

	if (fake->connection == 0 &&
	    (!fake_ask(fake, &asked) ||
		!truth_tell(fake, &asked, TRUTH_SIZE, NULL)))
		return;
	siege_play(fake);
}

START_TEST(asked_for_by_tab)
{
	struct siege siege = {.lie = lies_find(asked_by_tab[_i].lie),
	    .way = siege_find_way("fetch")};
	int code;

	fake_start(&siege.fake, 100, play_behind_the_start, &siege);
	terminal_start(&terminal, siege.fake.port,
	    HERE_LIST("--timeout=2", "--retry=0"), NULL);
	terminal_await_prompt(&terminal, "to leave): ");
	terminal_type(&terminal, "t/\t");
	ck_assert(wait_until(was_asked, &siege, WAIT_LIMIT));
	terminal_type(&terminal, asked_by_tab[_i].keys);
	if (asked_by_tab[_i].keys[0] == '\003') {
		terminal_await(&terminal, "Ctrl-C again leaves");
		terminal_type(&terminal, asked_by_tab[_i].keys);
	}
	code = terminal_wait(&terminal);
	ck_assert_int_eq(code, asked_by_tab[_i].keys[0] == '\003' ? 130 : 0);
	fake_stop(&siege.fake);
}
END_TEST

/* ---- the controls ------------------------------------------------------- */

/* Time limit of a control, which may never end by itself. */
#define CONTROL_LIMIT (5 * CLOCK_SEC)

enum {
	CONTROL_MEMORY = 65 * 1024, /* KiB */
};

static const struct {
	const char *control;
	const char *lie;
	const char *way;
} controls[] = {
    {"digest", "another byte", "fetch"},
    {"discard", "another byte", "fetch"},
    {"escape", "orders in a message", "fetch"},
    {"names", "a folder ..", "hidden tree"},
    {"patience", "silence", "fetch"},
    {"space", "10 TB", "fetch"},
    {"memory", "folders without end", "tree"},
};

/* Returns whether the control exceeded its memory limit or ended. */
static bool
has_grown(void *argument)
{
	const struct siege *siege = argument;

	return program_ended(&siege->client) ||
	    program_memory(&siege->client, "VmHWM:") > CONTROL_MEMORY;
}

START_TEST(told_to_a_control)
{
	static struct siege siege;

	/* Sanitizers use memory of their own. */
	if (HARNESS_SLOW && strcmp(controls[_i].control, "memory") == 0)
		return;
	siege_prepare();
	harness_use(&harness_fileget, "control", controls[_i].control);
	siege_begin(&siege, lies_find(controls[_i].lie),
	    siege_find_way(controls[_i].way));
	siege.limit = CONTROL_LIMIT;
	/* An interrupted way ends when interrupted. */
	if (siege.lie->is_endless) {
		(void)wait_until(has_grown, &siege, WAIT_LIMIT);
		siege.began -= CONTROL_LIMIT;
	}
	siege_end(&siege);
	ck_assert_msg(!siege.verdict.held, "it holds without its defence '%s'",
	    controls[_i].control);
	attack_say("control", "without %s: %.100s", controls[_i].control,
	    siege.verdict.why);
}
END_TEST

Suite *
server_lies_suite(void)
{
	Suite *suite = suite_create("server_lies");
	TCase *tcase;

	tcase = harness_case(suite, "lies", 180);
	tcase_add_loop_test(tcase, told_in_every_way, 0,
	    (int)((lies_n + at_once() - 1) / at_once()));
	tcase = harness_case(suite, "terminal", 120);
	tcase_add_loop_test(tcase, shown_at_a_terminal, 0,
	    (int)HARNESS_ROWS(shown));
	tcase_add_loop_test(tcase, asked_for_by_tab, 0,
	    (int)HARNESS_ROWS(asked_by_tab));
	tcase = harness_case(suite, "controls", 120);
	tcase_add_loop_test(tcase, told_to_a_control, 0,
	    (int)HARNESS_ROWS(controls));
	return suite;
}
