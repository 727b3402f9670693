/*
 * Options of fileget that make no sense together: every pair is told apart,
 * whichever comes first on the line, and none of what makes sense is. And
 * those of trees, jobs and sums with operands that do not go with them.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/client_options.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	ARGUMENTS = 12, /* at most, with the program and the end */
};

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct line {
	char *argv[ARGUMENTS];
	int argc;
};

static void
add(struct line *line, const char *argument)
{
	if (argument != NULL)
		line->argv[line->argc++] = (char *)argument;
	line->argv[line->argc] = NULL;
}

/* A value for those that need one. */
static const char *
value_of(const char *option)
{
	static const struct {
		const char *option, *value;
	} values[] = {
	    {"-o", "f"},
	    {"-P", "d"},
	    {"-i", "l"},
	    {"-c", "l"},
	    {"-j", "2"},
	    {"--sha256", HEX},
	    {"--wait", "1"},
	    {"--settle", "1"},
	    {"--limit-rate", "1k"},
	    {"--max-size", "1k"},
	    {"--key", "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE"},
	    {"--ca", "system"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(values); i++)
		if (strcmp(values[i].option, option) == 0)
			return values[i].value;
	return NULL;
}

static void
make_line(struct line *line, const char *first, const char *second,
    const char *name)
{
	line->argc = 0;
	add(line, "fileget");
	add(line, first);
	add(line, value_of(first));
	add(line, second);
	add(line, value_of(second));
	add(line, "h");
	add(line, "80");
	add(line, name);
	/* glibc: another command line begins, see getopt(3). */
	optind = 0;
}

static void
parse_there(void *argument)
{
	struct line *line = argument;
	struct client_options options;
	struct server_list servers;

	client_options_parse(&options, &servers, line->argc, line->argv);
}

/* As the one line names them. */
static const char *const pairs[][2] = {
    {"-o", "-P"},
    {"-o", "-k"},
    {"-o", "-i"},
    {"-o", "-c"},
    {"-l", "-o"},
    {"-l", "-P"},
    {"-l", "-k"},
    {"-l", "-i"},
    {"-l", "-n"},
    {"-l", "-u"},
    {"-l", "-f"},
    {"-l", "-c"},
    {"-l", "--sha256"},
    {"-l", "--wait"},
    {"-l", "--settle"},
    {"-f", "--settle"},
    {"-r", "--settle"},
    {"-l", "-j"},
    {"-l", "--no-resume"},
    {"-l", "--no-verify"},
    {"-l", "--fsync"},
    {"-l", "--max-size"},
    {"-f", "-r"},
    {"-f", "-u"},
    {"-f", "-n"},
    {"-f", "-j"},
    {"-f", "-c"},
    {"-f", "-i"},
    {"-f", "-P"},
    {"-f", "-k"},
    {"-f", "--sha256"},
    {"-f", "--sums"},
    {"-f", "--fsync"},
    {"-f", "--json"},
    {"-r", "-c"},
    {"-r", "--sha256"},
    {"-c", "-i"},
    {"-c", "--sha256"},
    {"--delete", "-i"},
    {"--delete", "-c"},
    {"--delete", "-f"},
    {"--delete", "-l"},
    {"--dry-run", "-f"},
    {"--dry-run", "-l"},
    {"-q", "-v"},
    {"--sums", "--json"},
    {"--plain", "--tls"},
    {"--plain", "--key"},
    {"--plain", "--ca"},
};

START_TEST(test_pairs)
{
	struct child child;
	struct line line;
	char expected[256];
	size_t i, j;

	for (i = 0; i < UNIT_ROWS(pairs); i++) {
		snprintf(expected, sizeof(expected),
		    "%s: %s and %s exclude each other\n"
		    "try 'fileget --help'\n",
		    program_invocation_short_name, pairs[i][0], pairs[i][1]);
		for (j = 0; j < 2; j++) {
			make_line(&line, pairs[i][j], pairs[i][1 - j], "n");
			child_run(&child, parse_there, &line);
			ck_assert_msg(child.code == 2 &&
				strcmp(child.err, expected) == 0,
			    "%s %s: %d, %s", pairs[i][j], pairs[i][1 - j],
			    child.code, child.err);
			ck_assert_str_eq(child.out, "");
		}
	}
}
END_TEST

/* Operands and values that do not go with an option. */
static const struct {
	const char *row;
	const char *arguments[8];
	const char *said;
} wrong[] = {
    {"-o, list of names", {"-o", "f", "h", "80"}, "-o needs exactly one NAME"},
    {"-r -o, two names", {"-ro", ".", "h", "80", "a", "b"},
	"-o needs exactly one NAME"},
    {"-f, no name", {"-f", "h", "80"}, "-f needs exactly one NAME"},
    {"-f, two names", {"-f", "h", "80", "a", "b"}, "-f needs exactly one NAME"},
    {"--lines, no -f", {"--lines", "1", "h", "80", "a"}, "--lines needs -f"},
    {"lines below", {"-f", "--lines", "-1", "h", "80", "a"},
	"--lines: '-1' is too small (0 to 2147483647)"},
    {"-c and names", {"-c", "l", "h", "80", "a"},
	"with -c the names are in its file: 'a' is one too many"},
    {"a pattern without -r", {"--include", "a", "h", "80", "n"},
	"--include and --exclude go with -r or -lr"},
    {"a pattern with -l", {"-l", "--exclude", "a", "h", "80", "n"},
	"--include and --exclude go with -lr"},
    {"--delete without -r", {"--delete", "h", "80", "n"},
	"--delete goes with -r"},
    {"--delete at the prompt", {"-r", "--delete", "h", "80"},
	"--delete needs a NAME (. is the whole share)"},
    {"--dry-run at the prompt", {"--dry-run", "h", "80"},
	"--dry-run needs a NAME, -i or -c"},
    {"no pattern", {"-r", "--exclude", "", "h", "80", "n"},
	"--exclude: '' is not a pattern: it is empty"},
    {"an open bracket", {"-r", "--include", "a[b", "h", "80", "n"},
	"--include: 'a[b' is not a pattern: a '[' without its ']'"},
    {"a backslash", {"-lr", "--exclude", "a\\", "h", "80", "n"},
	"--exclude: 'a\\' is not a pattern: a backslash at the end"},
    {"no jobs", {"-j", "0", "h", "80"}, "--jobs: '0' is too small (1 to 64)"},
    {"jobs above", {"-j", "65", "h", "80"},
	"--jobs: '65' is too large (1 to 64)"},
    {"no rate", {"--limit-rate", "0", "h", "80"},
	"--limit-rate: with 0 a download would never end; without this "
	"option there is no limit"},
    {"rate of letters", {"--limit-rate", "fast", "h", "80"},
	"--limit-rate: 'fast' is not a size (a number, and k, M, G or T)"},
    {"settle below", {"--settle", "-1", "h", "80"},
	"--settle: '-1' is too small (0 to 86400, in seconds)"},
    {"settle is no number", {"--settle", "soon", "h", "80"},
	"--settle: 'soon' is invalid (0 to 86400, in seconds)"},
    {"wait below", {"--wait", "-1", "h", "80"},
	"--wait: '-1' is too small (0 to 86400, in seconds)"},
    {"wait above", {"--wait", "86401", "h", "80"},
	"--wait: '86401' is too large (0 to 86400, in seconds)"},
};

START_TEST(test_wrong)
{
	struct child child;
	char expected[256];
	struct line line;
	size_t i, j;

	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		line.argc = 0;
		add(&line, "fileget");
		for (j = 0; wrong[i].arguments[j] != NULL; j++)
			add(&line, wrong[i].arguments[j]);
		optind = 0;
		child_run(&child, parse_there, &line);
		snprintf(expected, sizeof(expected),
		    "%s: %s\ntry 'fileget --help'\n",
		    program_invocation_short_name, wrong[i].said);
		ck_assert_msg(child.code == 2 &&
			strcmp(child.err, expected) == 0,
		    "%s: %d, %s", wrong[i].row, child.code, child.err);
	}
}
END_TEST

