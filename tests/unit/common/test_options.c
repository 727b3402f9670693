/*
 * Options: what a command line and a variable set together, which of them
 * yields, and the line that names a mistake.
 */

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "tests/unit/unit.h"

enum {
	ARGUMENTS = 8, /* at most, with the program and the end */
};

struct settings {
	bool loud, quiet, list;
	int jobs, maybe;
	int calls, added;
	uint64_t rate;
	int64_t wait;
	const char *folder, *output;
	enum {
		RED,
		GREEN
	} color;
};

static int
count_call(void *settings, const char *value, char *error)
{
	((struct settings *)settings)->calls++;
	if (strcmp(value, "bad") != 0)
		return 0;
	snprintf(error, OPTIONS_ROW_ERROR, "'%s' is not good", value);
	return -1;
}

static int
count_added(void *settings, const char *value, char *error)
{
	(void)value;
	(void)error;
	((struct settings *)settings)->added++;
	return 0;
}

#define MEMBER(name) .member = offsetof(struct settings, name)

static const struct options_row rows[] = {
    {'v', "loud", OPTIONS_ON, MEMBER(loud)},
    {'q', "quiet", OPTIONS_ON, MEMBER(quiet)},
    {'l', "list", OPTIONS_ON, MEMBER(list), .once = true},
    {'j', "jobs", OPTIONS_NUMBER, MEMBER(jobs), 1, 64},
    {0, "rate", OPTIONS_SIZE, MEMBER(rate), 1},
    {0, "wait", OPTIONS_TIME, MEMBER(wait), 0, 60},
    {'P', "folder", OPTIONS_TEXT, MEMBER(folder)},
    {'o', "output", OPTIONS_TEXT, MEMBER(output), .once = true},
    {0, "color", OPTIONS_WORD, MEMBER(color), .words = "red, green"},
    {0, "maybe", OPTIONS_MAYBE, MEMBER(maybe), .words = "one, two"},
    {0, "call", OPTIONS_CALL, .read_value = count_call},
    {0, "add", OPTIONS_CALL, .read_value = count_added, .adds = true},
    {'V', "version", OPTIONS_SHOW, .words = "1\n"},
};

static const struct options_rule rules[] = {
    {"-o", "-P"},
    {"-l", "-j --rate"},
    {"-q", "-v"},
};

static struct settings settings;
static struct options options;
static char text[OPTIONS_LINE];

static void
setup(void)
{
	settings = (struct settings){.jobs = 1};
	options = (struct options){
	    .rows = rows,
	    .n = UNIT_ROWS(rows),
	    .rules = rules,
	    .n_rules = UNIT_ROWS(rules),
	    .settings = &settings,
	};
}

/* Reads the command line, and then the variable. Returns the result of the
 * first that fails. */
static int
read_both(const char *const *arguments, const char *variable)
{
	char *argv[ARGUMENTS] = {(char *)"program"};
	int argc = 1, result;

	for (; *arguments != NULL; arguments++)
		argv[argc++] = (char *)*arguments;
	ck_assert_int_eq(setenv("TEST_OPTIONS", variable, 1), 0);
	optind = 0;
	result = options_read(&options, argc, argv);
	ck_assert_int_eq(optind, argc);
	if (result == 0)
		result = options_read_variable(&options, "TEST_OPTIONS", text);
	ck_assert_int_eq(optind, argc);
	return result;
}

static void
describe(char *line, size_t size)
{
	snprintf(line, size, "%s%s%sj%d r%d w%d c%d%s%s%s%s%s",
	    settings.loud ? "loud " : "", settings.quiet ? "quiet " : "",
	    settings.list ? "list " : "", settings.jobs, (int)settings.rate,
	    (int)(settings.wait / 1000000000), settings.calls,
	    settings.folder == NULL ? "" : " P=",
	    settings.folder == NULL ? "" : settings.folder,
	    settings.output == NULL ? "" : " o=",
	    settings.output == NULL ? "" : settings.output,
	    settings.color == GREEN ? " green" : "");
}

/* The command line comes first: the variable sets the rest, but nothing that
 * the command line excludes. */
static const struct {
	const char *row;
	const char *arguments[ARGUMENTS];
	const char *variable, *described;
} good[] = {
    {"neither", {NULL}, "", "j1 r0 w0 c0"},
    {"blanks", {NULL}, " \t\n ", "j1 r0 w0 c0"},
    {"all kinds", {NULL},
	"-v -j 3 --rate=2k --wait 5 -Pdir --color green --call x",
	"loud j3 r2048 w5 c1 P=dir green"},
    {"shortened names", {NULL}, "--lou --job 2", "loud j2 r0 w0 c0"},
    {"the last one counts", {NULL}, "-j 2 -j3", "j3 r0 w0 c0"},
    {"a row of blanks", {NULL}, "  -v \t -j\n2 ", "loud j2 r0 w0 c0"},
    {"the command line wins", {"-j", "4", "--call", "x"},
	"-j 3 --rate 5 --call x --call y", "j4 r5 w0 c1"},
    {"-q takes -v back", {"-q"}, "-v -j 2", "quiet j2 r0 w0 c0"},
    {"-v takes -q back", {"-v"}, "-q", "loud j1 r0 w0 c0"},
    {"-l takes others back", {"-l"}, "-j 2 --rate 5 -v",
	"loud list j1 r0 w0 c0"},
    {"-o takes -P back", {"-o", "f"}, "-P d", "j1 r0 w0 c0 o=f"},
    {"one of an excluded pair", {"-q"}, "-v --wait 3", "quiet j1 r0 w3 c0"},
    {"the end of options", {NULL}, "-v --", "loud j1 r0 w0 c0"},
};

START_TEST(test_together)
{
	char line[256];

	ck_assert_msg(read_both(good[_i].arguments, good[_i].variable) == 0,
	    "%s: %s", good[_i].row, options.error);
	describe(line, sizeof(line));
	ck_assert_msg(strcmp(line, good[_i].described) == 0, "%s: %s",
	    good[_i].row, line);
	ck_assert_ptr_null(options.source);
}
END_TEST

static const struct {
	const char *row;
	const char *arguments[ARGUMENTS];
	const char *variable, *error;
} wrong[] = {
    {"unknown", {NULL}, "--nothing", "TEST_OPTIONS: unknown option --nothing"},
    {"unknown letter", {NULL}, "-vx", "TEST_OPTIONS: unknown option -x"},
    {"no value", {NULL}, "--jobs", "TEST_OPTIONS: --jobs needs a value"},
    {"a value too many", {NULL}, "--loud=1",
	"TEST_OPTIONS: --loud takes no value"},
    {"a wrong number", {NULL}, "-v -j 4x",
	"TEST_OPTIONS: --jobs: '4x' is invalid (1 to 64)"},
    {"a wrong time", {NULL}, "--wait 61",
	"TEST_OPTIONS: --wait: '61' is too large (0 to 60, in seconds)"},
    {"no rate", {NULL}, "--rate 0",
	"TEST_OPTIONS: --rate: with 0 a download would never end; without this "
	"option there is no limit"},
    {"a wrong word", {NULL}, "--color blue",
	"TEST_OPTIONS: --color: 'blue' is not one of: red, green"},
    {"a call", {NULL}, "--call bad", "TEST_OPTIONS: --call: 'bad' is not good"},
    {"wrong though it yields", {"-j", "2"}, "-j 99",
	"TEST_OPTIONS: --jobs: '99' is too large (1 to 64)"},
    {"an operand", {NULL}, "-v host -q",
	"TEST_OPTIONS: 'host' is not an option"},
    {"an operand at the end", {NULL}, "-v -- -q",
	"TEST_OPTIONS: '-q' is not an option"},
    {"for one command", {NULL}, "-o f",
	"TEST_OPTIONS: output is for one command and cannot be a default"},
    {"for one command, a letter", {NULL}, "-lv",
	"TEST_OPTIONS: list is for one command and cannot be a default"},
    {"the version", {NULL}, "-V",
	"TEST_OPTIONS: version is for one command and cannot be a default"},
    {"quotes", {NULL}, "-P 'a b'",
	"TEST_OPTIONS: ''a': quotes and backslashes are not understood here"},
    {"a backslash", {NULL}, "-P a\\ b",
	"TEST_OPTIONS: 'a\\': quotes and backslashes are not understood here"},
    {"a pair", {NULL}, "-q -v", "TEST_OPTIONS: -q and -v exclude each other"},
    {"a pair on the command line", {"-q", "-v"}, "",
	"-q and -v exclude each other"},
};

START_TEST(test_wrong)
{
	ck_assert_msg(read_both(wrong[_i].arguments, wrong[_i].variable) == -1,
	    "%s", wrong[_i].row);
	ck_assert_msg(strcmp(options.error, wrong[_i].error) == 0, "%s: %s",
	    wrong[_i].row, options.error);
}
END_TEST