/* Standard output takes one thing. */
START_TEST(test_stdout)
{
	static const struct {
		const char *option, *said;
	} rows[] = {
	    {"--json", "--json and -o - both write to standard output"},
	    {"--sums", "--sums and -o - both write to standard output"},
	    {"-r", "-r and -o - exclude each other"},
	    {"-u", "-u and -o - exclude each other"},
	};
	struct child child;
	struct line line;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		make_line(&line, "-o-", rows[i].option, "n");
		child_run(&child, parse_there, &line);
		ck_assert_int_eq(child.code, 2);
		ck_assert_msg(strstr(child.err, rows[i].said) != NULL, "%s: %s",
		    rows[i].option, child.err);
	}
}
END_TEST

/* Options that may be combined, though similar ones may not. */
START_TEST(test_together)
{
	static const char *const together[][3] = {
	    {"-r", "-o", "n"},
	    {"-r", "-P", "n"},
	    {"-r", "-u", "n"},
	    {"-r", "-j", "n"},
	    {"-r", "-i", NULL},
	    {"-l", "-r", NULL},
	    {"-l", "--json", NULL},
	    {"-l", "--sums", NULL},
	    {"-l", "--limit-rate", NULL},
	    {"-f", "-o", "n"},
	    {"-f", "--wait", "n"},
	    {"-c", "-P", NULL},
	    {"-c", "--sums", NULL},
	    {"-c", "-j", NULL},
	    {"-u", "-n", NULL},
	    {"-o", "-n", "n"},
	    {"-j", "--sha256", "n"},
	    {"-q", "--sums", "n"},
	};
	struct child child;
	struct line line;
	size_t i;

	for (i = 0; i < UNIT_ROWS(together); i++) {
		make_line(&line, together[i][0], together[i][1],
		    together[i][2]);
		child_run(&child, parse_there, &line);
		ck_assert_msg(child.code == CHILD_ALIVE, "%s %s: %s",
		    together[i][0], together[i][1], child.err);
	}
}
END_TEST

Suite *
option_conflicts_suite(void)
{
	Suite *suite = suite_create("option_conflicts");
	TCase *tcase = unit_case(suite, "pairs");

	tcase_add_test(tcase, test_pairs);
	tcase_add_test(tcase, test_wrong);
	tcase_add_test(tcase, test_stdout);
	tcase_add_test(tcase, test_together);
	return suite;
}