/* A variable that is too long is refused as a whole. */
START_TEST(test_long)
{
	char variable[2 * OPTIONS_LINE];
	size_t i;

	memset(variable, ' ', sizeof(variable));
	variable[OPTIONS_LINE - 1] = '\0';
	ck_assert_int_eq(read_both((const char *const[]){NULL}, variable), 0);
	variable[OPTIONS_LINE - 1] = ' ';
	variable[OPTIONS_LINE] = '\0';
	ck_assert_int_eq(read_both((const char *const[]){NULL}, variable), -1);
	ck_assert_str_eq(options.error, "TEST_OPTIONS: longer than 4095 bytes");

	setup();
	for (i = 0; i < OPTIONS_WORDS; i++)
		memcpy(variable + 3 * i, "-v ", 3);
	variable[3 * i] = '\0';
	ck_assert_int_eq(read_both((const char *const[]){NULL}, variable), 0);
	memcpy(variable + 3 * i, "-v", 3);
	ck_assert_int_eq(read_both((const char *const[]){NULL}, variable), -1);
	ck_assert_str_eq(options.error, "TEST_OPTIONS: more than 256 words");
	ck_assert_int_eq(unsetenv("TEST_OPTIONS"), 0);
	ck_assert_int_eq(options_read_variable(&options, "TEST_OPTIONS", text),
	    0);
}
END_TEST

/* A withheld option is read, but not set. */
START_TEST(test_withhold)
{
	char *argv[] = {(char *)"program", NULL};

	ck_assert_int_eq(setenv("TEST_OPTIONS", "-v --rate 5 -j 2", 1), 0);
	optind = 0;
	ck_assert_int_eq(options_read(&options, 1, argv), 0);
	options_withhold(&options, "--rate --loud");
	ck_assert_int_eq(options_read_variable(&options, "TEST_OPTIONS", text),
	    0);
	ck_assert(!settings.loud && settings.rate == 0 && settings.jobs == 2);
}
END_TEST

/* A value that may be left out. */
START_TEST(test_maybe)
{
	ck_assert_int_eq(read_both((const char *const[]){NULL}, "--maybe"), 0);
	ck_assert_int_eq(settings.maybe, 1);
	setup();
	ck_assert_int_eq(options_set_default(&options, "maybe", NULL), 0);
	ck_assert_int_eq(settings.maybe, 1);
	ck_assert_int_eq(options_set_default(&options, "maybe", "two"), 0);
	ck_assert_int_eq(settings.maybe, 3);
	ck_assert_int_eq(options_set_default(&options, "maybe", "no"), -1);
	ck_assert_str_eq(options.error,
	    "--maybe: 'no' is not one of: one, two");
	ck_assert_int_eq(settings.maybe, 3);
}
END_TEST

/* Some add to those of the command line, unless these exclude them. */
START_TEST(test_adding)
{
	ck_assert_int_eq(read_both((const char *const[]){"--add=a", NULL},
			     "--add b --add c"),
	    0);
	ck_assert_int_eq(options_set_default(&options, "add", "d"), 0);
	ck_assert_int_eq(settings.added, 4);
	options_withhold(&options, "--add");
	ck_assert_int_eq(options_set_default(&options, "add", "e"), 0);
	ck_assert_int_eq(settings.added, 4);
}
END_TEST

/* Defaults of a second source yield to those of the first. */
START_TEST(test_sources)
{
	ck_assert_int_eq(read_both((const char *const[]){"-j2", NULL},
			     "-v --wait 3"),
	    0);
	ck_assert_int_eq(options_set_default(&options, "quiet", NULL), 0);
	ck_assert_int_eq(options_set_default(&options, "jobs", "5"), 0);
	ck_assert_int_eq(options_set_default(&options, "wait", "4"), 0);
	ck_assert_int_eq(options_set_default(&options, "rate", "7"), 0);
	ck_assert_int_eq(options_end_defaults(&options), 0);
	ck_assert(settings.loud && !settings.quiet && settings.jobs == 2);
	ck_assert_int_eq(settings.wait, INT64_C(3000000000));
	ck_assert_uint_eq(settings.rate, 7);
}
END_TEST

Suite *
options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = unit_case(suite, "options");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_together, 0, (int)UNIT_ROWS(good));
	tcase_add_loop_test(tcase, test_wrong, 0, (int)UNIT_ROWS(wrong));
	tcase_add_test(tcase, test_long);
	tcase_add_test(tcase, test_withhold);
	tcase_add_test(tcase, test_sources);
	tcase_add_test(tcase, test_adding);
	tcase_add_test(tcase, test_maybe);
	return suite;
}
